// A batch of one partition as kafkajs hands it over, and its records as a group hands them on.
import type { KafkaMessage } from 'kafkajs';
import type { GroupRecord } from './assignment.ts';

export interface FetchedBatch {
  readonly partition: number;
  readonly highWatermark: string;
  /** The offset that the fetch asked for; the types of kafkajs lack it. */
  readonly fetchedOffset?: string;
  readonly messages: ReadonlyArray<Pick<KafkaMessage, 'key' | 'value' | 'timestamp' | 'offset' | 'headers'>>;
  firstOffset(): string | null;
  lastOffset(): string;
}

/** @param from records below it are left out: a batch begins where the broker packed it, not where it was asked for */
export function recordsOf({ partition, messages }: FetchedBatch, from: number): GroupRecord[] {
  const records: GroupRecord[] = [];
  for (const message of messages) {
    const offset = Number(message.offset);
    if (offset < from) continue;
    const { key, value, timestamp } = message;
    records.push({ partition, offset, key, value, timestampMs: Number(timestamp), message });
  }
  return records;
}
