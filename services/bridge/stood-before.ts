// Records at which a projector stood still, as its audit rows say (domain/stands.ts). A transaction carries the position and
// nothing else, so the rows are looked up in the topic itself: all are in the partition of one key.
import type { Stands } from '@ess/domain/stands.ts';
import { standOf } from '@ess/domain/stands.ts';
import type { Kafka } from '@ess/stream/client.ts';
import type { Codec } from '@ess/stream/codec.ts';
import { read } from '@ess/stream/read/read.ts';
import type { ReadRecord } from '@ess/stream/read/record-batches.ts';
import { rows } from '@ess/stream/read/rows.ts';
import { AUDIT_TOPIC, PUBLIC_PARTNER } from './parking.ts';

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
