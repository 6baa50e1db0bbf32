// How long a program that ended by itself waits for its next start.

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** One that ran so long ran well: its next end is no consequence of the last one. */
const WELL_MS = 60_000;

export class Backoff {
  #nextMs = FIRST_MS;

  /** @param ranMs how long it ran. @returns the wait, ms: 1, 2, 4, 8, 16 and from then on 30 s */
  after(ranMs: number): number {
    if (ranMs >= WELL_MS) this.#nextMs = FIRST_MS;
    const waitMs = this.#nextMs;
    this.#nextMs = Math.min(2 * waitMs, LONGEST_MS);
    return waitMs;
  }
}
