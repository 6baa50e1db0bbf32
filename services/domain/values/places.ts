// Many short-lived things, each in a numbered place of its own. A Map would say the same, but not where thousands come and go in a
// second: V8 links each table that a Map has outgrown to the next one (OrderedHashTable::Rehash). The first of them that has grown
// old keeps all that follow, and everything in them, until the next full collection.

export class Places<T> {
  readonly #places: Array<T | undefined> = [];
  readonly #free: number[] = [];

  /** @returns its place, which is its own until it is deleted */
  add(value: T): number {
    const place = this.#free.pop() ?? this.#places.length;
    this.#places[place] = value;
    return place;
  }

  /** Once for each that was added. */
  delete(place: number): void {
    this.#places[place] = undefined;
    this.#free.push(place);
  }

  *[Symbol.iterator](): Iterator<readonly [place: number, value: T]> {
    for (const [place, value] of this.#places.entries()) if (value !== undefined) yield [place, value];
  }
}
