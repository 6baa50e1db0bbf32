// Reads ess.audit back, decoded: what the demo checks and what a person wants to see.
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import type { Kafka } from '@ess/stream/client.ts';
import { Codec } from '@ess/stream/codec.ts';
import { readRange } from '@ess/stream/range.ts';

/** All rows since `sinceMs`, in the order of each partition. */
export async function readAuditRows(kafka: Kafka, registry: string, sinceMs: number): Promise<DeliveryAttempt[]> {
  const codec = new Codec(registry);
  const rows: DeliveryAttempt[] = [];
  for await (const batch of readRange(kafka, { topic: 'ess.audit', sinceMs })) {
    await codec.prepare(batch.map(({ value }) => value));
    for (const { value } of batch) {
      const decoded = codec.decode(value, 'ess.audit');
      if (decoded.ok) rows.push(decoded.record as unknown as DeliveryAttempt);
    }
  }
  return rows;
}
