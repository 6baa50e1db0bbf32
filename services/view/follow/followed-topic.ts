// One topic, read from a place on and followed, and how far: each record is handed over once, in the order of its partition. While
// the registry or Kafka is away it waits, and its age says so.
import { setTimeout as delay } from 'node:timers/promises';
import type { ReadAs } from '@ess/domain/avro/read-as.ts';
import type { Kafka, StreamLog } from '@ess/stream/kafkajs/client.ts';
import { isForbidden } from '@ess/stream/kafkajs/refusals.ts';
import type { FollowStart, Tail } from '@ess/stream/read/follow.ts';
import { follow } from '@ess/stream/read/follow.ts';
import { untilPrepared } from '@ess/stream/read/until-prepared.ts';
import type { Codec, Decoded } from '@ess/stream/registry/codec.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import { DoubtfulRecords } from './doubtful-records.ts';
import { wallTimeOf } from './read-at.ts';

export interface FollowedOptions {
  readonly kafka: Kafka;
  readonly codec: Codec;
  readonly topic: string;
  /** What its records are decoded as: a topic whose schema this program was built with, or the newest of a source. */
  readonly as: string | ReadAs | undefined;
  /** The topic is a source: a schema of its own that is there and cannot be read holds it, here as in a worker. */
  readonly holds?: { readonly subject?: string | undefined };
  readonly from?: FollowStart;
  readonly take: (record: ReadRecord, decoded: Decoded) => void;
  /** Told of records that were taken. */
  readonly onTaken?: ((records: number) => void) | undefined;
  readonly log?: StreamLog;
  /** Somebody waits until it has been read: a right that is missing is told them, where others wait until it is granted. */
  readonly isWaitedFor?: boolean | undefined;
}

/** How often it is asked whether everything was read. */
const ASK_EVERY_MS = 1_000;
const READ_WITHIN_MS = 5_000;
/** What the registry says of a schema today it may say no more tomorrow. */
const MAY_PASS: ReadonlySet<string> = new Set(['unknown-schema', 'unreadable-schema']);

/** It could not be decoded, and another time maybe it can. */
export const mayPass = (decoded: Decoded): boolean => !decoded.ok && MAY_PASS.has(decoded.reason);

export class FollowedTopic implements AsyncDisposable {
  readonly topic: string;
  readonly #options: FollowedOptions;
  readonly #tail: Tail;
  readonly #closing = new AbortController();
  readonly #complete = Promise.withResolvers<void>();
  /** Everything that was written before this moment was read, by performance.now(); undefined: not yet. */
  #readToAt: number | undefined;
  /** By partition, the first record that could not be read for a reason that may pass. */
  readonly #doubtful = new Map<number, number>();
  /** Of a source: what is read again while it is followed. */
  readonly #again = new DoubtfulRecords();

  private constructor(options: FollowedOptions, tail: Tail) {
    this.topic = options.topic;
    this.#options = options;
    this.#tail = tail;
    this.#complete.promise.catch(() => undefined);
  }

  /**
   * Resolves when it is known where it begins.
   * @throws EssError ESS_BROKER when Kafka does not answer for half a minute, ESS_CONFIG when there is no such topic
   */
  static async open(options: FollowedOptions): Promise<FollowedTopic> {
    const { kafka, topic, from = 'beginning', log } = options;
    const tail = await follow(kafka, { topic, from, ...(log && { log }) });
    const followed = new FollowedTopic(options, tail);
    void followed.#take();
    void followed.#watch();
    if (options.holds) void followed.#readAgain();
    return followed;
  }

  /** Everything that was written before was read, ms since 1970; 0: not yet. */
  get readToMs(): number {
    return this.#readToAt === undefined ? 0 : wallTimeOf(this.#readToAt);
  }

  /**
   * Of each partition the offset to read on from, another time: everything before it was taken. What the registry did not know the
   * schema of is not behind it: it may know it then.
   */
  get positions(): ReadonlyMap<number, number> {
    const doubtful = (partition: number) => this.#doubtful.get(partition) ?? Number.POSITIVE_INFINITY;
    return new Map(
      [...this.#tail.positions].map(([partition, next]) => [partition, Math.min(next, doubtful(partition))]),
    );
  }

  /**
   * Resolves when it has been read to its end once, or as far as it can be read, or when it was closed before.
   * @throws EssError ESS_BROKER when it is waited for and a right is missing
   */
  get complete(): Promise<void> {
    return this.#complete.promise;
  }

  /** Resolves when everything that was written before this call was taken. @throws EssError ESS_BROKER when that takes too long */
  async caughtUp(): Promise<void> {
    const askedAt = performance.now();
    await this.#tail.caughtUp(READ_WITHIN_MS);
    this.#readToAt = Math.max(this.#readToAt ?? 0, askedAt);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#complete.resolve(); // nobody is to wait for it
    await this.#tail.close();
  }

  async #take(): Promise<void> {
    const { codec, as, holds, take, topic, onTaken, log } = this.#options;
    const waits = (error: unknown) =>
      log?.warn({ topic, error: String(error), why: 'the registry does not answer' }, 'view.waits');
    for await (const records of this.#tail) {
      if (!(await untilPrepared(codec, records, this.#closing.signal, waits))) return;
      if (!(await this.#untilReadable(records))) return;
      for (const record of records) {
        const decoded = codec.decode(record.value, as);
        if (mayPass(decoded) && !this.#doubtful.has(record.partition))
          this.#doubtful.set(record.partition, record.offset);
        if (holds) this.#again.take(record, mayPass(decoded));
        take(record, decoded);
      }
      onTaken?.(records.length);
    }
  }

  /** What stands still grows old, and is told as not known. @returns false when it was closed before */
  async #untilReadable(records: readonly ReadRecord[]): Promise<boolean> {
    const { codec, topic, holds, log } = this.#options;
    const { signal } = this.#closing;
    const isHeld = () => holds && records.some(({ value }) => codec.holdsSource(topic, value, holds.subject));
    for (let isTold = false; isHeld(); isTold = true) {
      if (!isTold) log?.warn({ topic, why: 'a schema of the topic cannot be read' }, 'view.waits');
      this.#complete.resolve(); // nobody else is to wait for it
      await delay(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (!(await untilPrepared(codec, records, signal))) return false;
    }
    return !signal.aborted;
  }

  /** The schema may have come, and nothing else would tell a partner without a worker what the record says. */
  async #readAgain(): Promise<void> {
    const { codec, as, take } = this.#options;
    const { signal } = this.#closing;
    while (await untilPrepared(codec, this.#again.all, signal)) {
      for (const record of this.#again.all) {
        const decoded = codec.decode(record.value, as);
        if (mayPass(decoded)) continue;
        this.#again.take(record, false);
        take(record, decoded);
      }
      await delay(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.caughtUp();
        this.#complete.resolve();
      } catch (error) {
        if (this.#options.isWaitedFor && isForbidden(error)) this.#complete.reject(error);
        continue; // late: its age grows
      }
      await delay(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
