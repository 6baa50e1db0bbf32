// A topic from a place on, for one process, until it is closed: every partition in order, and partitions that are added.
// Positions are kept here, not in Kafka. When a leader moves or Kafka is away, the tail goes on where it was, for as long as that
// takes. What cannot be read is told and passed.
//   open → a round: one long poll for each leader, the next one under way while the caller takes what the last one found → positions
import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/text/error.ts';
import type { Kafka } from 'kafkajs';
import type { StreamLog } from '../kafkajs/client.ts';
import { isForbidden } from '../kafkajs/refusals.ts';
import { inTurn } from '../wire/in-turn.ts';
import type { ReadRecord } from '../wire/record-batches.ts';
import { Ends } from './ends.ts';
import type { PartitionRead } from './topic-reader.ts';
import { TopicReader } from './topic-reader.ts';
import { untilAnswered } from './until-answered.ts';

export interface FollowOptions {
  readonly topic: string;
  /** Absent: at the end, what comes from now on. */
  readonly from?: FollowStart;
  /** Closes the tail, which ends its iteration. */
  readonly signal?: AbortSignal;
  readonly log?: StreamLog;
  /** Somebody waits for it: a right that is missing ends it, where others try until it is granted. */
  readonly isWaitedFor?: true;
}

export type FollowStart =
  | 'beginning'
  /** The first record at or after this time, but at most the newest `maxRecords` of each partition. */
  | { readonly sinceMs: number; readonly maxRecords?: number }
  /** Offset to begin with, by partition; a partition that is not named begins at its log start. */
  | ReadonlyMap<number, number>;

/**
 * How long a fetch that finds nothing waits; new records are handed over at once, and a close waits for none. Shorter than the
 * time by which a login is renewed ahead. Small enough to be decoded in some ms.
 */
const FETCH = { maxWaitMs: 1_000, maxBytes: 1_048_576, maxBytesPerPartition: 262_144 };
/** Leaders, and partitions that were added, are asked for this often. */
const ROUND_MS = 30_000;
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 1_000;

interface Offer {
  readonly found: PartitionRead;
  readonly taken: () => void;
}

interface Waiter {
  readonly ends: readonly number[];
  readonly done: () => void;
}

/**
 * Resolves when it is known where the tail begins.
 * @throws EssError ESS_BROKER when Kafka does not answer for half a minute, ESS_CONFIG when there is no such topic
 */
export async function follow(kafka: Kafka, options: FollowOptions): Promise<Tail> {
  const { topic } = options;
  const reader = await untilAnswered(() => TopicReader.open(kafka, topic), { topic });
  try {
    const start = () => startOf(reader, options.from);
    return new Tail(reader, options, await untilAnswered(start, { topic, again: () => reader.refresh() }));
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** To be iterated once: batches of records of one partition. One is done with when the next is asked for. */
export class Tail implements AsyncIterable<readonly ReadRecord[]>, AsyncDisposable {
  readonly #reader: TopicReader;
  readonly #options: FollowOptions;
  /** By partition, the offset after everything that is done with. */
  readonly #positions: number[];
  readonly #ends: Ends;
  readonly #waiters = new Set<Waiter>();
  /** Of those who wait for the end of the topic. */
  readonly #refusals = new Set<(error: Error) => void>();
  #barred: Error | undefined;
  readonly #offers: Offer[] = [];
  readonly #closing = new AbortController();
  #offered: () => void = () => undefined;

  constructor(reader: TopicReader, options: FollowOptions, positions: number[]) {
    this.#reader = reader;
    this.#options = options;
    this.#positions = positions;
    this.#ends = new Ends(reader, this.#closing.signal);
    if (options.signal?.aborted) void this.close();
    options.signal?.addEventListener('abort', this.#aborted);
    void this.#run();
  }

  /** The next offset that will be handed over, by partition: what comes before it is done with. */
  get positions(): ReadonlyMap<number, number> {
    return new Map(this.#reader.partitions.map((partition) => [partition, this.#at(partition)]));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly ReadRecord[]> {
    while (!this.#closing.signal.aborted) {
      const offer = this.#offers.shift();
      if (!offer) {
        await new Promise<void>((resolve) => {
          this.#offered = resolve;
        });
        continue;
      }
      const { found, taken } = offer;
      if (found.gone) await this.#begun(found.partition);
      else {
        if (found.records.length > 0) yield found.records;
        this.#passed(found.partition, found.next);
      }
      taken();
    }
    if (this.#barred) throw this.#barred;
  }

  /**
   * Resolves when everything that was in the topic at the time of the call is done with. Calls at the same time share one
   * question to Kafka.
   * @throws EssError ESS_BROKER when Kafka does not answer in time, or at once when a right is missing
   */
  async caughtUp(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let waiter: Waiter | undefined;
    let refuse: (error: Error) => void = () => undefined;
    const { topic } = this.#options;
    const late = new Promise<never>((_, reject) => {
      refuse = reject;
      this.#refusals.add(refuse);
      const tell = () => reject(new EssError('ESS_BROKER', `${topic} could not be read to its end in ${timeoutMs} ms`));
      timer = setTimeout(tell, timeoutMs);
    });
    try {
      const ends = await Promise.race([this.#ends.ask(), late]);
      if (this.#reached(ends)) return;
      const reached = new Promise<void>((done) => {
        waiter = { ends, done };
        this.#waiters.add(waiter);
      });
      await Promise.race([late, reached]);
    } finally {
      clearTimeout(timer);
      this.#refusals.delete(refuse);
      if (waiter) this.#waiters.delete(waiter);
    }
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#options.signal?.removeEventListener('abort', this.#aborted);
    this.#offered();
    await this.#reader.close().catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #aborted = (): void => void this.close();

  /** Rounds: each ends when one leader fails, or to look for other leaders and partitions. */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let retryMs = FIRST_RETRY_MS; !signal.aborted; ) {
      try {
        await this.#round();
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        if (signal.aborted) return;
        if (isForbidden(error)) this.#refuse(error as Error);
        this.#options.log?.warn({ topic: this.#options.topic, error: String(error), restart: true }, 'tail.crashed');
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
        retryMs = Math.min(2 * retryMs, MAX_RETRY_MS);
      }
      if (signal.aborted) return;
      await this.#reader.refresh().catch(() => undefined);
    }
  }

  #refuse(cause: Error): void {
    const { topic, isWaitedFor } = this.#options;
    const error = new EssError('ESS_BROKER', `${topic} cannot be read: ${cause.message}`, { cause });
    for (const refuse of this.#refusals) refuse(error);
    if (!isWaitedFor) return;
    this.#barred = error;
    void this.close();
  }

  /** @throws what one of the leaders failed with */
  async #round(): Promise<void> {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), ROUND_MS).unref();
    const polls = [...this.#reader.leaders().values()].map((partitions) =>
      this.#poll(partitions, over.signal).finally(() => over.abort()),
    );
    const ends = await Promise.allSettled(polls);
    clearTimeout(timer);
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #poll(partitions: readonly number[], over: AbortSignal): Promise<void> {
    const fetch = (turn: number, read: readonly PartitionRead[]): Promise<readonly PartitionRead[]> => {
      const next = new Map(read.map((found) => [found.partition, found.gone ? undefined : found.next]));
      const offsetOf = (partition: number) => next.get(partition) ?? this.#at(partition);
      const positions = inTurn(partitions, turn).map((partition) => ({ partition, offset: offsetOf(partition) }));
      const asked = this.#reader.fetch(positions, FETCH);
      asked.catch(() => undefined); // it is thrown where it is awaited, unless that comes no more
      return asked;
    };
    let ahead = fetch(0, []);
    for (let turn = 1; !over.aborted && !this.#closing.signal.aborted; turn += 1) {
      const read = await ahead;
      if (this.#closing.signal.aborted) return; // a question would connect again
      // Kafka reads the next while the caller takes this.
      ahead = fetch(turn, read);
      for (const found of read) if (found.gone || found.next > this.#at(found.partition)) await this.#hand(found);
    }
  }

  /** Resolves when the caller is done with it. */
  #hand(found: PartitionRead): Promise<void> {
    return new Promise((taken) => {
      this.#offers.push({ found, taken });
      this.#offered();
    });
  }

  /** Retention was faster than we are, or the topic was made anew. */
  async #begun(partition: number): Promise<void> {
    const ask = () => this.#reader.bounds();
    const { topic } = this.#options;
    const patience = { topic, forMs: Number.POSITIVE_INFINITY, signal: this.#closing.signal };
    try {
      const bounds = await untilAnswered(ask, { ...patience, again: () => this.#reader.refresh() });
      this.#passed(partition, bounds[partition]?.low ?? 0);
    } catch (error) {
      if (!this.#closing.signal.aborted) throw error;
    }
  }

  #passed(partition: number, next: number): void {
    this.#positions[partition] = next;
    for (const waiter of this.#waiters) if (this.#reached(waiter.ends)) waiter.done();
  }

  #reached(ends: readonly number[]): boolean {
    return ends.every((end, partition) => this.#at(partition) >= end);
  }

  #at(partition: number): number {
    return this.#positions[partition] ?? 0;
  }
}

async function startOf(reader: TopicReader, from: FollowStart | undefined): Promise<number[]> {
  const bounds = await reader.bounds();
  if (from === undefined) return bounds.map(({ end }) => end);
  if (from === 'beginning') return bounds.map(({ low }) => low);
  if (from instanceof Map) return bounds.map(({ low }, partition) => from.get(partition) ?? low);
  const { sinceMs, maxRecords = Number.POSITIVE_INFINITY } = from as Exclude<
    FollowStart,
    'beginning' | ReadonlyMap<number, number>
  >;
  const since = await reader.offsetsAt(sinceMs);
  return bounds.map(({ low, end }, partition) => Math.max(low, since[partition] ?? end, end - maxRecords));
}
