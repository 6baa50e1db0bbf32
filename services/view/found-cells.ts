// Where the cells are that a question has found, as numbers: as objects two million of them would take half a gigabyte. A piece
// of them, oldest first, is cut out by the time of its first and its last, so that only the times are sorted.
import { firstIndex } from '@ess/domain/values/first-index.ts';

/** A cell: the number of its partner, and the row of its rule in the partner's source. */
export interface CellPlace {
  readonly owner: number;
  readonly row: number;
}

const FIRST_CELLS = 1_024;

export class FoundCells {
  #size = 0;
  #sinceMs = new Float64Array(FIRST_CELLS);
  #owners = new Uint32Array(FIRST_CELLS);
  #rows = new Uint32Array(FIRST_CELLS);
  #sorted: Float64Array | undefined;

  get size(): number {
    return this.#size;
  }

  add(sinceMs: number, owner: number, row: number): void {
    if (this.#size === this.#rows.length) {
      this.#sinceMs = doubled(this.#sinceMs, Float64Array);
      this.#owners = doubled(this.#owners, Uint32Array);
      this.#rows = doubled(this.#rows, Uint32Array);
    }
    this.#sinceMs[this.#size] = sinceMs;
    this.#owners[this.#size] = owner;
    this.#rows[this.#size] = row;
    this.#size += 1;
    this.#sorted = undefined;
  }

  /** Those at [from, from + limit) of all, oldest first; of the same age in the order in which they were added. */
  piece(from: number, limit: number): CellPlace[] {
    this.#sorted ??= this.#sinceMs.slice(0, this.#size).sort();
    const to = Math.min(from + limit, this.#size);
    if (from >= to) return [];
    const [first = 0, last = 0] = [this.#sorted[from], this.#sorted[to - 1]];
    // Of those as old as the first, so many stand before it; of those as old as the last, which may be all there are, so many are taken.
    let before = from - firstAt(this.#sorted, first);
    let left = to - Math.max(from, firstAt(this.#sorted, last));
    const found: number[] = [];
    for (let index = 0; index < this.#size; index += 1) {
      const sinceMs = this.#sinceMs[index] ?? 0;
      if (sinceMs < first || sinceMs > last) continue;
      if (sinceMs === first && before > 0) before -= 1;
      else if (sinceMs < last) found.push(index);
      else if (left > 0) {
        left -= 1;
        found.push(index);
      }
    }
    found.sort((a, b) => (this.#sinceMs[a] ?? 0) - (this.#sinceMs[b] ?? 0));
    return found.map((index) => ({ owner: this.#owners[index] ?? 0, row: this.#rows[index] ?? 0 }));
  }
}

function doubled<T extends Float64Array | Uint32Array>(values: T, of: new (length: number) => T): T {
  const grown = new of(2 * values.length);
  grown.set(values);
  return grown;
}

/** @returns where the first is that is not less */
const firstAt = (sorted: Float64Array, value: number): number =>
  firstIndex(sorted.length, (index) => (sorted[index] ?? 0) < value);
