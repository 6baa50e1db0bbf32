// A record that has stopped a process before (domain/delivery/stands.ts) is tried in isolation: nothing else of this process is on
// its way. If it stops this process too, nothing else can be to blame. Others start nothing from the moment it asks until it
// is through.
import type { AtWork } from '@ess/stream/write/at-work.ts';
import type { Item } from './item.ts';

export class Isolation {
  readonly #atWork: Pick<AtWork, 'flights'>;
  #item: Item | undefined;

  constructor(atWork: Pick<AtWork, 'flights'>) {
    this.#atWork = atWork;
  }

  /** Nothing else may start. */
  get isTaken(): boolean {
    return this.#item !== undefined;
  }

  /** @returns whether it may start now; ask again until it may, or release it */
  admits(item: Item): boolean {
    this.#item ??= item;
    return this.#item === item && this.#atWork.flights === 0;
  }

  /** It is through, or waits for something else; does nothing for any other. */
  release(item: Item): void {
    if (this.#item === item) this.#item = undefined;
  }
}
