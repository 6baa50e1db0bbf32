// How many requests a partner gets at once, found by watching how it answers: additive increase, multiplicative decrease
// (D. Chiu, R. Jain, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance", 1989), with the
// round-trip time against its own long-term average as the early signal (as in Netflix concurrency-limits, Gradient2).
// It starts at the ceiling: a healthy partner never waits for it.

export interface ConcurrencyPolicy {
  /** The connector's `concurrency`. */
  readonly ceiling: number;
}

/** A verdict needs a window of at least this long and this many answers: single answers are noise. */
const WINDOW_MIN_MS = 100;
const WINDOW_MIN_ANSWERS = 10;
/** A window that overran this many times its usual round trip is a queue at the partner. */
const SLOW_FACTOR = 3;
const SLOW_DECREASE = 0.9;
const OVERLOAD_DECREASE = 0.7;
/** Weight of one window in the long-term average: at least 30 s until a lasting change counts as usual. */
const USUAL_WEIGHT = 1 / 300;
/** Round trips below this are dominated by our own event loop. */
const USUAL_MIN_MS = 5;

export class ConcurrencyLimit {
  #ceiling: number;
  #limit: number;
  #usualMs: number | undefined;
  #windowStartMs: number | undefined;
  #answers = 0;
  #served = 0;
  #totalMs = 0;
  #overloaded = false;
  #reached = false;
  #shrunkAtMs = Number.NEGATIVE_INFINITY;

  constructor({ ceiling }: ConcurrencyPolicy) {
    this.#ceiling = ceiling;
    this.#limit = ceiling;
  }

  /** Requests that may be in flight now: from 1 to the ceiling. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** What one request usually takes; undefined before the first answers. */
  get usualMs(): number | undefined {
    return this.#usualMs;
  }

  set ceiling(ceiling: number) {
    this.#ceiling = ceiling;
    this.#limit = Math.min(this.#limit, ceiling);
  }

  /**
   * One answer came.
   * @param inflight requests in flight when it came, itself included
   * @param overloaded the partner said or showed that it has too much: 429, 503, a timeout
   */
  answered(nowMs: number, roundTripMs: number, inflight: number, overloaded: boolean): void {
    this.#windowStartMs ??= nowMs;
    this.#answers += 1;
    // A refusal comes fast: it says nothing about how long the work takes.
    if (!overloaded) {
      this.#served += 1;
      this.#totalMs += roundTripMs;
    }
    this.#overloaded ||= overloaded;
    this.#reached ||= inflight >= this.limit;
    const full =
      this.#answers >= Math.min(WINDOW_MIN_ANSWERS, this.limit) && nowMs - this.#windowStartMs >= WINDOW_MIN_MS;
    if (full || overloaded) this.#judge(nowMs);
  }

  #judge(nowMs: number): void {
    const averageMs = this.#served === 0 ? undefined : this.#totalMs / this.#served;
    const usualMs = this.#usualMs ?? averageMs;
    if (this.#overloaded) this.#shrink(OVERLOAD_DECREASE, nowMs);
    else if (averageMs !== undefined && averageMs > SLOW_FACTOR * Math.max(usualMs ?? averageMs, USUAL_MIN_MS))
      this.#shrink(SLOW_DECREASE, nowMs);
    else if (this.#reached)
      this.#limit = Math.min(this.#ceiling, this.#limit + Math.max(1, Math.sqrt(this.#limit) / 2));
    // A faster window is the truth about the partner; a slower one may be a queue, so it counts for little.
    if (averageMs !== undefined && usualMs !== undefined)
      this.#usualMs = averageMs < usualMs ? averageMs : usualMs + (averageMs - usualMs) * USUAL_WEIGHT;
    this.#windowStartMs = undefined;
    this.#answers = 0;
    this.#served = 0;
    this.#totalMs = 0;
    this.#overloaded = false;
    this.#reached = false;
  }

  /** Once per window: the answers to one burst are one signal. */
  #shrink(factor: number, nowMs: number): void {
    if (nowMs - this.#shrunkAtMs < WINDOW_MIN_MS) return;
    this.#shrunkAtMs = nowMs;
    this.#limit = Math.max(1, this.#limit * factor);
  }
}
