// What thousands of connections do is told once a minute for each address: a log must not be a way to fill a disk.

const MINUTE_MS = 60_000;
/** Addresses told of within a minute; metrics count the rest. */
const MAX_TOLD = 100;

export class OnceAMinute {
  #minute = Number.NEGATIVE_INFINITY;
  readonly #told = new Set<string>();

  /** Whether it is to be told now. @param now monotonic, ms */
  isDue(about: string, now = performance.now()): boolean {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#told.clear();
    }
    if (this.#told.has(about) || this.#told.size >= MAX_TOLD) return false;
    this.#told.add(about);
    return true;
  }
}
