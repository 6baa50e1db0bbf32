// When a thread has stood for too long, judged by another thread. Only ticks of the judging thread count, each a stretch in
// which it ran by its own clock and the watched one did not: a process that was frozen, or a machine that gave it no time,
// shows as a gap between ticks, and a gap counts as none.

export const TICK_MS = 1_000;
export const TICKS_MAX = 10;
/** A tick later than so many ticks is a gap. */
const GAP = 1.5;

export class StoodTicks {
  readonly #tickMs: number;
  readonly #max: number;
  #lastAtMs: number | undefined;
  #lastBeat = Number.NaN;
  #ticks = 0;

  constructor(tickMs = TICK_MS, max = TICKS_MAX) {
    this.#tickMs = tickMs;
    this.#max = max;
  }

  /**
   * @param nowMs monotonic, in ms
   * @param beat what the watched thread counts up while it runs
   * @returns whether it has stood for the whole of the last ticks
   */
  tick(nowMs: number, beat: number): boolean {
    const late = this.#lastAtMs === undefined || nowMs - this.#lastAtMs > this.#tickMs * GAP;
    const moved = beat !== this.#lastBeat;
    this.#lastAtMs = nowMs;
    this.#lastBeat = beat;
    if (late || moved) this.#ticks = 0;
    else this.#ticks += 1;
    return this.#ticks >= this.#max;
  }
}
