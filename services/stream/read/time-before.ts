// When the record right before an offset was published: the mark by which a log is known where topics have no ids.
import type { Kafka } from 'kafkajs';
import { read } from './read.ts';

/** @returns ms since 1970; undefined when there is no such record. @throws EssError ESS_BROKER when Kafka does not answer */
export async function timeBefore(
  kafka: Kafka,
  topic: string,
  partition: number,
  offset: number,
): Promise<number | undefined> {
  if (offset === 0) return undefined;
  const within = new Map([[partition, { from: offset - 1, to: offset }]]);
  for await (const records of read(kafka, { topic, within }))
    for (const record of records) if (record.offset === offset - 1) return record.timestampMs;
  return undefined;
}
