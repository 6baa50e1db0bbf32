// Records at which a projector stood still, as its audit rows say (domain/delivery/stands.ts). A transaction carries the position and
// nothing else, so the rows are looked up in the topic itself: all are in the partition of one key.

import type { Stands } from '@ess/domain/delivery/stands.ts';
import { standOf } from '@ess/domain/delivery/stands.ts';
import { AUDIT_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import { PUBLIC_PARTNER } from './parking.ts';

/** Longer than an orchestrator waits before it starts a program again that keeps ending. */
const LOOK_BACK_MS = 15 * 60_000;
const KEY = Buffer.from(`${PUBLIC_PARTNER}/`);

/** Adds what is on record of the last quarter of an hour. */
export async function readStoodBefore(kafka: Kafka, codec: Codec, stands: Stands): Promise<void> {
  const sinceMs = Date.now() - LOOK_BACK_MS;
  const written = read(kafka, { topic: AUDIT_TOPIC, sinceMs, ofKey: KEY, beside: 'live' });
  const wanted = ({ key }: ReadRecord) => key?.equals(KEY) === true;
  for await (const batch of rows(codec, AUDIT_TOPIC, written, { wanted }))
    for (const { row } of batch) {
      const stand = standOf(row);
      if (stand) stands.add(row.topic, row.partition, stand);
    }
}
