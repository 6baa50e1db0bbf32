// What a limit of requests in flight is worth, measured by the answers that come while it is in force and all its slots are taken.

/** Single answers are noise. A verdict needs this many answers per slot … */
const TURNS = 3;
/** … and ANSWERS_MIN in all; with few slots TURNS_MAX per slot are enough. */
const TURNS_MAX = 8;
const ANSWERS_MIN = 144;
/** … and so many times the round trip that a slot is in at any moment: a few long ones hold most of the slots … */
const LONG_TURNS = 2;
/** … and this long with all slots taken, ms. */
const BUSY_MIN_MS = 100;
/** More refusals than this share of the answers are overload. It is known after OVERLOAD_ANSWERS and OVERLOAD_MIN_MS. */
const OVERLOAD_SHARE = 0.1;
const OVERLOAD_ANSWERS = 10;
const OVERLOAD_MIN_MS = 50;
/** Refusals that take more than this share of the slots' time (time-outs) are a jam. One that comes at once costs nothing. */
const JAM_SHARE = 0.2;

export class AnswerWindow {
  #limit: number;
  /** When the limit came into force; undefined before the first answer. */
  #sinceMs: number | undefined;
  /** Answers until what was sent under the limit before has left the partner. */
  #settling: number;
  #lastMs = 0;
  /** When the last of them came: others of the same wave are not counted, for the time before them is not. */
  #settledMs = -1;
  #busyMs = 0;
  #served = 0;
  #servedMs = 0;
  #refused = 0;
  #refusedMs = 0;
  /** Squares of round trips, ms². */
  #squares = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#settling = 2 * limit; // an empty partner is fast
  }

  /** Another limit is in force. @param settling answers to leave out */
  change(limit: number, settling: number, nowMs = this.#lastMs): void {
    this.#limit = limit;
    this.#sinceMs = nowMs;
    this.#settling = settling;
    this.next();
  }

  /** The same limit, measured again. */
  next(): void {
    this.#busyMs = this.#squares = this.#served = this.#servedMs = this.#refused = this.#refusedMs = 0;
  }

  add(nowMs: number, roundTripMs: number, inflight: number, overloaded: boolean): void {
    const passedMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    this.#sinceMs ??= nowMs - roundTripMs;
    if (this.#settling > 0) {
      if (nowMs - roundTripMs < this.#sinceMs) return;
      this.#settling -= 1;
      this.#settledMs = nowMs;
      if (!overloaded) return;
    } else if (nowMs === this.#settledMs && !overloaded) return;
    // Slots that nobody needs say nothing about the limit. A refusal always does.
    if (inflight < this.#limit && !overloaded) return;
    this.#busyMs += passedMs;
    this.#squares += roundTripMs * roundTripMs;
    if (overloaded) {
      this.#refused += 1;
      this.#refusedMs += roundTripMs;
    } else {
      this.#served += 1;
      this.#servedMs += roundTripMs;
    }
  }

  /** There is enough for a verdict. Answers that come at once are one wave, which is counted whole. @param share of it */
  isFullBefore(nowMs: number, share = 1): boolean {
    const roundTripsMs = this.#servedMs + this.#refusedMs;
    const enough = Math.max(TURNS * this.#limit, Math.min(ANSWERS_MIN, TURNS_MAX * this.#limit));
    return (
      nowMs > this.#lastMs &&
      this.#answers >= share * enough &&
      this.#busyMs >= share * BUSY_MIN_MS &&
      this.#busyMs >= (share * TURNS * roundTripsMs) / this.#answers &&
      this.#busyMs >= (share * LONG_TURNS * this.#squares) / roundTripsMs
    );
  }

  get isOverload(): boolean {
    return this.#refused > OVERLOAD_SHARE * this.#answers && this.#answers >= OVERLOAD_ANSWERS;
  }

  /** Overload that need not wait until the window is full. @param usualMs what a request takes that is served */
  isOverloadBy(nowMs: number, usualMs = 0): boolean {
    const lastedMs = this.isJam ? nowMs - (this.#sinceMs ?? nowMs) : this.#busyMs;
    return this.isOverload && lastedMs >= Math.max(OVERLOAD_MIN_MS, usualMs);
  }

  get isJam(): boolean {
    return this.isOverload && this.#refusedMs > JAM_SHARE * (this.#servedMs + this.#refusedMs);
  }

  /** Served less refused, per ms. */
  get utility(): number {
    return (this.#served - this.#refused) / Math.max(1, this.#busyMs);
  }

  /** Slots that were taken by what was served. */
  get usefulSlots(): number {
    return this.#servedMs / Math.max(1, this.#busyMs);
  }

  get #answers(): number {
    return this.#served + this.#refused;
  }
}
