// The watermark of one partition: the offset below which everything is settled. It is the only offset that is ever
// committed as position, so guarantee 1 (nothing lost) rests on this file. Offsets may have holes (compaction,
// transaction markers), so the sequence is what was taken in, not what could be counted.

/** A closed range of offsets, both ends included. */
export type OffsetRange = readonly [first: number, last: number];

export class Watermark {
  /** Offsets taken in and not yet below the watermark, ascending; `#head` is the first that counts. */
  #taken: number[] = [];
  /** When each of them was published. */
  #times: number[] = [];
  /** Which of them are settled. */
  #settled: boolean[] = [];
  #head = 0;
  #next: number;

  /** @param position the first offset that is not known to be settled (Kafka's committed offset). */
  constructor(position: number) {
    this.#next = position;
  }

  /** The offset to commit: everything below it is settled. */
  get position(): number {
    return this.#taken[this.#head] ?? this.#next;
  }

  /** The offset expected next from the broker. */
  get next(): number {
    return this.#next;
  }

  /** When the first record that is not settled was published, ms since 1970; a range has no time. Undefined when there is none. */
  get oldestMs(): number | undefined {
    for (let index = this.#head; index < this.#times.length; index += 1)
      if (this.#times[index] !== 0 && !this.#settled[index]) return this.#times[index];
    return undefined;
  }

  /** When the record right before the position was published, ms since 1970; undefined when it was not taken in here. */
  get timeBefore(): number | undefined {
    const last = this.#head - 1;
    return this.#taken[last] === this.position - 1 ? this.#times[last] : undefined;
  }

  /**
   * Takes a record in. Offsets must ascend: the broker hands out a partition in order.
   * @param timeMs when it was published, ms since 1970
   */
  take(offset: number, timeMs = 0): void {
    if (offset < this.#next) throw new RangeError(`offset ${offset} was taken in before (next is ${this.#next})`);
    this.#taken.push(offset);
    this.#times.push(timeMs);
    this.#settled.push(false);
    this.#next = offset + 1;
  }

  /** Takes [from, to) in as one: settling `from` settles the whole range. */
  takeRange(from: number, to: number): void {
    this.take(from);
    this.advance(to);
  }

  /** Nothing below `offset` is left to come: holes at the end of a batch are passed over. Never moves back. */
  advance(offset: number): void {
    if (offset > this.#next) this.#next = offset;
  }

  /** Marks a record settled. @returns false: it was, or was not taken in; nothing has changed */
  settle(offset: number): boolean {
    const index = this.#indexOf(offset);
    if (index === undefined || this.#settled[index]) return false;
    this.#settled[index] = true;
    while (this.#settled[this.#head]) this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#taken.length) {
      const last = this.#head - 1;
      this.#taken = this.#taken.slice(last);
      this.#times = this.#times.slice(last);
      this.#settled = this.#settled.slice(last);
      this.#head = 1;
    }
    return true;
  }

  /** The settled records above the position, as ascending ranges over taken offsets (holes between two settled ones are bridged). */
  settledAbove(): OffsetRange[] {
    const ranges: Array<[number, number]> = [];
    let joins = false;
    for (let index = this.#head; index < this.#taken.length; index += 1) {
      const offset = this.#taken[index] as number;
      const settled = this.#settled[index] === true;
      const last = ranges.at(-1);
      if (settled && joins && last) last[1] = offset;
      else if (settled) ranges.push([offset, offset]);
      joins = settled;
    }
    return ranges;
  }

  /** @returns undefined when it was not taken in, or is below the position */
  #indexOf(offset: number): number | undefined {
    let low = this.#head;
    let high = this.#taken.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const candidate = this.#taken[middle] as number;
      if (candidate === offset) return middle;
      if (candidate < offset) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }
}
