// How long a partner has until the oldest record that it has not settled falls out of retention. An operator has to beat that
// while a partner is down (`ess_replay_window_seconds`).
import type { Admin, Kafka } from '@ess/stream/kafkajs/client.ts';
import { readRetentionMs, timeOfOffset } from '@ess/stream/read/retention.ts';
import { TopicReader } from '@ess/stream/read/topic-reader.ts';

/** The position of a partition that has unsettled records. */
export interface Behind {
  readonly partition: number;
  readonly position: number;
  /** When the oldest unsettled record was published, ms since 1970; absent: it has not been taken in. */
  readonly oldestMs: number | undefined;
}

const RETENTION_TTL_MS = 60_000;

export class RetentionClock implements AsyncDisposable {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #retention = new Map<string, { readonly ms: number; readonly readAtMs: number }>();
  readonly #readers = new Map<string, TopicReader>();
  /** Times of records that were looked up, by topic, partition and offset. */
  #known = new Map<string, number>();
  #closed = false;

  constructor(kafka: Kafka, admin: Admin) {
    this.#kafka = kafka;
    this.#admin = admin;
  }

  /**
   * @param behind the partitions owned here that have unsettled records; none: a record published now would have it all
   * @returns ms left, 0 when it is too late; Infinity when the topic keeps everything
   * @throws kafkajs's errors while Kafka is away
   */
  async windowMs(topic: string, behind: readonly Behind[]): Promise<number> {
    const retentionMs = await this.retentionMs(topic);
    if (!Number.isFinite(retentionMs)) return retentionMs;
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const one of behind) oldestMs = Math.min(oldestMs, one.oldestMs ?? (await this.#look(topic, one)));
    const nowMs = Date.now();
    return Math.max(0, Math.min(nowMs, oldestMs) + retentionMs - nowMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const readers = [...this.#readers.values()];
    this.#readers.clear();
    await Promise.all(readers.map((reader) => reader.close()));
  }

  /** @returns Infinity when the topic keeps everything. @throws as `windowMs` does */
  async retentionMs(topic: string): Promise<number> {
    const known = this.#retention.get(topic);
    if (known && performance.now() - known.readAtMs < RETENTION_TTL_MS) return known.ms;
    const ms = await readRetentionMs(this.#admin, topic);
    this.#retention.set(topic, { ms, readAtMs: performance.now() });
    return ms;
  }

  async #look(topic: string, { partition, position }: Behind): Promise<number> {
    const place = `${topic} ${partition} ${position}`;
    const known = this.#known.get(place);
    if (known !== undefined) return known;
    const reader = this.#readers.get(topic) ?? (await TopicReader.open(this.#kafka, topic));
    this.#readers.set(topic, reader);
    try {
      if (this.#closed) throw new Error('closed meanwhile');
      const found = await timeOfOffset(reader, { partition, offset: position });
      if (found === undefined) return Date.now(); // settled since it was asked for
      if (this.#known.size > 10_000) this.#known = new Map(); // positions move on; what stands still is looked up again
      this.#known.set(place, found);
      return found;
    } catch (error) {
      this.#readers.delete(topic);
      await reader.close();
      throw error;
    }
  }
}
