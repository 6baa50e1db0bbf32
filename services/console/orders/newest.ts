// The newest of very many, without sorting them all.

export class Newest<T> {
  readonly #limit: number;
  readonly #at: (one: T) => number;
  #kept: T[] = [];

  /** @param at ms since 1970 */
  constructor(limit: number, at: (one: T) => number) {
    this.#limit = limit;
    this.#at = at;
  }

  add(one: T): void {
    this.#kept.push(one);
    if (this.#kept.length >= 2 * this.#limit) this.#kept = this.all;
  }

  /** Newest first. */
  get all(): T[] {
    return this.#kept.sort((a, b) => this.#at(b) - this.#at(a)).slice(0, this.#limit);
  }
}
