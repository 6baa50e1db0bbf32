// A rate limit for one partner: the generic cell rate algorithm (ITU-T I.371, "virtual scheduling"). It keeps the
// time at which the last delivery was due on an even schedule; a timer that fires late is caught up, so the average
// stays exact without waiting busily. When the next one is due is reckoned with the rate of today.

/** How far behind the even schedule may be caught up, in ms: the jitter of timers and of a busy event loop. */
const TOLERANCE_MS = 100;

export class RateLimit {
  #perSecond: number;
  readonly #toleranceMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** Deliveries that were taken at once then. */
  #taken = 0;

  /**
   * @param perSecond deliveries per second; Infinity = no limit
   * @param toleranceMs how much of the schedule may be used at once after a quiet time
   */
  constructor(perSecond: number, toleranceMs = TOLERANCE_MS) {
    this.#perSecond = perSecond;
    this.#toleranceMs = toleranceMs;
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  /** The share of a process changes with the partitions it owns. */
  set perSecond(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /**
   * Takes one delivery if one is due.
   * @param count so many at once, if one is due: the next one waits for all of them
   * @returns 0 when taken, otherwise ms until one is due
   */
  take(nowMs: number, count = 1): number {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return 0;
    // Before the first there is nothing to wait for, even for a share of none.
    const apartMs = this.#taken && (this.#taken * 1000) / this.#perSecond;
    const dueMs = Math.max(this.#lastMs + apartMs, nowMs - this.#toleranceMs);
    if (dueMs > nowMs) return dueMs - nowMs;
    this.#lastMs = dueMs;
    this.#taken = count;
    return 0;
  }
}
