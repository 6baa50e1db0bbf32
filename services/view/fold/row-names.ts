// Which row of the columns a rule has: rows are numbered in the order in which their rules were first named.
import type { PartsIn, PartsOut } from './parts.ts';
import { BLOCK_ROWS } from './parts.ts';

export class RowNames {
  readonly #rows = new Map<string, number>();
  readonly #names: string[] = [];
  /** So many are kept. */
  #kept = 0;

  get size(): number {
    return this.#names.length;
  }

  rowOf(name: string): number {
    let row = this.#rows.get(name);
    if (row === undefined) {
      row = this.#names.push(name) - 1;
      this.#rows.set(name, row);
    }
    return row;
  }

  /** @returns undefined when nobody has named it */
  find(name: string): number | undefined {
    return this.#rows.get(name);
  }

  nameOf(row: number): string {
    return this.#names[row] ?? '';
  }

  save(out: PartsOut, name: string): void {
    const { size } = this;
    const kept = out.whole ? 0 : this.#kept;
    if (kept < size)
      for (let index = Math.floor(kept / BLOCK_ROWS); index * BLOCK_ROWS < size; index += 1) {
        const names = this.#names.slice(index * BLOCK_ROWS, (index + 1) * BLOCK_ROWS);
        out.block(name, index, new TextEncoder().encode(JSON.stringify(names)));
      }
    this.#kept = size;
  }

  /** Into one that has no rows. */
  load(from: PartsIn, name: string): void {
    const blocks = [...from.blocks(name)].sort(([a], [b]) => a - b);
    for (const [, bytes] of blocks)
      for (const one of JSON.parse(new TextDecoder().decode(bytes)) as string[]) this.rowOf(one);
    this.#kept = this.size;
  }
}
