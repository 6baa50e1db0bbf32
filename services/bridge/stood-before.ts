// Records at which a projector stood still, as its audit rows say (domain/stands.ts). A transaction carries the position and
// nothing else, so the rows are looked up in the topic itself: all are in the partition of one key.
import type { Stands } from '@ess/domain/stands.ts';
import { standOf } from '@ess/domain/stands.ts';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import type { Kafka } from '@ess/stream/client.ts';
import type { Codec } from '@ess/stream/codec.ts';
import { scan } from '@ess/stream/scan.ts';
import { AUDIT_TOPIC, PUBLIC_PARTNER } from './parking.ts';

/** Longer than an orchestrator waits before it starts a program again that keeps ending. */
const LOOK_BACK_MS = 15 * 60_000;
const KEY = Buffer.from(`${PUBLIC_PARTNER}/`);

/** Adds what is on record of the last quarter of an hour. */
export async function readStoodBefore(kafka: Kafka, codec: Codec, stands: Stands): Promise<void> {
  for await (const batch of scan(kafka, { topic: AUDIT_TOPIC, sinceMs: Date.now() - LOOK_BACK_MS, ofKey: KEY })) {
    const mine = batch.filter(({ key }) => key?.equals(KEY));
    await codec.prepare(mine.map(({ value }) => value));
    for (const { value } of mine) {
      const decoded = codec.decode(value, AUDIT_TOPIC);
      const row = decoded.ok ? (decoded.record as unknown as DeliveryAttempt) : undefined;
      const stand = row && standOf(row);
      if (row && stand) stands.add(row.topic, row.partition, stand);
    }
  }
}
