// One reading of a topic for all who ask for it at about the same time: at a start every partner of a process may need what
// ess.delivery-state has of it, and the topic is read once for all of them, not once for each.

/**
 * Reads everything once.
 * @param names who shares this reading: what is of others need not be looked into
 * @returns where it came to, by partition
 */
export type ReadAll<T> = (
  names: ReadonlySet<string>,
  tell: (of: string, found: T) => void,
) => Promise<readonly number[]>;

type Listeners<T> = Map<string, Array<(found: T) => void>>;

export class SharedReading<T> {
  readonly #read: ReadAll<T>;
  /** Who shares the next reading. */
  #listeners: Listeners<T> = new Map();
  #next: Promise<readonly number[]> | undefined;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(read: ReadAll<T>) {
    this.#read = read;
  }

  /**
   * A reading that is under way has begun before this call: the next one is shared.
   * @returns where it came to, by partition
   * @throws what the reading throws
   */
  of(name: string, tell: (found: T) => void): Promise<readonly number[]> {
    const others = this.#listeners.get(name) ?? [];
    this.#listeners.set(name, [...others, tell]);
    this.#next ??= this.#readNext();
    return this.#next;
  }

  async #readNext(): Promise<readonly number[]> {
    await this.#reading;
    const listeners = this.#listeners;
    this.#listeners = new Map();
    this.#next = undefined;
    const read = this.#read(new Set(listeners.keys()), (of, found) => {
      for (const tell of listeners.get(of) ?? []) tell(found);
    });
    this.#reading = read.catch(() => undefined);
    return read;
  }
}
