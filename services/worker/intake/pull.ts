// Pulls records from a source that is not a partition's next records: the letters of a redrive, the last records of a replay.
// Each goes through the lane of its key, so it keeps its order with live traffic. The source is asked for one more when
// there is room for it.
import type { Lanes } from '@ess/domain/delivery/lanes.ts';
import type { Item, ItemPull } from '../item/item.ts';
import type { RowsOnTheirWay } from '../record/rows-on-their-way.ts';

export interface Pulled {
  readonly item: Item;
  /** The item needs no turn in a lane: it is through once Kafka has these rows. */
  readonly rows?: Promise<unknown>;
}

export interface ItemSource extends Pick<ItemPull, 'decide'> {
  /** In the order in which they are to be sent. */
  items(): AsyncIterable<Pulled>;
  /** The item is through. @returns rows that have to be on record before it counts, if there are any */
  settled(item: Item): Promise<unknown> | undefined;
  /** The item is through, and Kafka has those rows. */
  counted(item: Item): void;
}

/** What an assignment offers to whoever pulls. */
export interface PullInto {
  readonly lanes: Pick<Lanes<Item>, 'push'>;
  readonly rows: Pick<RowsOnTheirWay, 'add'>;
}

/** Items on their way at once, and their bytes: what an assignment that ends throws away, and memory. */
export interface PullLimits {
  readonly items: number;
  readonly bytes: number;
}

export class Pull implements ItemPull {
  readonly #source: ItemSource;
  readonly #into: PullInto;
  readonly #limits: PullLimits;
  readonly #signal: AbortSignal;
  readonly #open = new Set<Item>();
  #openBytes = 0;
  #wake: () => void = () => undefined;

  /** @param signal the assignment is over; what its lanes hold goes with it */
  constructor(source: ItemSource, into: PullInto, limits: PullLimits, signal: AbortSignal) {
    this.#source = source;
    this.#into = into;
    this.#limits = limits;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  /**
   * Resolves when every item of the source is through. What is on its way when the source fails is settled first.
   * @throws what the source throws, or the reason of the signal
   */
  async run(): Promise<void> {
    try {
      for await (const pulled of this.#source.items()) {
        this.#enter(pulled);
        await this.#until(() => this.#open.size < this.#limits.items && this.#openBytes < this.#limits.bytes);
        this.#signal.throwIfAborted();
      }
    } finally {
      await this.#until(() => this.#open.size === 0);
    }
    this.#signal.throwIfAborted();
  }

  decide(item: Item): ReturnType<ItemPull['decide']> {
    return this.#source.decide(item);
  }

  settled(item: Item): void {
    const rows = this.#source.settled(item);
    const counted = () => {
      this.#source.counted(item);
      this.left(item);
    };
    if (rows) this.#into.rows.add(rows, counted);
    else counted();
  }

  left(item: Item): void {
    if (!this.#open.delete(item)) return;
    this.#openBytes -= bytesOf(item);
    this.#wake();
  }

  #enter({ item, rows }: Pulled): void {
    item.pull = this;
    this.#open.add(item);
    this.#openBytes += bytesOf(item);
    if (rows) this.#into.rows.add(rows, () => this.settled(item));
    else this.#into.lanes.push(item.key, item);
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.#signal.aborted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }
}

const bytesOf = ({ record }: Item): number => record.value?.length ?? 0;
