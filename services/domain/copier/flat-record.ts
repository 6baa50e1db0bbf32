// A record without lists and records within, read as places in its bytes: what nobody asks for is passed, texts stay where they are.
import type { EnumPlan, Plan, PrimitivePlan, RecordPlan } from '../avro/avro-resolution.ts';

/** One value, or with a union of the writer's, what it may be. */
interface Step {
  readonly branches: ReadonlyArray<PrimitivePlan | EnumPlan | undefined>;
  readonly isUnion: boolean;
  /** Where its value is kept; -1: nobody asks for it. */
  readonly slot: number;
}

const NOTHING: Buffer = Buffer.alloc(0);

/** The one that was read last. */
export class FlatRecord {
  bytes = NOTHING;
  /** By slot: where its text lies; -1: it is a value. */
  readonly from: number[] = [];
  readonly end: number[] = [];
  readonly #values: unknown[] = [];
  readonly #steps: readonly Step[];
  #at = 0;

  /** @param slots of the fields that are asked for, by name */
  constructor(plan: RecordPlan, slots: ReadonlyMap<string, number>) {
    this.#steps = plan.steps.map(({ into, plan: inner }) => ({
      branches: (inner.kind === 'union' ? inner.branches : [inner]).map((one) => (isRead(one) ? one : undefined)),
      isUnion: inner.kind === 'union',
      slot: into === undefined ? -1 : (slots.get(into) ?? -1),
    }));
    for (const [name, slot] of slots) {
      this.from[slot] = -1;
      this.end[slot] = -1;
      this.#values[slot] = plan.given.get(name);
    }
  }

  /** @param bytes that hold an Avro body from here to there @returns false: it is wrong, or not so plain */
  read(bytes: Buffer, from: number, end: number): boolean {
    this.bytes = bytes;
    this.#at = from;
    for (const step of this.#steps) if (!this.#step(step, end)) return false;
    return this.#at === end;
  }

  /** Its bytes are kept by nobody from here on. */
  close(): void {
    this.bytes = NOTHING;
  }

  /** @returns false: it may be wrong, or too large for the short way */
  #step({ branches, isUnion, slot }: Step, end: number): boolean {
    const { bytes } = this;
    let branch = 0;
    if (isUnion) {
      branch = this.#small(end);
      if (branch < 0) return false;
    }
    const plan = branches[branch];
    if (plan === undefined) return false;
    if (plan.kind === 'string') {
      const length = this.#small(end);
      const from = this.#at;
      if (length < 0 || from + length > end) return false;
      this.#at = from + length;
      if (slot < 0) return true;
      this.from[slot] = from;
      this.end[slot] = this.#at;
      return true;
    }
    let value: unknown = null;
    if (plan.kind === 'int' || plan.kind === 'long') {
      if (slot < 0 && plan.kind === 'long') return this.#skip(end);
      const number = this.#number(LONG_BYTES_MAX, end);
      if (number === undefined || (plan.kind === 'int' && number !== (number | 0))) return false;
      value = number;
    } else if (plan.kind === 'boolean') {
      const byte = this.#at < end ? bytes[this.#at] : 2;
      if (byte !== 0 && byte !== 1) return false;
      this.#at += 1;
      value = byte === 1;
    } else if (plan.kind === 'double') {
      if (this.#at + 8 > end) return false;
      if (slot >= 0) value = bytes.readDoubleLE(this.#at);
      this.#at += 8;
    } else if (plan.kind === 'enum') {
      value = plan.symbols[this.#small(end)];
      if (value === undefined) return false;
    }
    if (slot >= 0) {
      this.from[slot] = -1;
      this.#values[slot] = value;
    }
    return true;
  }

  /** A count or a length of one or two bytes; -1: it is none. */
  #small(end: number): number {
    const number = this.#number(2, end);
    return number === undefined || number < 0 ? -1 : number;
  }

  /** @returns undefined: it has more bytes */
  #number(maxBytes: number, end: number): number | undefined {
    const { bytes } = this;
    const from = this.#at;
    const last = Math.min(end, from + maxBytes);
    let bits = 0;
    for (let at = from, shift = 0; at < last && shift < FAST_BITS; at += 1, shift += 7) {
      const byte = bytes[at] as number;
      bits |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      this.#at = at + 1;
      return (bits >> 1) ^ -(bits & 1);
    }
    return last - from > FAST_BYTES ? this.#large(bits, last) : undefined;
  }

  #large(low: number, last: number): number | undefined {
    let value = low;
    let factor = 2 ** FAST_BITS;
    for (let at = this.#at + FAST_BYTES; at < last; at += 1, factor *= 128) {
      const byte = this.bytes[at] as number;
      value += (byte & 0x7f) * factor;
      if (byte >= 0x80) continue;
      this.#at = at + 1;
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    return undefined;
  }

  /** @returns false: it has more bytes */
  #skip(end: number): boolean {
    const last = Math.min(end, this.#at + LONG_BYTES_MAX);
    for (let at = this.#at; at < last; at += 1)
      if ((this.bytes[at] as number) < 0x80) {
        this.#at = at + 1;
        return true;
      }
    return false;
  }

  value(slot: number): unknown {
    const from = this.from[slot] as number;
    return from < 0 ? this.#values[slot] : this.bytes.toString('utf8', from, this.end[slot]);
  }
}

/** Four bytes of seven bits fit into the integers that JavaScript computes fast. */
const FAST_BYTES = 4;
const FAST_BITS = 7 * FAST_BYTES;
/** 49 bits are exact in a number. */
const LONG_BYTES_MAX = 7;

const READ = new Set(['null', 'boolean', 'int', 'long', 'double', 'string']);
const isRead = (plan: Plan): plan is PrimitivePlan | EnumPlan =>
  plan.kind === 'enum' || (READ.has(plan.kind) && !('as' in plan && plan.as !== undefined && plan.as !== plan.kind));
