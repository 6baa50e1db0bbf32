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

/** @param from records below it are left out: a batch begins where the broker packed it, not where it was asked for */
export function recordsOf({ messages }: FetchedBatch, from: number): GroupRecord[] {
  return messages.map(recordOf).filter(({ offset }) => offset >= from);
}
