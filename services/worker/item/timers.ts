/** Whether the partitions are ours is in doubt: a heartbeat is answered, or the membership is known to be lost, within about as long. */
export const DOUBT_MS = 500;
/** Who waits for a rate limit asks again after as long: a timer holds no more than 24 days, and fires at once beyond it. */
export const RATE_WAIT_MAX_MS = 60_000;

/** The timers of one assignment: none of them fires once it is over. */
export class Timers {
  readonly #waiting = new Set<NodeJS.Timeout>();
  #ended = false;

  later(waitMs: number, then: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      if (!this.#ended) then();
    }, waitMs);
    this.#waiting.add(timer);
    return timer;
  }

  cancel(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#waiting.delete(timer);
  }

  end(): void {
    this.#ended = true;
    for (const timer of this.#waiting) clearTimeout(timer);
    this.#waiting.clear();
  }
}
