// A record in the queue of an outbox, and the append that waits for it.
import type { OutboxRecord, Written } from './outbox.ts';

/** One call of `append`: a single promise, whatever the number of its records. */
export interface Append {
  readonly written: Written[];
  missing: number;
  readonly resolve: (written: Written[]) => void;
  readonly reject: (error: unknown) => void;
}

export interface QueuedRecord {
  readonly record: OutboxRecord;
  readonly partition: number;
  readonly append: Append;
  /** Place among the records of its append. */
  readonly index: number;
  /** It has been sent: Kafka may have it. */
  unsure: boolean;
  /** Kafka found it too large as it is. */
  readonly compressed?: true;
}

export const placeOf = ({ record, partition }: QueuedRecord): string => `${record.topic}/${partition}`;

/** @param offset -1: not told */
export function settle({ record, partition, append, index }: QueuedRecord, offset: number): void {
  append.written[index] = { topic: record.topic, partition, offset };
  append.missing -= 1;
  if (append.missing === 0) append.resolve(append.written);
}
