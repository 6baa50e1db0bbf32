// Columns of the view: a number for each row, in memory that is one block. Two million cells as objects would take 200 MB.
import type { PlacedVersion } from '@ess/domain/delivery/acked-version.ts';
import type { Version } from '@ess/domain/delivery/version.ts';

const FIRST_ROWS = 1_024;

/** Numbers by row; a row that was never set has `blank`. */
export class NumberColumn {
  readonly #blank: number;
  #values: Float64Array;

  constructor(blank = 0) {
    this.#blank = blank;
    this.#values = new Float64Array(FIRST_ROWS).fill(blank);
  }

  get(row: number): number {
    return this.#values[row] ?? this.#blank;
  }

  set(row: number, value: number): void {
    const { length } = this.#values;
    if (row >= length) {
      const grown = new Float64Array(Math.max(2 * length, row + 1)).fill(this.#blank, length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[row] = value;
  }
}

/** Versions by row, exact beyond 2^53. */
export class VersionColumn {
  readonly #numbers = new NumberColumn(Number.NaN);
  readonly #exact = new Map<number, bigint>();

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
}

/** Texts of which there are few, such as topics and digests: a column holds their numbers. */
export class Texts {
  readonly #texts: Array<string | null> = [null];
  readonly #numbers = new Map<string | null, number>([[null, 0]]);

  /** 0: null, and so a row that was never set. */
  numberOf(text: string | null): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.push(text) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }

  textOf(number: number): string | null {
    return this.#texts[number] ?? null;
  }
}

/** Versions with the place of their record, by row. */
export class PlacedColumn {
  readonly #texts: Texts;
  readonly #versions = new VersionColumn();
  readonly #topics = new NumberColumn();
  readonly #topicIds = new NumberColumn();
  readonly #partitions = new NumberColumn();
  readonly #offsets = new NumberColumn();

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  get(row: number): PlacedVersion | undefined {
    const version = this.#versions.get(row);
    if (version === undefined) return undefined;
    return {
      version,
      topic: this.#texts.textOf(this.#topics.get(row)) ?? '',
      topicId: this.#texts.textOf(this.#topicIds.get(row)),
      partition: this.#partitions.get(row),
      offset: this.#offsets.get(row),
    };
  }

  set(row: number, { version, topic, topicId = null, partition, offset }: PlacedVersion): void {
    this.#versions.set(row, version);
    this.#topics.set(row, this.#texts.numberOf(topic));
    this.#topicIds.set(row, this.#texts.numberOf(topicId));
    this.#partitions.set(row, partition);
    this.#offsets.set(row, offset);
  }
}
