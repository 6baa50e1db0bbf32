// Clients that catch up are written to in turns, so many bytes a second together: they would take the processor and the network
// from live ones otherwise, which wait for an event that is worth something now (bench F3, many).

export class Turns {
  readonly #bytesPerMs: number;
  readonly #waiting: Array<{ readonly bytes: number; readonly write: () => void }> = [];
  #going = false;
  /** The time at which what was written is paid for. */
  #paidAt = Number.NEGATIVE_INFINITY;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
  }

  /** Resolves when it is written, in the order of the calls. @throws what `write` throws */
  take(bytes: number, write: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        try {
          resolve(write());
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting.push({ bytes, write: settle });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#going || this.#waiting.length === 0) return;
    this.#going = true;
    const waitMs = this.#paidAt - performance.now();
    // Timers are exact to a ms. Never at once: a connection may take all it is given, and the event loop must go round.
    if (waitMs >= 1) setTimeout(() => this.#turn(), waitMs);
    else setImmediate(() => this.#turn());
  }

  #turn(): void {
    const now = performance.now();
    this.#paidAt = Math.max(this.#paidAt, now);
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      next.write();
      this.#paidAt += next.bytes / this.#bytesPerMs;
      if (this.#paidAt - now >= 1) break;
    }
    this.#going = false;
    this.#schedule();
  }
}
