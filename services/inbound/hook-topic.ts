// A hook's topic as the store of what was published. Each record carries the door, the idempotency key and the digest of the
// body that it came with; the window is read back before the process is ready, then followed. A key that is new here may be known
// at another process, so the topic is read to its end before the records are published.
import { randomUUID } from 'node:crypto';
import { KeyWindow } from '@ess/domain/delivery/key-window.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { isLongId } from '@ess/domain/text/foreign-id.ts';
import type { TraceContext } from '@ess/runtime/trace/context.ts';
import { traceHeaders } from '@ess/runtime/trace/context.ts';
import type { Kafka, StreamLog } from '@ess/stream/kafkajs/client.ts';
import type { Tail } from '@ess/stream/read/follow.ts';
import { follow } from '@ess/stream/read/follow.ts';
import type { OutboxRecord } from '@ess/stream/write/outbox.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import { isRefused } from '@ess/stream/write/refusal.ts';
import { WholeWriter } from '@ess/stream/write/whole-writer.ts';
import { LIMITS } from './limits.ts';

const KEY_HEADER = 'idempotency-key';
const DOOR_HEADER = 'ess-door';
const DIGEST_HEADER = 'ess-body-digest';

export interface HookTopicOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly windowMs: number;
  readonly maxKeys: number;
  readonly log: StreamLog;
  readonly onCrash: (error: Error) => void;
}

/** What came in one request. */
export interface Ring {
  readonly partner: string;
  /** Its name: whose key it is. A partner's name is none. */
  readonly door: string;
  /** Absent: nothing to recognise a repetition by. */
  readonly key: string | undefined;
  readonly digest: string | undefined;
  /** Where the request stands in a trace; absent: it came with none. */
  readonly trace?: TraceContext | undefined;
  /** Published all or not at all. */
  readonly records: ReadonlyArray<{ readonly key: string; readonly value: Buffer }>;
}

export type Published =
  | 'published'
  | 'repeated'
  /** The key is known, with another body. */
  | 'key-reused';

/** One producer tries for half a minute, over the election of a leader: that long Kafka itself recognises a repeated batch. */
const PRODUCER_RETRY = { initialRetryTime: 50, maxRetryTime: 500, retries: 60 };
/** Reading a day of keys back may take a while. */
const READ_BACK_MS = 600_000;
const CLOSE_MS = 5_000;

export class HookTopic {
  readonly topic: string;
  readonly #window: KeyWindow;
  readonly #outbox: Outbox;
  /** Keys on their way, with the answer they will have: a repetition meanwhile shares it. */
  readonly #pending = new Map<string, { readonly digest: string | undefined; readonly answer: Promise<Published> }>();
  readonly #whole: WholeWriter;
  /** Values that Kafka has not acknowledged; their requests may have been answered 503 long ago. */
  #waitingBytes = 0;
  #tail!: Tail;

  private constructor(options: HookTopicOptions) {
    const { kafka, topic, log } = options;
    this.topic = topic;
    this.#window = new KeyWindow(options);
    this.#outbox = new Outbox(kafka, {
      linger: false,
      producerRetry: PRODUCER_RETRY,
      alreadyWritten: (records) => this.#alreadyWritten(records),
      onRetry: (error, records) => log.warn({ topic, error: String(error), records }, 'inbound.retry'),
    });
    const transactionalId = `ess-inbound-${topic}-${randomUUID()}`;
    this.#whole = new WholeWriter(kafka, { topic, transactionalId, retry: PRODUCER_RETRY });
  }

  /** Resolves when the window has been read back. */
  static async open(options: HookTopicOptions): Promise<HookTopic> {
    const made = new HookTopic(options);
    const { kafka, topic, windowMs, maxKeys, log, onCrash } = options;
    try {
      await made.#outbox.open([topic]);
      made.#tail = await follow(kafka, {
        topic,
        log,
        from: { sinceMs: Date.now() - windowMs, maxRecords: maxKeys },
      });
      made.#learn(made.#tail).catch(onCrash);
      await made.#tail.caughtUp(READ_BACK_MS);
      return made;
    } catch (cause) {
      await made.close();
      if (cause instanceof EssError) throw cause;
      throw new EssError('ESS_BROKER', `${topic} could not be read back`, { cause });
    }
  }

  get keys(): number {
    return this.#window.size;
  }

  /** Age up to which a repeated key is surely recognised, in ms. */
  get reliableMs(): number {
    return this.#window.reliableMs(Date.now());
  }

  /**
   * Resolves when all in-sync replicas have the records, or had them already.
   * @throws EssError ESS_BROKER when the topic cannot be read to its end, or too much waits for Kafka already; ESS_RECORD
   *   when Kafka will never take one of these
   */
  publish(ring: Ring): Promise<Published> {
    const { door, key, digest } = ring;
    if (key === undefined) return this.#append(ring);
    const known = this.#known(ring, key);
    if (known) return Promise.resolve(known);
    const name = `${door} ${key}`;
    const under = this.#pending.get(name);
    if (under) return under.digest === digest ? under.answer.then(() => 'repeated') : Promise.resolve('key-reused');
    const answer = this.#publishNew(ring, key).finally(() => this.#pending.delete(name));
    this.#pending.set(name, { digest, answer });
    return answer;
  }

  async close(): Promise<void> {
    await Promise.all([this.#outbox.close(CLOSE_MS), this.#whole.close()]);
    await this.#tail?.close();
  }

  /** Versions before did not say at which door, so a key of theirs is one at all doors of the partner. */
  #known({ partner, door, digest }: Ring, key: string): Published | undefined {
    for (const scope of [door, partner]) {
      const found = this.#window.find(scope, key, digest, Date.now());
      if (found !== 'unknown') return found === 'same' ? 'repeated' : 'key-reused';
    }
    return undefined;
  }

  async #publishNew(ring: Ring, key: string): Promise<Published> {
    if (ring.records.length > 1) await this.#whole.settled();
    await this.#tail.caughtUp(LIMITS.catchUpMs);
    const known = this.#known(ring, key);
    if (known) return known;
    const published = await this.#append(ring);
    if (ring.records.length > 1) await this.#seen(ring, key);
    const nowMs = Date.now();
    this.#window.add(ring.door, key, ring.digest, nowMs, nowMs);
    return published;
  }

  /** Kafka answers a transaction a moment before others can see it; whoever is told of this one may ask them at once. */
  async #seen(ring: Ring, key: string): Promise<void> {
    const until = performance.now() + LIMITS.catchUpMs;
    do await this.#tail.caughtUp(LIMITS.catchUpMs);
    while (this.#known(ring, key) === undefined && performance.now() < until);
  }

  async #append({ door, key, digest, trace, records }: Ring): Promise<'published'> {
    const bytes = records.reduce((sum, { value }) => sum + value.length, 0);
    const waiting = this.#outbox.pending + this.#whole.pending;
    if (waiting >= LIMITS.pending || this.#waitingBytes + bytes > LIMITS.pendingBytes)
      throw new EssError('ESS_BROKER', `too much waits for ${this.topic}`);
    const headers = {
      [DOOR_HEADER]: door,
      ...(trace && traceHeaders(trace)),
      ...(key !== undefined && { [KEY_HEADER]: key }),
      ...(key !== undefined && digest !== undefined && { [DIGEST_HEADER]: digest }),
    };
    const made = records.map((record) => ({ ...record, topic: this.topic, headers }));
    this.#waitingBytes += bytes;
    try {
      await (made.length === 1 ? this.#outbox.append(made) : this.#whole.write(made));
    } catch (cause) {
      if (isRefused(cause)) throw cause;
      throw new EssError('ESS_BROKER', `${this.topic} did not take the records`, { cause });
    } finally {
      this.#waitingBytes -= bytes;
    }
    return 'published';
  }

  async #learn(tail: Tail): Promise<void> {
    for await (const records of tail)
      for (const { key, headers, timestampMs } of records) {
        const sent = headers[KEY_HEADER];
        // Others may write here too: no key of theirs that a door would refuse is worth its memory.
        if (key === null || sent === undefined || sent.length > LIMITS.idempotencyKeyChars) continue;
        const scope = String(headers[DOOR_HEADER] ?? key);
        if (isLongId(scope)) continue;
        this.#window.add(scope, String(sent), headers[DIGEST_HEADER]?.toString(), timestampMs, Date.now());
      }
  }

  /** After a producer gave up: what it sent may be in the topic all the same. */
  async #alreadyWritten(records: readonly OutboxRecord[]): Promise<ReadonlySet<OutboxRecord>> {
    await this.#tail.caughtUp(LIMITS.catchUpMs);
    return new Set(
      records.filter(({ headers }) => {
        const sent = headers?.[KEY_HEADER];
        if (sent === undefined) return false;
        return this.#window.find(String(headers?.[DOOR_HEADER]), String(sent), undefined, Date.now()) !== 'unknown';
      }),
    );
  }
}
