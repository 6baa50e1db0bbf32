// `catchUp: latest`: after an outage only the newest version of each rule goes out, the others are superseded (DESIGN
// §12.10). While a partition is behind its mark, records are gathered by key instead of being sent; each newer one
// supersedes the one before. At the mark the newest ones are released, in the order of their offsets. While the partner
// is held the mark is infinitely far, so that gathering goes on and the buffer stays one record per key.
import type { Item } from './item.ts';

export interface CatchUpActions {
  /** A newer version of the same rule is at hand. */
  readonly supersede: (item: Item) => void;
  /** To its lane. */
  readonly release: (item: Item) => void;
}

export class CatchUp {
  readonly #actions: CatchUpActions;
  /** Records below the mark are gathered, by partition. */
  readonly #marks = new Map<number, number>();
  readonly #newest = new Map<number, Map<string, Item>>();

  constructor(actions: CatchUpActions) {
    this.#actions = actions;
  }

  /** Records of this partition below `offset` are gathered. Infinity: until `setMark` says otherwise. */
  setMark(partition: number, offset: number): void {
    this.#marks.set(partition, offset);
  }

  gathers(item: Item): boolean {
    return item.decoded.ok && item.offset < (this.#marks.get(item.partition) ?? 0);
  }

  /** Takes an item in, from intake or back from its lane; the older one of two is superseded. */
  gather(item: Item): void {
    const newest = this.#newest.get(item.partition) ?? new Map<string, Item>();
    this.#newest.set(item.partition, newest);
    const other = newest.get(item.key);
    if (other && other.offset > item.offset) return this.#actions.supersede(item);
    newest.set(item.key, item);
    if (other) this.#actions.supersede(other);
  }

  /** Everything below `next` was taken in: at the mark, what was gathered goes out. */
  reached(partition: number, next: number): void {
    const mark = this.#marks.get(partition);
    if (mark === undefined || next < mark) return;
    this.#marks.delete(partition);
    const items = [...(this.#newest.get(partition)?.values() ?? [])].sort((a, b) => a.offset - b.offset);
    this.#newest.delete(partition);
    for (const item of items) this.#actions.release(item);
  }

  /** Takes the item out that `rank` puts lowest: a held partner is probed with it. */
  takeLowest(rank: (item: Item) => number): Item | undefined {
    let lowest: Item | undefined;
    for (const newest of this.#newest.values())
      for (const item of newest.values()) if (!lowest || rank(item) < rank(lowest)) lowest = item;
    if (lowest) this.#newest.get(lowest.partition)?.delete(lowest.key);
    return lowest;
  }
}
