// How long a partner has until the oldest record that it has not settled falls out of retention: what an operator has to beat
// while a partner is down (`ess_replay_window_seconds`).
import type { Admin } from '@ess/stream/client.ts';
import { readRetentionMs, timeOfOffset } from '@ess/stream/retention.ts';

/** The position of a partition that has unsettled records. */
export interface Behind {
  readonly partition: number;
  readonly position: number;
  /** When the oldest unsettled record was published, ms since 1970; absent: it has not been taken in. */
  readonly oldestMs: number | undefined;
}

const RETENTION_TTL_MS = 60_000;

export class RetentionClock {
  readonly #admin: Admin;
  readonly #retention = new Map<string, { readonly ms: number; readonly readAtMs: number }>();
  /** Times of records that were looked up, by topic, partition and offset. */
  #known = new Map<string, number>();

  constructor(admin: Admin) {
    this.#admin = admin;
  }

  /**
   * @param behind the partitions owned here that have unsettled records; none: a record published now would have it all
   * @returns ms left, 0 when it is too late; Infinity when the topic keeps everything
   */
  async windowMs(topic: string, behind: readonly Behind[]): Promise<number> {
    const retentionMs = await this.#retentionMs(topic);
    if (!Number.isFinite(retentionMs)) return retentionMs;
    const times = await Promise.all(behind.map((one) => one.oldestMs ?? this.#look(topic, one, retentionMs)));
    return Math.max(0, Math.min(Date.now(), ...times) + retentionMs - Date.now());
  }

  async #retentionMs(topic: string): Promise<number> {
    const known = this.#retention.get(topic);
    if (known && performance.now() - known.readAtMs < RETENTION_TTL_MS) return known.ms;
    const ms = await readRetentionMs(this.#admin, topic);
    this.#retention.set(topic, { ms, readAtMs: performance.now() });
    return ms;
  }

  async #look(topic: string, { partition, position }: Behind, retentionMs: number): Promise<number> {
    const place = `${topic} ${partition} ${position}`;
    const sinceMs = Date.now() - retentionMs;
    const known =
      this.#known.get(place) ?? (await timeOfOffset(this.#admin, topic, { partition, offset: position, sinceMs }));
    if (this.#known.size > 10_000) this.#known = new Map(); // positions move on; what stands still is looked up again
    this.#known.set(place, known);
    return known;
  }
}
