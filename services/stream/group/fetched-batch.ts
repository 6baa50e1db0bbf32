// A batch of one partition as kafkajs hands it over, and its records as a group hands them on.
import { recordOf } from '../kafkajs/consumer-fetch.ts';
import type { GroupRecord } from './assignment.ts';

export interface FetchedBatch {
  readonly partition: number;
  readonly highWatermark: string;
  /** The offset that the fetch asked for; the types of kafkajs lack it. */
  readonly fetchedOffset?: string;
  readonly messages: readonly object[];
  firstOffset(): string | null;
  lastOffset(): string;
}

/** None, where there are transaction markers alone. @param from records below it are left out: brokers send whole batches */
export function recordsOf({ messages }: FetchedBatch, from: number): GroupRecord[] {
  const records: GroupRecord[] = [];
  for (const message of messages) {
    const record = recordOf(message);
    if (record && record.offset >= from) records.push(record);
  }
  return records;
}
