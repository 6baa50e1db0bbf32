// Time and chance for models: an event loop whose clock jumps to the next event, and a random source with a seed.
// Nothing waits, and the same seed gives the same run.

interface Scheduled {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

export class VirtualTime {
  /** Ascending by time, then by order of scheduling. */
  readonly #events: Scheduled[] = [];
  #order = 0;
  #nowMs = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** @returns a function that cancels it */
  after(waitMs: number, run: () => void): () => void {
    const event = { atMs: this.#nowMs + waitMs, order: this.#order++, run, cancelled: false };
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.atMs <= event.atMs) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, event);
    return () => {
      event.cancelled = true;
    };
  }

  /** Runs events until `done`, until none is left or until the clock passes `limitMs`. @returns whether it was done */
  runUntil(done: () => boolean, limitMs: number): boolean {
    while (!done()) {
      const event = this.#events.shift();
      if (!event || event.atMs > limitMs) return false;
      this.#nowMs = event.atMs;
      if (!event.cancelled) event.run();
    }
    return true;
  }
}

export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** Uniform in [0, 1): mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Whole number, both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** True in `share` of the cases. */
  hits(share: number): boolean {
    return this.next() < share;
  }
}
