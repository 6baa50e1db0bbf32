// When records expire: the retention of a topic, and the age of a record that has not been read.
import type { Admin } from 'kafkajs';
import kafkajs from 'kafkajs';

/** How exactly the time of a record is found, in ms. */
const PRECISION_MS = 1_000;

/** @returns `retention.ms` of the topic; Infinity when it keeps everything or is compacted only */
export async function readRetentionMs(admin: Admin, topic: string): Promise<number> {
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const configNames = ['retention.ms', 'cleanup.policy'];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type, name: topic, configNames }],
  });
  const values = new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]));
  const retentionMs = Number(values.get('retention.ms') ?? -1);
  const deletes = (values.get('cleanup.policy') ?? 'delete').includes('delete');
  return deletes && retentionMs >= 0 ? retentionMs : Number.POSITIVE_INFINITY;
}

/**
 * When the record at `offset` was written, ms since 1970, or up to a second earlier: found by asking which offset comes after
 * a time, over and over, so that nothing is fetched.
 * @param sinceMs it is not older
 */
export async function timeOfOffset(
  admin: Admin,
  topic: string,
  { partition, offset, sinceMs }: { readonly partition: number; readonly offset: number; readonly sinceMs: number },
): Promise<number> {
  let notAfterMs = Date.now();
  let notBeforeMs = sinceMs;
  while (notAfterMs - notBeforeMs > PRECISION_MS) {
    const middleMs = Math.floor((notBeforeMs + notAfterMs) / 2);
    const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, middleMs);
    const first = Number(offsets.find((found) => found.partition === partition)?.offset ?? 0);
    if (first > offset) notAfterMs = middleMs;
    else notBeforeMs = middleMs;
  }
  return notBeforeMs;
}
