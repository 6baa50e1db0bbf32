// Follows a topic for one process: every partition from a chosen place on, handed over in order, until it is closed.
// kafkajs has no assign(), so the reader has a throw-away group of one member. Positions are kept here, not in Kafka: after
// every join the consumer is sent back to them, so a rebalance or a restart inside kafkajs neither skips nor repeats. What cannot be
// read is told and passed.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/error.ts';
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { StreamLog } from './client.ts';
import { openConsumer } from './consumer.ts';
import type { GroupRecord } from './group.ts';
import { PassedOver } from './unreadable.ts';

export interface TailOptions {
  readonly topic: string;
  /** Absent: at the end, what comes from now on. */
  readonly from?: TailStart;
  /** The records of one partition, in order; the next ones come when this is done. */
  readonly onRecords: (records: readonly GroupRecord[]) => void | Promise<void>;
  /** The reader is gone and will not come back. */
  readonly onCrash: (error: Error) => void;
  readonly log?: StreamLog;
}

export type TailStart =
  | 'beginning'
  /** The first record at or after this time, but at most the newest `maxRecords` of each partition. */
  | { readonly sinceMs: number; readonly maxRecords?: number }
  /** Offset to begin with, by partition; a partition that is not named begins at its log start. */
  | ReadonlyMap<number, number>;

/** Longest wait of a fetch that finds nothing: what it adds to a close. New records are handed over at once. */
const MAX_WAIT_MS = 250;
const SESSION_TIMEOUT_MS = 30_000;
/** Under load the questions where the topic ends begin at least this far apart: each costs Kafka and us as much as a small batch. */
const ASK_EVERY_MS = 3;

interface Waiter {
  readonly ends: ReadonlyMap<number, number>;
  readonly done: () => void;
}

export class Tail implements AsyncDisposable {
  readonly #options: TailOptions;
  readonly #groupId = `ess.tail.${randomUUID()}`;
  readonly #consumer: Consumer;
  readonly #admin: Admin;
  /** The next offset wanted, by partition. */
  readonly #positions = new Map<number, number>();
  readonly #waiters = new Set<Waiter>();
  #asking: Promise<ReadonlyMap<number, number>> | undefined;
  #next: Promise<ReadonlyMap<number, number>> | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  private constructor(kafka: Kafka, options: TailOptions) {
    this.#options = options;
    this.#admin = kafka.admin({ retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 5 } });
    const config = {
      groupId: this.#groupId,
      sessionTimeout: SESSION_TIMEOUT_MS,
      maxWaitTimeInMs: MAX_WAIT_MS,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 1_000_000 },
    };
    this.#consumer = openConsumer(kafka, config, new PassedOver(kafka).pass);
  }

  /** Resolves when the reader knows where it begins and has begun to read. */
  static async open(kafka: Kafka, options: TailOptions): Promise<Tail> {
    const tail = new Tail(kafka, options);
    try {
      await tail.#start();
      return tail;
    } catch (error) {
      await tail.close();
      throw error;
    }
  }

  /** The next offset that will be handed over, by partition: what comes before it has been. */
  get positions(): ReadonlyMap<number, number> {
    return this.#positions;
  }

  /**
   * Resolves when everything that was in the topic at the time of the call has been handed over. Calls at the same time
   * share one question to Kafka.
   * @throws EssError ESS_BROKER when Kafka does not answer in time
   */
  async caughtUp(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let waiter: Waiter | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(new EssError('ESS_BROKER', `${this.#options.topic} could not be read to its end in ${timeoutMs} ms`)),
        timeoutMs,
      );
    });
    try {
      const ends = await Promise.race([this.#ends(), late]);
      if (this.#reached(ends)) return;
      await Promise.race([
        late,
        new Promise<void>((done) => {
          waiter = { ends, done };
          this.#waiters.add(waiter);
        }),
      ]);
    } finally {
      clearTimeout(timer);
      if (waiter) this.#waiters.delete(waiter);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#consumer.disconnect().catch(() => undefined);
    await this.#admin.deleteGroups([this.#groupId]).catch(() => undefined); // Kafka forgets an empty group by itself, later
    await this.#admin.disconnect().catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start(): Promise<void> {
    const { topic, log } = this.#options;
    await this.#admin.connect();
    for (const [partition, offset] of await this.#begin()) this.#positions.set(partition, offset);
    const { events } = this.#consumer;
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      for (const partition of payload.memberAssignment[topic] ?? [])
        this.#consumer.seek({ topic, partition, offset: String(this.#positions.get(partition) ?? 0) });
    });
    // The last offset of a batch of transaction markers reaches no handler, only this event.
    this.#consumer.on(events.END_BATCH_PROCESS, ({ payload }) =>
      this.#passed(payload.partition, Number(payload.lastOffset) + 1),
    );
    this.#consumer.on(events.CRASH, ({ payload }) => {
      log?.warn({ topic, error: payload.error.message, restart: payload.restart }, 'tail.crashed');
      if (!payload.restart && !this.#closed) this.#options.onCrash(payload.error);
    });
    await this.#consumer.connect();
    // Should a place be lost, the beginning is the safe one: what was handed over before is dropped below.
    await this.#consumer.subscribe({ topic, fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 4,
      eachBatch: (payload) => this.#batch(payload),
    });
  }

  async #begin(): Promise<Map<number, number>> {
    const { topic, from } = this.#options;
    const bounds = await this.#admin.fetchTopicOffsets(topic);
    if (from instanceof Map)
      return new Map(bounds.map(({ partition, low }) => [partition, from.get(partition) ?? Number(low)]));
    if (from === undefined) return new Map(bounds.map(({ partition, high }) => [partition, Number(high)]));
    if (from === 'beginning') return new Map(bounds.map(({ partition, low }) => [partition, Number(low)]));
    const { sinceMs, maxRecords = Number.POSITIVE_INFINITY } = from as { sinceMs: number; maxRecords?: number };
    const found = await this.#admin.fetchTopicOffsetsByTimestamp(topic, sinceMs);
    const since = new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
    return new Map(
      bounds.map(({ partition, low, high }) => [
        partition,
        Math.max(Number(low), since.get(partition) ?? 0, Number(high) - maxRecords),
      ]),
    );
  }

  async #batch({ batch }: EachBatchPayload): Promise<void> {
    if (this.#closed) return;
    const expected = this.#positions.get(batch.partition) ?? 0;
    const records: GroupRecord[] = [];
    for (const message of batch.messages) {
      const offset = Number(message.offset);
      if (offset < expected) continue;
      const { key, value } = message;
      records.push({ partition: batch.partition, offset, key, value, timestampMs: Number(message.timestamp), message });
    }
    if (records.length > 0) await this.#options.onRecords(records);
    this.#passed(batch.partition, Number(batch.lastOffset()) + 1);
  }

  #passed(partition: number, next: number): void {
    if (next <= (this.#positions.get(partition) ?? 0)) return;
    this.#positions.set(partition, next);
    for (const waiter of this.#waiters) if (this.#reached(waiter.ends)) waiter.done();
  }

  #reached(ends: ReadonlyMap<number, number>): boolean {
    for (const [partition, end] of ends) if ((this.#positions.get(partition) ?? 0) < end) return false;
    return true;
  }

  /** Where the topic ends. A question under way may have been answered before this call: it waits for the next one. */
  #ends(): Promise<ReadonlyMap<number, number>> {
    this.#next ??= this.#askNext();
    return this.#next;
  }

  async #askNext(): Promise<ReadonlyMap<number, number>> {
    await this.#asking?.catch(() => undefined);
    const restMs = this.#askedAtMs + ASK_EVERY_MS - performance.now();
    if (restMs > 0) await delay(restMs);
    this.#next = undefined; // who comes from here on needs the question after this one
    this.#askedAtMs = performance.now();
    this.#asking = this.#admin
      .fetchTopicOffsets(this.#options.topic)
      .then((bounds) => new Map(bounds.map(({ partition, high }) => [partition, Number(high)])));
    return this.#asking;
  }
}
