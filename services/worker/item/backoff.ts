// How long to wait before something is tried again that has failed: longer each time, until it works once.

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

export class Backoff {
  #failures = 0;
  #untilMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs monotonic @returns how long to wait, ms */
  failed(nowMs: number): number {
    const waitMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#untilMs = nowMs + waitMs;
    return waitMs;
  }

  worked(): void {
    this.#failures = 0;
    this.#untilMs = Number.NEGATIVE_INFINITY;
  }

  /** What is left of the wait, ms; 0: it may be tried. */
  leftMs(nowMs: number): number {
    return Math.max(0, this.#untilMs - nowMs);
  }
}
