// A record in the queue of an outbox, the append that waits for it, and what a send has for each partition.
import type { OutboxRecord, Written } from './outbox.ts';

/** Who waits for an append. */
export interface Settling {
  resolve(written: Written[]): void;
  reject(error: unknown): void;
}

/** One call of `append`: it is settled once, whatever the number of its records. */
export interface Append {
  readonly settling: Settling;
  readonly written: Written[];
  missing: number;
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
  readonly compressed: boolean;
}

export const placeOf = ({ record, partition }: QueuedRecord): string => `${record.topic}/${partition}`;

/** @param offset -1: not told */
export function settle({ record, partition, append, index }: QueuedRecord, offset: number): void {
  append.written[index] = { topic: record.topic, partition, offset };
  append.missing -= 1;
  if (append.missing === 0) append.settling.resolve(append.written);
}

/** What a send has for one partition, in order. */
export interface Part {
  readonly topic: string;
  readonly partition: number;
  readonly items: QueuedRecord[];
  /** Of the items. */
  readonly records: OutboxRecord[];
}

/** By topic and partition. */
export function partsOf(batch: readonly QueuedRecord[]): Part[] {
  const parts: Part[] = [];
  const byTopic = new Map<string, Part[]>();
  for (const item of batch) {
    const { record, partition } = item;
    let ofTopic = byTopic.get(record.topic);
    if (!ofTopic) {
      ofTopic = [];
      byTopic.set(record.topic, ofTopic);
    }
    let part = ofTopic[partition];
    if (!part) {
      part = { topic: record.topic, partition, items: [], records: [] };
      ofTopic[partition] = part;
      parts.push(part);
    }
    part.items.push(item);
    part.records.push(record);
  }
  return parts;
}

/** What other partitions wait for does not wait behind these; the records of one partition stay in order. */
export function putLast(queue: QueuedRecord[], away: readonly QueuedRecord[]): QueuedRecord[] {
  const places = new Set(away.map(placeOf));
  const isAway = (item: QueuedRecord) => places.has(placeOf(item));
  return places.size === 0 ? queue : [...queue.filter((item) => !isAway(item)), ...queue.filter(isAway)];
}

/** Whoever waits for one of these is told. @returns what others wait for */
export function giveUp(queue: readonly QueuedRecord[], items: readonly QueuedRecord[], error: Error): QueuedRecord[] {
  const appends = new Set(items.map(({ append }) => append));
  for (const { settling } of appends) settling.reject(error);
  return queue.filter(({ append }) => !appends.has(append));
}
