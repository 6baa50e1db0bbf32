// Requests in flight, each in a place of its own. A Map would say the same, but not in this number: V8 links each table that a Map
// has outgrown to the next one (OrderedHashTable::Rehash). The first of them that has grown old keeps all that follow, and every
// request in them, until the next full collection.

export class Flights<T> {
  readonly #places: Array<T | undefined> = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#places.length - this.#free.length;
  }

  /** @returns its place, which is its own until it is deleted */
  add(flight: T): number {
    const place = this.#free.pop() ?? this.#places.length;
    this.#places[place] = flight;
    return place;
  }

  delete(place: number): void {
    this.#places[place] = undefined;
    this.#free.push(place);
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const flight of this.#places) if (flight !== undefined) yield flight;
  }
}
