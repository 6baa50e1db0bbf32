// A partner that can do so much and no more: what comes beyond waits its turn.
export class WorkQueue {
  #servers = 1;
  #queueMax = 0;
  #serviceMs = 0;
  #busy = 0;
  readonly #waiting: Array<() => void> = [];

  /** What is being worked on stays at its pace. */
  change({ servers, queue }: { readonly servers: number; readonly queue: number }, serviceMs: number): void {
    this.#servers = servers;
    this.#queueMax = queue;
    this.#serviceMs = serviceMs;
    this.#next();
  }

  get isFull(): boolean {
    return this.#waiting.length >= this.#queueMax;
  }

  add(answer: () => void): void {
    this.#waiting.push(answer);
    this.#next();
  }

  #next(): void {
    while (this.#busy < this.#servers) {
      const answer = this.#waiting.shift();
      if (!answer) return;
      this.#busy += 1;
      setTimeout(() => {
        this.#busy -= 1;
        answer();
        this.#next();
      }, this.#serviceMs);
    }
  }
}
