// The newest version of each rule, as rules.latest has it: read back when partitions are assigned, so that a version which
// comes late never takes the place of a newer one.
import type { Version } from '@ess/domain/delivery/version.ts';
import { VERSION_HEADER, versionIn } from '@ess/domain/delivery/version.ts';
import { isLongId } from '@ess/domain/text/foreign-id.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';

/** Rule id → version, of the rules in these partitions. Nobody may write to them meanwhile: claim them first. */
export async function readNewestVersions(
  kafka: Kafka,
  topic: string,
  partitions: readonly number[],
): Promise<Map<string, Version>> {
  const newest = new Map<string, Version>();
  const within = new Map(partitions.map((partition) => [partition, { from: 0, to: Number.POSITIVE_INFINITY }]));
  for await (const records of read(kafka, { topic, within }))
    for (const { key, headers } of records) {
      const version = versionIn(String(headers[VERSION_HEADER]));
      if (key !== null && !isLongId(key) && version !== undefined) newest.set(key.toString(), version);
    }
  return newest;
}
