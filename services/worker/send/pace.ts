// How fast a partner's records get through here: what was settled in the last seconds.

const WINDOW_S = 10;

export class Pace {
  /** Settled, by second of the monotonic clock modulo the window. */
  readonly #counts = new Array<number>(WINDOW_S + 1).fill(0);
  #second = 0;
  readonly #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
    this.#second = Math.floor(nowMs / 1000);
  }

  settled(nowMs: number): void {
    this.#counts[this.#turn(nowMs)]! += 1;
  }

  /** Over the last ten seconds, or since the start. */
  perSecond(nowMs: number): number {
    this.#turn(nowMs);
    const spanMs = Math.min(WINDOW_S * 1000 + (nowMs % 1000), nowMs - this.#sinceMs);
    return spanMs < 100 ? 0 : (this.#counts.reduce((sum, count) => sum + count, 0) * 1000) / spanMs;
  }

  #turn(nowMs: number): number {
    const second = Math.floor(nowMs / 1000);
    const passed = Math.min(second - this.#second, this.#counts.length);
    for (let step = 1; step <= passed; step += 1) this.#counts[(this.#second + step) % this.#counts.length] = 0;
    this.#second = Math.max(this.#second, second);
    return this.#second % this.#counts.length;
  }
}
