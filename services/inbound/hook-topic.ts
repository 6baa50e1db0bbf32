// A hook's topic as the store of what was published. Each record carries its idempotency key; the window is
// read back before the process is ready, then followed. A key that is new here may be known at another process, so the
// topic is read to its end before the record is published.

import { KeyWindow } from '@ess/domain/delivery/key-window.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { isLongId } from '@ess/domain/text/foreign-id.ts';
import type { Kafka, StreamLog } from '@ess/stream/kafkajs/client.ts';
import type { Tail } from '@ess/stream/read/follow.ts';
import { follow } from '@ess/stream/read/follow.ts';
import type { OutboxRecord } from '@ess/stream/write/outbox.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import { isRefused } from '@ess/stream/write/refusal.ts';
import { LIMITS } from './limits.ts';

const KEY_HEADER = 'idempotency-key';

export interface HookTopicOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly windowMs: number;
  readonly maxKeys: number;
  readonly log: StreamLog;
  readonly onCrash: (error: Error) => void;
}

export interface Ring {
  readonly partner: string;
  /** Absent: nothing to recognise a repetition by. */
  readonly key: string | undefined;
  readonly value: Buffer;
}

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
  readonly #pending = new Map<string, Promise<'published' | 'repeated'>>();
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
  }

  /** Resolves when the window has been read back. */
  static async open(options: HookTopicOptions): Promise<HookTopic> {
    const made = new HookTopic(options);
    const { kafka, topic, windowMs, maxKeys, onCrash } = options;
    try {
      await made.#outbox.open([topic]);
      made.#tail = await follow(kafka, {
        topic,
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
   * Resolves when all in-sync replicas have the record, or had it already.
   * @throws EssError ESS_BROKER when the topic cannot be read to its end, or too much waits for Kafka already; ESS_RECORD
   *   when Kafka will never take this one
   */
  publish(ring: Ring): Promise<'published' | 'repeated'> {
    const { partner, key } = ring;
    if (key === undefined) return this.#append(ring);
    if (this.#window.has(partner, key, Date.now())) return Promise.resolve('repeated');
    const name = `${partner} ${key}`;
    const under = this.#pending.get(name);
    if (under) return under.then(() => 'repeated');
    const answer = this.#publishNew(ring, key).finally(() => this.#pending.delete(name));
    this.#pending.set(name, answer);
    return answer;
  }

  async close(): Promise<void> {
    await this.#outbox.close(CLOSE_MS);
    await this.#tail?.close();
  }

  async #publishNew(ring: Ring, key: string): Promise<'published' | 'repeated'> {
    await this.#tail.caughtUp(LIMITS.catchUpMs);
    if (this.#window.has(ring.partner, key, Date.now())) return 'repeated';
    const published = await this.#append(ring);
    this.#window.add(ring.partner, key, Date.now());
    return published;
  }

  async #append({ partner, key, value }: Ring): Promise<'published'> {
    if (this.#outbox.pending >= LIMITS.pending || this.#waitingBytes + value.length > LIMITS.pendingBytes)
      throw new EssError('ESS_BROKER', `too much waits for ${this.topic}`);
    const headers = key === undefined ? undefined : { [KEY_HEADER]: key };
    this.#waitingBytes += value.length;
    try {
      await this.#outbox.append([{ topic: this.topic, key: partner, value, ...(headers ? { headers } : {}) }]);
    } catch (cause) {
      if (isRefused(cause)) throw cause;
      throw new EssError('ESS_BROKER', `${this.topic} did not take the record`, { cause });
    } finally {
      this.#waitingBytes -= value.length;
    }
    return 'published';
  }

  async #learn(tail: Tail): Promise<void> {
    for await (const records of tail)
      for (const { key, headers, timestampMs } of records) {
        const sent = headers[KEY_HEADER];
        // Others may write here too: no key of theirs that a door would refuse is worth its memory.
        if (key === null || isLongId(key) || sent === undefined || sent.length > LIMITS.idempotencyKeyChars) continue;
        this.#window.add(key.toString(), String(sent), timestampMs);
      }
  }

  /** After a producer gave up: what it sent may be in the topic all the same. */
  async #alreadyWritten(records: readonly OutboxRecord[]): Promise<ReadonlySet<OutboxRecord>> {
    await this.#tail.caughtUp(LIMITS.catchUpMs);
    return new Set(
      records.filter(({ key, headers }) => {
        const sent = headers?.[KEY_HEADER];
        return sent !== undefined && this.#window.has(key, String(sent), Date.now());
      }),
    );
  }
}
