// `catchUp: latest`: after an outage only the newest version of each rule goes out, the others are superseded.
// Records of a partition below its bound are gathered by key instead of being sent; each newer one supersedes the one
// before. At the bound the newest ones are released, in the order of their offsets. While the partner is held there is no
// bound: gathering goes on, and the buffer stays small. It keeps per key the newest version in scope and, behind it, the one
// that left the scope. What leaves never takes the place of a version that the partner is owed.
import type { Item } from '../item/item.ts';

const NONE: readonly Item[] = [];

export class CatchUp {
  /** Records below these offsets are gathered, by partition. */
  readonly #bounds = new Map<number, number>();
  /** By partition and key, in the order of their offsets. */
  readonly #gathered = new Map<number, Map<string, readonly Item[]>>();

  /** Records of this partition below `offset` are gathered. Infinity: until the next call. */
  gatherBelow(partition: number, offset: number): void {
    this.#bounds.set(partition, offset);
  }

  gathers(item: Item): boolean {
    return item.decoded.ok && item.offset < (this.#bounds.get(item.partition) ?? 0);
  }

  /** Whether something of this item's rule is gathered. */
  has({ partition, key }: Item): boolean {
    return this.#gathered.get(partition)?.has(key) ?? false;
  }

  /** Takes an item in, from intake or back from its lane. @returns what is superseded: a newer version of its rule is at hand */
  gather(item: Item): readonly Item[] {
    const byKey = this.#gathered.get(item.partition) ?? new Map<string, readonly Item[]>();
    this.#gathered.set(item.partition, byKey);
    const items = [...(byKey.get(item.key) ?? []), item].sort(byOffset);
    const isNeedless = (one: Item, index: number) =>
      items.slice(index + 1).some((later) => later.scopeExit === 'no' || one.scopeExit !== 'no');
    byKey.set(
      item.key,
      items.filter((one, index) => !isNeedless(one, index)),
    );
    return items.filter(isNeedless);
  }

  /** Everything below `next` was taken in. @returns what goes to its lane: at the bound, what was gathered */
  reached(partition: number, next: number): readonly Item[] {
    const bound = this.#bounds.get(partition);
    if (bound === undefined || next < bound) return NONE;
    this.#bounds.delete(partition);
    const items = [...(this.#gathered.get(partition)?.values() ?? [])].flat().sort(byOffset);
    this.#gathered.delete(partition);
    return items;
  }

  /** Takes the item out that `rank` puts lowest among the first ones of their keys: a held partner is probed with it. */
  takeLowest(rank: (item: Item) => number): Item | undefined {
    let lowest: Item | undefined;
    for (const byKey of this.#gathered.values())
      for (const [item] of byKey.values()) if (item && (!lowest || rank(item) < rank(lowest))) lowest = item;
    if (lowest) this.#takeFirst(lowest);
    return lowest;
  }

  #takeFirst({ partition, key }: Item): void {
    const byKey = this.#gathered.get(partition);
    const rest = byKey?.get(key)?.slice(1) ?? [];
    if (rest.length > 0) byKey?.set(key, rest);
    else byKey?.delete(key);
  }
}

const byOffset = (a: Item, b: Item): number => a.offset - b.offset;
