// A whole topic, once, in a process that delivers meanwhile: small fetches of chosen partitions, decoded in a few ms each, without
// the group that range.ts joins and kafkajs's decoding, which made answers of partners wait for up to 200 ms (bench REPLAY).
import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from './client.ts';
import { partitionOf } from './partition.ts';
import type { ReadRecord } from './record-batches.ts';
import { TopicReader } from './topic-reader.ts';

export interface ScanOptions {
  readonly topic: string;
  /** From the first record at or after this time; absent: from the log start. */
  readonly sinceMs?: number;
  /**
   * By partition, the offset to begin at, instead of `sinceMs`; empty: the log start. Moved on when a batch is done
   * with, so that a later scan goes on from there.
   */
  readonly position?: number[];
  /** Only the partition that records of this key are in. */
  readonly ofKey?: Buffer;
  readonly signal?: AbortSignal;
  /** Nobody waits for it in a hurry: after each fetch live traffic has its turn. */
  readonly unhurried?: boolean;
}

const FETCH = { maxWaitMs: 100, maxBytes: 262_144, maxBytesPerPartition: 65_536 };
/** Half a ms of decoding and twenty-four times as much for others: 2.5 MB a second. */
const UNHURRIED = { ...FETCH, maxBytes: 32_768 };
const REST_MS = 12;
/** Over a leader's election. */
const TRIES = 8;
const RETRY_MS = 250;

/**
 * Yields the committed records in batches, each partition in order, up to its end as it is at the start.
 * @throws kafkajs's errors when Kafka does not answer for some seconds; EssError ESS_CONFIG when there is no such topic
 */
export async function* scan(
  kafka: Kafka,
  { topic, sinceMs, position, ofKey, signal, unhurried }: ScanOptions,
): AsyncGenerator<ReadRecord[]> {
  const reader = await TopicReader.open(kafka, topic);
  try {
    const bounds = await reader.bounds();
    const starts = sinceMs === undefined ? [] : await reader.offsetsAt(sinceMs);
    const only = ofKey && partitionOf(ofKey, bounds.length);
    const next = position ?? [];
    for (const [partition, { low, end }] of bounds.entries())
      next[partition] ??= sinceMs === undefined ? low : Math.max(low, starts[partition] ?? end);
    for (let failures = 0; ; ) {
      signal?.throwIfAborted();
      const open = bounds.flatMap(({ end }, partition) => {
        const offset = next[partition] as number;
        return offset < end && (only === undefined || partition === only) ? [{ partition, offset }] : [];
      });
      if (open.length === 0) return;
      try {
        const reads = await reader.fetch(open, unhurried ? UNHURRIED : FETCH);
        failures = 0;
        for (const read of reads) {
          const { partition } = read;
          const end = bounds[partition]?.end ?? 0;
          // Retention or compaction was faster.
          if (read.gone) next[partition] = (await reader.bounds())[partition]?.low ?? end;
          else {
            yield read.records.filter(({ offset }) => offset < end);
            next[partition] = Math.max(next[partition] as number, read.next);
          }
        }
        if (unhurried) await delay(REST_MS, undefined, signal ? { signal } : {});
      } catch (error) {
        failures += 1;
        if (failures === TRIES || signal?.aborted) throw error;
        await delay(RETRY_MS, undefined, signal ? { signal } : {});
        await reader.refresh().catch(() => undefined);
      }
    }
  } finally {
    await reader.close();
  }
}
