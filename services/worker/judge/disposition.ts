// What becomes of a record when its turn is over: it is through, goes again, or stays for the next owner. In each case its slot is
// free at once; its lane goes on only when Kafka has what is to be written down about it.
import type { Lanes } from '@ess/domain/delivery/lanes.ts';
import type { Gathering } from '../intake/gathering.ts';
import type { Item } from '../item/item.ts';
import type { Retries } from '../item/retries.ts';
import type { Destination, Health, Process } from '../partner-context.ts';
import type { RowsOnTheirWay, RowsTold } from '../record/rows-on-their-way.ts';

export interface DispositionOptions {
  readonly partner: Process & Health & Destination;
  readonly lanes: Lanes<Item>;
  readonly retries: Retries;
  readonly rows: RowsOnTheirWay;
  /** Kafka has the rows of this record. */
  readonly settled: (item: Item) => void;
  readonly gathering: Gathering;
}

export class Disposition {
  readonly #options: DispositionOptions;
  #isOver = false;

  constructor(options: DispositionOptions) {
    this.#options = options;
  }

  /** The record is through once Kafka has `rows`. */
  settle(item: Item, rows: Promise<unknown>): void {
    this.settleFor(item, ({ resolve, reject }) => void rows.then(resolve, reject));
  }

  /** The same without a promise, for what every delivery passes. @param write says later what has become of the rows */
  settleFor(item: Item, write: (told: RowsTold) => void): void {
    const { partner, lanes, rows, settled } = this.#options;
    const told = rows.expect(() => {
      settled(item);
      if (!this.#isOver) lanes.done(item.key);
    });
    write(told);
    partner.shared.isolation.release(item);
    lanes.over(item.key, 'settling');
  }

  /** The record starts again after so many ms. */
  retry(item: Item, waitMs: number): void {
    this.leave(item);
    if (this.#isOver) return;
    const { partner, retries, gathering } = this.#options;
    if (partner.breaker.isOpen && partner.connector.deliver.catchUp === 'latest') gathering.takeBack();
    else retries.wait(item.key, waitMs);
  }

  /** The record stays first of its lane; this assignment starts it no more. */
  leave(item: Item): void {
    const { partner, lanes } = this.#options;
    partner.shared.isolation.release(item);
    lanes.over(item.key);
  }

  /** The assignment is over: no lane goes on. */
  end(): void {
    this.#isOver = true;
  }
}
