// The short way of a record to a partner's document: from the bytes of Avro to the bytes of JSON, with no object between them.
// Most connectors look at fields of the record, and copy fields of the record; for them it says byte for byte what `inScope`, `map`
// and JSON.stringify say, in a fraction of the time (bench F3). Whatever is not plain, in the connector or in one record, is left
// to them: nothing is refused here.
import type { Plan, RecordPlan } from '../avro/avro-resolution.ts';
import { Invalid } from '../forms/logical-text.ts';
import type { MappedField } from '../mapping/line.ts';
import { carryOf, sent } from '../mapping/line.ts';
import type { MappingLines } from '../mapping/mapping.ts';
import type { Condition } from '../values/scope.ts';
import { isWithdrawn } from '../values/withdrawn.ts';
import type { Frame } from './document-frame.ts';
import { frameOf } from './document-frame.ts';
import { FlatRecord } from './flat-record.ts';
import { copy, isSame, writeNumber, writeText } from './json-bytes.ts';

/** What a connector does with a record, where it is no more than this. */
export interface Copies {
  readonly keyField: string | undefined;
  readonly conditions: readonly Condition[];
  readonly lines: MappingLines;
}

/** What comes of a record: its document can be written, or it is none of the partner's, or only the long way can tell. */
export type Read = 'document' | 'none' | 'unsure';

interface Wanted {
  readonly slot: number;
  readonly condition: Condition;
  /** The values that are asked for, when texts of the field are compared as they are. */
  readonly texts: readonly Buffer[] | undefined;
}

interface Part {
  readonly slot: number;
  readonly line: MappedField;
  /** Nothing is done to a text. */
  readonly isPlain: boolean;
  readonly ifNull: string;
  /** What comes before it in each document. */
  readonly before: Buffer;
}

const STEPS_MAX = 256;

export class Copier {
  readonly #record: FlatRecord;
  readonly #wanted: readonly Wanted[];
  readonly #parts: readonly Part[];
  readonly #last: Buffer;
  readonly #status: number;
  readonly #fixedBytes: number;
  /** By part, what is written: JSON, or a whole number; undefined: the text of the slot. */
  readonly #made: Array<string | number | undefined> = [];
  #documentBytes = 0;

  /** @returns undefined when only the long way will do */
  static of(plan: Plan, copies: Copies): Copier | undefined {
    if (plan.kind !== 'record' || plan.mismatch !== undefined || plan.steps.length > STEPS_MAX) return undefined;
    const { conditions, lines, keyField } = copies;
    const fieldOf = ([name, ...more]: readonly (string | number)[]) =>
      more.length === 0 && plan.fields.includes(name as string) ? (name as string) : undefined;
    const sources = [...conditions.map(({ path }) => path), ...lines.fields.map(({ source }) => source)];
    if (sources.some((path) => fieldOf(path) === undefined)) return undefined;
    if (lines.fields.some((line) => carryOf(line) !== undefined)) return undefined;
    const frame = frameOf(lines);
    return frame && new Copier(plan, copies, frame, keyField === 'ruleId' && plan.fields.includes('status'));
  }

  private constructor(plan: RecordPlan, { conditions, lines }: Copies, frame: Frame, mayBeWithdrawn: boolean) {
    const slots = new Map<string, number>();
    const slotOf = (name: string): number => {
      const slot = slots.get(name) ?? slots.size;
      slots.set(name, slot);
      return slot;
    };
    this.#status = mayBeWithdrawn ? slotOf('status') : -1;
    this.#wanted = conditions.map((condition) => ({
      slot: slotOf(condition.path[0] as string),
      condition,
      texts: condition.write === undefined ? textsOf(condition.accepted) : undefined,
    }));
    this.#parts = frame.order.map((index, place) => {
      const line = lines.fields[index] as MappedField;
      const isPlain = line.write === undefined && line.dictionary === undefined;
      const [before, ifNull] = [Buffer.from(frame.between[place] as string), frame.ifNull[index] as string];
      return { slot: slotOf(line.source[0] as string), line, isPlain, ifNull, before };
    });
    this.#last = Buffer.from(frame.between.at(-1) as string);
    this.#fixedBytes = this.#parts.reduce((sum, { before }) => sum + before.length, this.#last.length);
    this.#record = new FlatRecord(plan, slots);
  }

  /** Bytes that the document takes at most. */
  get documentBytes(): number {
    return this.#documentBytes;
  }

  /** @param bytes that hold an Avro body from here to there */
  read(bytes: Buffer, from: number, end: number): Read {
    const read = this.#read(bytes, from, end);
    if (read !== 'document') this.#record.close();
    return read;
  }

  #read(bytes: Buffer, from: number, end: number): Read {
    const record = this.#record;
    if (!record.read(bytes, from, end)) return 'unsure';
    if (this.#status >= 0 && isWithdrawn('ruleId', { status: record.value(this.#status) })) return 'unsure';
    for (const wanted of this.#wanted) {
      const met = this.#meets(wanted);
      if (met !== 'document') return met;
    }
    return this.#make() ? 'document' : 'unsure';
  }

  /** Writes the document of the record that was read, once. @returns where it ends */
  write(into: Buffer, at: number): number {
    const { bytes, from: starts, end: ends } = this.#record;
    let to = at;
    for (let index = 0; index < this.#parts.length; index += 1) {
      const { before, slot } = this.#parts[index] as Part;
      const made = this.#made[index];
      to = copy(before, into, to);
      if (made === undefined) to = writeText(bytes, starts[slot] as number, ends[slot] as number, into, to);
      else if (typeof made === 'number') to = writeNumber(made, into, to);
      else to += into.write(made, to);
    }
    this.#record.close();
    return copy(this.#last, into, to);
  }

  #meets({ slot, condition: { accepted, write }, texts }: Wanted): Read {
    const record = this.#record;
    const from = record.from[slot] as number;
    if (texts !== undefined && from >= 0) {
      const end = record.end[slot] as number;
      for (const text of texts) if (isSame(text, record.bytes, from, end)) return 'document';
      return 'none';
    }
    const value = record.value(slot) ?? null;
    const written = write === undefined ? value : write(value);
    if (written instanceof Invalid) return 'unsure';
    return accepted.has(written) ? 'document' : 'none';
  }

  /** What is not copied as it is; afterwards nothing can go wrong. */
  #make(): boolean {
    const record = this.#record;
    let bytes = this.#fixedBytes;
    for (let index = 0; index < this.#parts.length; index += 1) {
      const { slot, line, isPlain, ifNull } = this.#parts[index] as Part;
      const from = record.from[slot] as number;
      if (isPlain && from >= 0) {
        this.#made[index] = undefined;
        bytes += ESCAPED_MAX * ((record.end[slot] as number) - from) + 2;
        continue;
      }
      const made = madeOf(line, record.value(slot), ifNull);
      if (made === undefined) return false;
      this.#made[index] = made;
      bytes += typeof made === 'number' ? NUMBER_CHARS_MAX : made.length * 3;
    }
    this.#documentBytes = bytes;
    return true;
  }
}

const NUMBER_CHARS_MAX = 20;
/** JSON writes a byte of a text as \u0000 at most. */
const ESCAPED_MAX = 6;

/** @returns undefined: it cannot be sent, or is not there */
function madeOf(line: MappedField, value: unknown, ifNull: string): string | number | undefined {
  if (value === null) return ifNull;
  if (value === undefined || (typeof value === 'object' && value !== null)) return undefined;
  try {
    const written = sent(line, value);
    if (written === null) return ifNull;
    if (typeof written === 'boolean') return String(written);
    return Number.isSafeInteger(written) ? (written as number) : JSON.stringify(written);
  } catch {
    return undefined;
  }
}

/** @returns undefined when the same bytes may be another text */
function textsOf(accepted: ReadonlySet<unknown>): Buffer[] | undefined {
  const texts = [...accepted].filter((one) => typeof one === 'string');
  const isOdd = texts.some((text) => !text.isWellFormed() || text.includes('\ufffd'));
  return isOdd ? undefined : texts.map((text) => Buffer.from(text));
}
