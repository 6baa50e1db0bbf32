// One timer for many deadlines. Node's own would be set and cleared for each request, and hardly ever be heard from (bench S1).
import { Places } from '@ess/domain/values/places.ts';

export interface Due {
  /** ms of the monotonic clock. */
  readonly dueAt: number;
  /** Its time is over: called once, at `dueAt` or later, unless it was cleared before. What was due first is called first. */
  expire(): void;
}

export class Deadlines {
  readonly #due = new Places<Due>();
  #timer: NodeJS.Timeout | undefined;
  #firesAt = Number.POSITIVE_INFINITY;

  /** @returns by what it is cleared */
  set(due: Due): number {
    if (due.dueAt < this.#firesAt) this.#fireAt(due.dueAt);
    return this.#due.add(due);
  }

  /** Not after it has expired. */
  clear(place: number): void {
    this.#due.delete(place);
  }

  /** It keeps no process alive: what has a deadline has a socket. */
  #fireAt(at: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = at;
    this.#timer = setTimeout(() => this.#fire(), at - performance.now()).unref();
  }

  #fire(): void {
    const nowMs = performance.now();
    const over: Due[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [place, due] of this.#due) {
      if (due.dueAt > nowMs) nextMs = Math.min(nextMs, due.dueAt);
      else {
        this.#due.delete(place);
        over.push(due);
      }
    }
    this.#firesAt = Number.POSITIVE_INFINITY;
    if (nextMs < this.#firesAt) this.#fireAt(nextMs);
    for (const due of over.sort((a, b) => a.dueAt - b.dueAt)) due.expire();
  }
}
