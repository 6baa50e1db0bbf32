// When records expire: the retention of a topic, and the age of a record that has not been read.
import type { Admin } from 'kafkajs';
import kafkajs from 'kafkajs';
import type { FetchBounds, FetchPosition } from '../wire/fetch-protocol.ts';
import type { TopicReader } from './topic-reader.ts';

/** Kafka answers with one batch, however large; with none at the end of the log. */
const ONE_BATCH: FetchBounds = { maxWaitMs: 0, maxBytes: 1, maxBytesPerPartition: 1 };

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
 * When the first committed record at or after `offset` was written, ms since 1970; one batch is fetched for it. -Infinity when
 * retention has taken it; undefined when there is none.
 * @throws kafkajs's errors, after which the reader wants a `refresh`
 */
export async function timeOfOffset(
  reader: TopicReader,
  { partition, offset }: FetchPosition,
): Promise<number | undefined> {
  for (let next = offset; ; ) {
    const [read] = await reader.fetch([{ partition, offset: next }], ONE_BATCH);
    if (!read) return undefined;
    if (read.gone) return Number.NEGATIVE_INFINITY;
    const [record] = read.records;
    if (record) return record.timestampMs;
    if (read.next <= next) return undefined;
    next = read.next; // markers and records that were taken back
  }
}
