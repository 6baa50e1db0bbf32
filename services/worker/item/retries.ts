// Records that wait to be tried again, each first in its lane and without a slot.
import type { Lanes } from '@ess/domain/delivery/lanes.ts';
import type { Item } from './item.ts';
import type { Timers } from './timers.ts';

export class Retries {
  readonly #lanes: Lanes<Item>;
  readonly #timers: Timers;
  readonly #waiting = new Set<NodeJS.Timeout>();

  constructor(lanes: Lanes<Item>, timers: Timers) {
    this.#lanes = lanes;
    this.#timers = timers;
  }

  /** The lane of this key goes on with the same record in so many ms. */
  wait(key: string, waitMs: number): void {
    if (waitMs <= 0) return this.#lanes.again(key);
    const timer = this.#timers.later(waitMs, () => {
      this.#waiting.delete(timer);
      this.#lanes.again(key);
    });
    this.#waiting.add(timer);
  }

  /** Nothing waits any more: what is first in those lanes may be another record by then. */
  forget(): void {
    for (const timer of this.#waiting) this.#timers.cancel(timer);
    this.#waiting.clear();
  }
}
