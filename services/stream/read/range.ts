// What `read` is asked for, and where it is: the offsets [next, to) of each partition that it has not come to.
import type { Kafka } from 'kafkajs';
import type { FetchBounds } from '../wire/fetch-protocol.ts';
import { partitionOf } from '../wire/partition.ts';
import type { ReadRecord } from '../wire/record-batches.ts';
import { TopicReader } from './topic-reader.ts';
import { untilAnswered } from './until-answered.ts';

/** Offsets [from, to) of one partition. */
export interface Bounds {
  readonly from: number;
  readonly to: number;
}

export interface ReadOptions {
  readonly topic: string;
  /** From the first record at or after this time; absent: from the log start. */
  readonly sinceMs?: number;
  /** Each partition up to its first record at or after this time; absent: to its end. */
  readonly untilMs?: number;
  /** Offsets [from, to) by partition; partitions that are not in it are not read. Narrows what `sinceMs` says. */
  readonly within?: ReadonlyMap<number, Bounds>;
  /**
   * By partition, the offset to begin at, instead of `sinceMs`; empty: the log start. Moved on when a batch is done
   * with, so that a later read goes on from there.
   */
  readonly position?: number[];
  /** Only the partition that records of this key are in. */
  readonly ofKey?: Buffer;
  /** The partitions merged, by the records' own times; absent: each partition in order, side by side. */
  readonly oldestFirst?: true;
  /** In a process that delivers: fetched in small pieces, so that answers of partners do not wait for their decoding. */
  readonly beside?: 'live';
  /** Asked for each fetch: whether there is live traffic that must not wait for this. Then it is small, and others have their turn after it. */
  readonly unhurried?: () => boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Fetched {
  readonly partition: number;
  readonly records: readonly ReadRecord[];
  /** The offset after all of them, holes included. */
  readonly next: number;
}

const MAX_WAIT_MS = 100;
/** Decoded in a few ms. Larger answers stopped a process for more than 100 ms (bench REPLAY). */
const SMALL: FetchBounds = { maxWaitMs: MAX_WAIT_MS, maxBytes: 262_144, maxBytesPerPartition: 65_536 };
const UNHURRIED: FetchBounds = { ...SMALL, maxBytes: 32_768 };
/** The first records come soon, and many come at little cost: each fetch may be twice as large as the one before. */
const LARGEST: FetchBounds = { maxWaitMs: MAX_WAIT_MS, maxBytes: 8_388_608, maxBytesPerPartition: 1_048_576 };

export class Range implements AsyncDisposable {
  readonly #reader: TopicReader;
  readonly #options: ReadOptions;
  /** By partition. */
  readonly #next: number[];
  readonly #to: ReadonlyMap<number, number>;
  #size = SMALL;

  private constructor(reader: TopicReader, options: ReadOptions, next: number[], to: ReadonlyMap<number, number>) {
    this.#reader = reader;
    this.#options = options;
    this.#next = next;
    this.#to = to;
  }

  /** @throws as `read` does */
  static async open(kafka: Kafka, options: ReadOptions): Promise<Range> {
    const { topic, sinceMs, untilMs, within, position: next = [], ofKey, signal } = options;
    const patience = { topic, signal };
    const reader = await untilAnswered(() => TopicReader.open(kafka, topic), patience);
    try {
      const at = (timeMs: number | undefined) => (timeMs === undefined ? undefined : reader.offsetsAt(timeMs));
      const ask = () => Promise.all([reader.bounds(), at(sinceMs), at(untilMs)]);
      const [bounds, since, until] = await untilAnswered(ask, { ...patience, again: () => reader.refresh() });
      const only = ofKey && partitionOf(ofKey, bounds.length);
      const to = new Map<number, number>();
      for (const [partition, { low, end }] of bounds.entries()) {
        const wanted = within?.get(partition);
        const start = since === undefined ? low : Math.max(low, since[partition] ?? end);
        next[partition] ??= Math.max(start, wanted?.from ?? 0);
        if ((within && !wanted) || (only !== undefined && partition !== only)) continue;
        to.set(partition, Math.min(end, until?.[partition] ?? end, wanted?.to ?? end));
      }
      return new Range(reader, options, next, to);
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  /** Partitions that have not reached their end. */
  get open(): number[] {
    return [...this.#to].filter(([partition, to]) => this.#nextOf(partition) < to).map(([partition]) => partition);
  }

  /** @param partitions that are open. @returns some of them, whatever Kafka had room for; not passed yet */
  async fetch(partitions: readonly number[]): Promise<Fetched[]> {
    const { topic, signal, beside, unhurried } = this.#options;
    const size = unhurried?.() ? UNHURRIED : this.#size;
    if (!beside && size === this.#size) this.#size = doubled(size);
    const positions = partitions.map((partition) => ({ partition, offset: this.#nextOf(partition) }));
    return untilAnswered(
      async () => {
        const reads = await this.#reader.fetch(positions, size);
        const isBehind = reads.some(({ gone }) => gone);
        const bounds = isBehind ? await this.#reader.bounds() : [];
        return reads.map((read) => {
          const { partition } = read;
          const to = this.#to.get(partition) ?? 0;
          // Retention or compaction was faster; or the topic was made anew, and ends before.
          if (read.gone) {
            const low = bounds[partition]?.low ?? to;
            return { partition, records: [], next: low > this.#nextOf(partition) ? low : to };
          }
          const records = read.next <= to ? read.records : read.records.filter(({ offset }) => offset < to);
          return { partition, records, next: read.next };
        });
      },
      { topic, signal, again: () => this.#reader.refresh() },
    );
  }

  /** Everything before `next` is done with. */
  passed(partition: number, next: number): void {
    this.#next[partition] = Math.max(this.#nextOf(partition), next);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#reader.close();
  }

  #nextOf(partition: number): number {
    return this.#next[partition] ?? 0;
  }
}

function doubled({ maxBytes, maxBytesPerPartition }: FetchBounds): FetchBounds {
  return {
    maxWaitMs: MAX_WAIT_MS,
    maxBytes: Math.min(2 * maxBytes, LARGEST.maxBytes),
    maxBytesPerPartition: Math.min(2 * maxBytesPerPartition, LARGEST.maxBytesPerPartition),
  };
}
