// How what was folded is kept, and comes back: parts by name, each a small value or the blocks of a column.

/** Takes what is to be kept. What it is given is its own. */
export interface PartsOut {
  /** Everything is asked for, not only what has changed since the last time. */
  readonly whole: boolean;
  /** @param value as JSON has it */
  value(name: string, value: unknown): void;
  block(name: string, index: number, bytes: Uint8Array<ArrayBuffer>): void;
}

/** Gives back what was kept. */
export interface PartsIn {
  /** @throws when there is none of this name */
  value<T>(name: string): T;
  /** In any order. */
  blocks(name: string): Iterable<readonly [index: number, bytes: Uint8Array]>;
}

/** Rows of a block: small enough that one that has changed is written in a moment, and large enough that there are few. */
export const BLOCK_ROWS = 4_096;
