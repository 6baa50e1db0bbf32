// Partitions merged by the times of their records, as a person reads a topic.

import type { ReadRecord } from '../wire/record-batches.ts';
import type { Range } from './range.ts';

/** The records of one partition that are at hand, and which of them is next. */
interface PartitionHead {
  readonly records: readonly ReadRecord[];
  at: number;
}

/** Each partition keeps its own order; of equal times the lower partition comes first. */
export async function* oldestFirst(range: Range): AsyncGenerator<readonly ReadRecord[]> {
  const heads = new Map<number, PartitionHead>();
  for (;;) {
    // The next record of a partition may be the oldest of all: each has to have one at hand.
    for (let bare = without(heads, range); bare.length > 0; bare = without(heads, range))
      for (const { partition, records, next } of await range.fetch(bare)) {
        range.passed(partition, next);
        if (records.length > 0) heads.set(partition, { records, at: 0 });
      }
    if (heads.size === 0) return;
    yield merge(heads);
  }
}

const without = (heads: ReadonlyMap<number, PartitionHead>, range: Range): number[] =>
  range.open.filter((partition) => !heads.has(partition));

/** Takes from the heads until one of them has nothing more. */
function merge(heads: Map<number, PartitionHead>): ReadRecord[] {
  const merged: ReadRecord[] = [];
  for (;;) {
    let oldest: ReadRecord | undefined;
    for (const { records, at } of heads.values()) {
      const record = records[at] as ReadRecord;
      if (!oldest || isBefore(record, oldest)) oldest = record;
    }
    const { partition } = oldest as ReadRecord;
    const head = heads.get(partition) as PartitionHead;
    merged.push(oldest as ReadRecord);
    head.at += 1;
    if (head.at < head.records.length) continue;
    heads.delete(partition);
    return merged;
  }
}

function isBefore(one: ReadRecord, other: ReadRecord): boolean {
  if (one.timestampMs !== other.timestampMs) return one.timestampMs < other.timestampMs;
  return one.partition < other.partition;
}
