// Reads ess.audit back, decoded: what the demo checks and what a person wants to see.
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';

/** All rows since `sinceMs`, in the order of each partition. */
export async function readAuditRows(
  kafka: Kafka,
  registry: RegistryAddress,
  sinceMs: number,
): Promise<DeliveryAttempt[]> {
  const codec = new Codec(registry);
  const found: DeliveryAttempt[] = [];
  for await (const batch of rows(codec, 'ess.audit', read(kafka, { topic: 'ess.audit', sinceMs })))
    for (const { row } of batch) found.push(row);
  return found;
}
