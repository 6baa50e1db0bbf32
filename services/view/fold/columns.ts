// Columns of the view: a number for each row, in memory that is one block. Two million cells as objects would take 200 MB.
// Each knows which of its rows have changed since it was last kept (parts.ts), by blocks of them.
import type { PlacedVersion } from '@ess/domain/delivery/acked-version.ts';
import type { Version } from '@ess/domain/delivery/version.ts';
import type { PartsIn, PartsOut } from './parts.ts';
import { BLOCK_ROWS } from './parts.ts';

const FIRST_ROWS = 1_024;
/** A shift, since it is done at each change. */
const BLOCK_BITS = Math.log2(BLOCK_ROWS);
/** Of a block; 0: it was never set. */
const KEPT = 1;
const CHANGED = 2;

/**
 * Numbers by row; a row that was never set has `blank`. What is asked for together stands together, `width` numbers a row: one look
 * into memory finds them all, which is what most of the time goes into with millions of rows.
 */
export class NumberColumn {
  readonly #blank: number;
  readonly #width: number;
  #values: Float64Array<ArrayBuffer>;
  #blocks = new Uint8Array(1);

  constructor(blank = 0, width = 1) {
    this.#blank = blank;
    this.#width = width;
    this.#values = new Float64Array(FIRST_ROWS * width).fill(blank);
  }

  /** @param field which of the row's numbers */
  get(row: number, field = 0): number {
    return this.#values[row * this.#width + field] ?? this.#blank;
  }

  set(row: number, value: number, field = 0): void {
    const at = row * this.#width + field;
    if (at >= this.#values.length) this.#grow(at + 1);
    this.#values[at] = value;
    this.#blocks[row >>> BLOCK_BITS] = CHANGED;
  }

  /** As if no row had ever been set. */
  clear(): void {
    this.#values.fill(this.#blank);
    this.#blocks.forEach((state, index) => {
      if (state === KEPT) this.#blocks[index] = CHANGED;
    });
  }

  save(out: PartsOut, name: string): void {
    this.#blocks.forEach((state, index) => {
      if (state !== CHANGED && !(out.whole && state === KEPT)) return;
      const size = BLOCK_ROWS * this.#width;
      const values = this.#values.slice(index * size, (index + 1) * size);
      out.block(name, index, new Uint8Array(values.buffer));
      this.#blocks[index] = KEPT;
    });
  }

  /** Into one that was never set. */
  load(from: PartsIn, name: string): void {
    for (const [index, bytes] of from.blocks(name)) {
      const values = new Float64Array(bytes.byteLength / Float64Array.BYTES_PER_ELEMENT);
      new Uint8Array(values.buffer).set(bytes);
      const first = index * BLOCK_ROWS * this.#width;
      if (first + values.length > this.#values.length) this.#grow(first + values.length);
      this.#values.set(values, first);
      this.#blocks[index] = KEPT;
    }
  }

  #grow(needed: number): void {
    const { length } = this.#values;
    const grown = new Float64Array(Math.max(2 * length, needed)).fill(this.#blank, length);
    grown.set(this.#values);
    this.#values = grown;
    const blocks = new Uint8Array(Math.ceil(grown.length / (BLOCK_ROWS * this.#width)));
    blocks.set(this.#blocks);
    this.#blocks = blocks;
  }
}

/** Versions by row, exact beyond 2^53. */
export class VersionColumn {
  readonly #numbers: NumberColumn;
  readonly #exact = new Map<number, bigint>();

  /** @param numbers the first of each row is the version; NaN: none, or an exact one */
  constructor(numbers = new NumberColumn(Number.NaN)) {
    this.#numbers = numbers;
  }

  get(row: number): Version | undefined {
    const number = this.#numbers.get(row);
    return Number.isNaN(number) ? this.#exact.get(row) : number;
  }

  set(row: number, version: Version): void {
    if (typeof version === 'bigint') {
      this.#exact.set(row, version);
      this.#numbers.set(row, Number.NaN);
    } else {
      if (this.#exact.size > 0) this.#exact.delete(row);
      this.#numbers.set(row, version);
    }
  }

  clear(): void {
    this.#numbers.clear();
    this.#exact.clear();
  }

  save(out: PartsOut, name: string): void {
    this.#numbers.save(out, name);
    out.value(
      `${name}.exact`,
      [...this.#exact].map(([row, version]) => [row, String(version)]),
    );
  }

  load(from: PartsIn, name: string): void {
    this.#numbers.load(from, name);
    for (const [row, digits] of from.value<Array<[number, string]>>(`${name}.exact`)) this.set(row, BigInt(digits));
  }
}

/** Texts of which there are few, such as topics and digests: a column holds their numbers. */
export class Texts {
  readonly #texts: Array<string | null> = [null];
  readonly #numbers = new Map<string | null, number>([[null, 0]]);
  #last = 0;

  /** 0: null, and so a row that was never set. */
  numberOf(text: string | null): number {
    if (text === null) return 0;
    // The same one comes many times in a row, and comparing is faster than looking up what has just been decoded.
    if (text === this.#texts[this.#last]) return this.#last;
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.push(text) - 1;
      this.#numbers.set(text, number);
    }
    this.#last = number;
    return number;
  }

  /** @returns undefined: it has none like that */
  find(text: string): number | undefined {
    return this.#numbers.get(text);
  }

  get size(): number {
    return this.#texts.length - 1;
  }

  get all(): readonly string[] {
    return this.#texts.slice(1) as string[];
  }

  textOf(number: number): string | null {
    return this.#texts[number] ?? null;
  }

  save(out: PartsOut, name: string): void {
    out.value(name, this.#texts);
  }

  /** Into one that has none. */
  load(from: PartsIn, name: string): void {
    for (const text of from.value<Array<string | null>>(name)) this.numberOf(text);
  }
}

const [TOPIC, TOPIC_ID, PARTITION, OFFSET] = [1, 2, 3, 4];

/** Versions with the place of their record, by row. */
export class PlacedColumn {
  readonly #texts: Texts;
  readonly #numbers = new NumberColumn(Number.NaN, 5);
  readonly #versions = new VersionColumn(this.#numbers);

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  get(row: number): PlacedVersion | undefined {
    const version = this.#versions.get(row);
    if (version === undefined) return undefined;
    const numbers = this.#numbers;
    return {
      version,
      topic: this.#texts.textOf(numbers.get(row, TOPIC)) ?? '',
      topicId: this.#texts.textOf(numbers.get(row, TOPIC_ID)),
      partition: numbers.get(row, PARTITION),
      offset: numbers.get(row, OFFSET),
    };
  }

  set(row: number, { version, topic, topicId = null, partition, offset }: PlacedVersion): void {
    const numbers = this.#numbers;
    this.#versions.set(row, version);
    numbers.set(row, this.#texts.numberOf(topic), TOPIC);
    numbers.set(row, this.#texts.numberOf(topicId), TOPIC_ID);
    numbers.set(row, partition, PARTITION);
    numbers.set(row, offset, OFFSET);
  }

  clear(): void {
    this.#versions.clear();
  }

  /** The texts are kept by whoever has them. */
  save(out: PartsOut, name: string): void {
    this.#versions.save(out, name);
  }

  load(from: PartsIn, name: string): void {
    this.#versions.load(from, name);
  }
}
