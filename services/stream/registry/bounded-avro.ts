// Reads Avro by a plan, as a program that is generated for it: each record is one object literal, each value one call. It cannot be
// made to read for ever: arrays and maps read no more items than the bytes can hold, and recursion ends. What comes of it is
// plain: a union's value stands for itself, and a long that no number holds exactly is a bigint.
import type { EnumPlan, Mismatch, Plan, RecordPlan, UnionPlan } from '@ess/domain/avro/avro-resolution.ts';
import { mismatchText, pathWithin } from '@ess/domain/avro/avro-resolution.ts';
import { shortestFloat } from '@ess/domain/text/exact-number.ts';
import { Costs } from './avro-cost.ts';
import { AvroTap } from './avro-tap.ts';

type Read = (tap: AvroTap) => unknown;

/** So many values per byte, and so many more, are what honest records have; one that has more pays for them all. */
const VALUES_PER_BYTE = 4;
const VALUES_BESIDE = 8;
/** Memory is taken at once for so many items; what more are announced have to come first. */
const ITEMS_AHEAD_MAX = 1_024;

/** Reading is synchronous: one place at a time. */
const TAP = new AvroTap();

/** The reader's schema has no place for this value of the writer's. */
export class Unresolved extends Error {}

export class BoundedReader {
  readonly plan: Plan;
  readonly #costs = new Costs();
  #read: Read | undefined;
  /** Also says where it is, which costs: it reads what has been found broken. */
  #traced: Read | undefined;

  /** @throws Error that says why no record can be read by this plan */
  constructor(plan: Plan) {
    this.plan = plan;
    this.#costs.of(plan);
  }

  /**
   * Reads the whole body of a record in time and memory that its bytes justify.
   * @param from where it begins in `buf`; it ends with `buf`
   * @throws Error that names the field and says what is wrong with the bytes; Unresolved
   */
  read(buf: Buffer, from: number): unknown {
    this.#read ??= new Source(this.#costs, false).program(this.plan);
    try {
      TAP.open(buf, from);
      const value = this.#read(TAP);
      if (TAP.left > 0) throw new Error(`${TAP.left} bytes are left behind the record`);
      return value;
    } catch (cause) {
      throw this.#located(buf, from) ?? cause;
    } finally {
      TAP.close();
    }
  }

  /** @returns undefined when no field is to blame */
  #located(buf: Buffer, from: number): Error | undefined {
    this.#traced ??= new Source(this.#costs, true).program(this.plan);
    try {
      TAP.open(buf, from);
      this.#traced(TAP);
      return undefined;
    } catch (error) {
      if (!(error instanceof Located)) return undefined;
      const { path, cause } = error;
      if (cause instanceof Unresolved) return new Unresolved(mismatchText({ path, detail: cause.message }), { cause });
      return new Error(`field ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
}

/** Where in a record it went wrong; the cause has said what. */
class Located extends Error {
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(undefined, { cause });
    this.path = path;
  }
}

/** The text of the program. Names stand in it only as JSON. */
class Source {
  readonly #costs: Costs;
  readonly #isTraced: boolean;
  readonly #functions: string[] = [];
  readonly #constants: unknown[] = [];
  readonly #named = new Map<Plan, string>();
  /** Records whose functions are being written: what reads one of them within itself counts the depth. */
  readonly #open = new Set<Plan>();

  constructor(costs: Costs, isTraced: boolean) {
    this.#costs = costs;
    this.#isTraced = isTraced;
  }

  program(plan: Plan): Read {
    const root = this.#function(undefined, () => `return ${this.#value(plan)};`);
    const text = `'use strict';\n${this.#functions.join('\n')}\nreturn ${root};`;
    return new Function('lib', 'given', text)(LIBRARY, this.#constants) as Read;
  }

  /** An expression that reads one. */
  #value(plan: Plan): string {
    switch (plan.kind) {
      case 'null':
        return 'null';
      case 'boolean':
        return 'tap.readBoolean()';
      case 'int':
        return plan.as === 'float' ? 'Math.fround(tap.readInt())' : 'tap.readInt()';
      case 'long':
        if (plan.as === 'float') return 'lib.floatOf(tap.readExactLong())';
        return plan.as === 'double' ? 'Number(tap.readExactLong())' : 'tap.readExactLong()';
      case 'float':
        return plan.isShort ? 'lib.shortestFloat(tap.readFloat())' : 'tap.readFloat()';
      case 'double':
        return 'tap.readDouble()';
      case 'bytes':
      case 'string':
        return (plan.as ?? plan.kind) === 'bytes' ? 'tap.readBytes()' : 'tap.readString()';
      case 'fixed':
        return `tap.readFixed(${plan.size})`;
      case 'enum':
        return `lib.readSymbol(tap, ${this.#constant(plan)})`;
      case 'array':
        return `lib.readItems(tap, ${this.#costs.of(plan.items).bytes}, ${this.#inner('[]', plan.items)})`;
      case 'map':
        // The length of the key is a byte.
        return `lib.readEntries(tap, ${1 + this.#costs.of(plan.values).bytes}, ${this.#inner('{}', plan.values)})`;
      case 'union':
        return `${this.#named.get(plan) ?? this.#function(plan, () => this.#union(plan))}(tap)`;
      case 'record':
        if (plan.mismatch) return this.#value(plan.mismatch);
        if (this.#open.has(plan)) return `lib.readInner(tap, ${this.#named.get(plan)})`;
        return `${this.#named.get(plan) ?? this.#function(plan, () => this.#record(plan))}(tap)`;
      case 'mismatch':
        return `lib.refuse(${this.#constant(plan)})`;
    }
  }

  #union({ branches }: UnionPlan): string {
    const cases = branches.map((branch, index) => `case ${index}: return ${this.#value(branch)};`);
    return `const branch = tap.readLong();\nswitch (branch) {\n${cases.join('\n')}\n}\nreturn lib.refuseBranch(branch);`;
  }

  #record(plan: RecordPlan): string {
    const { steps, given, fields } = plan;
    const { bytes, values } = this.#costs.of(plan);
    const places = new Map<string, string>([...given].map(([field, value]) => [field, this.#constant(value)]));
    const lines = values > VALUES_PER_BYTE * bytes + VALUES_BESIDE ? [`tap.chargeFree(${values});`] : [];
    for (const [index, { name, into, plan: inner }] of steps.entries()) {
      const value = this.#at(
        into ?? name,
        into === undefined ? (SKIPS[inner.kind] ?? this.#value(inner)) : this.#value(inner),
      );
      if (into === undefined) lines.push(`${value};`);
      else {
        lines.push(`const v${index} = ${value};`);
        places.set(into, `v${index}`);
      }
    }
    const literal = fields.map((field) => `${JSON.stringify(field)}: ${places.get(field)}`);
    return `${lines.join('\n')}\nreturn {${literal.join(', ')}};`;
  }

  /** A function that reads an item or an entry. */
  #inner(step: string, plan: Plan): string {
    return this.#function(undefined, () => `return ${this.#at(step, this.#value(plan))};`);
  }

  #at(step: string, value: string): string {
    return this.#isTraced ? `lib.at(${JSON.stringify(step)}, () => ${value})` : value;
  }

  #function(plan: Plan | undefined, body: () => string): string {
    const name = `read${this.#functions.length}`;
    const place = this.#functions.push('') - 1;
    if (plan) {
      this.#named.set(plan, name);
      this.#open.add(plan);
    }
    this.#functions[place] = `function ${name}(tap) {\n${body()}\n}`;
    if (plan) this.#open.delete(plan);
    return name;
  }

  #constant(value: unknown): string {
    return `given[${this.#constants.push(value) - 1}]`;
  }
}

/** What is read past without being made. */
const SKIPS: Partial<Record<Plan['kind'], string>> = { bytes: 'tap.skipBytes()', string: 'tap.skipString()' };

/** What the programs call. */
const LIBRARY = {
  shortestFloat,
  readItems(tap: AvroTap, itemBytes: number, read: Read): unknown[] {
    tap.enter();
    let count = tap.readCount(itemBytes);
    const all: unknown[] = count > 0 && count <= ITEMS_AHEAD_MAX ? new Array(count) : [];
    let filled = 0;
    for (; count !== 0; count = tap.readCount(itemBytes)) {
      const end = count < 0 ? tap.readBlockEnd() : -1;
      for (let left = Math.abs(count); left > 0; left -= 1) all[filled++] = read(tap);
      if (end >= 0) tap.expectAt(end);
    }
    tap.leave();
    return all;
  },

  readEntries(tap: AvroTap, itemBytes: number, read: Read): object {
    const all: Record<string, unknown> = {};
    tap.enter();
    for (let count = tap.readCount(itemBytes); count !== 0; count = tap.readCount(itemBytes)) {
      const end = count < 0 ? tap.readBlockEnd() : -1;
      for (let left = Math.abs(count); left > 0; left -= 1) {
        const key = tap.readString();
        const value = read(tap);
        if (key === '__proto__') setOwn(all, key, value);
        else all[key] = value;
      }
      if (end >= 0) tap.expectAt(end);
    }
    tap.leave();
    return all;
  },

  /** A record within itself. */
  readInner(tap: AvroTap, read: Read): unknown {
    tap.enter();
    const value = read(tap);
    tap.leave();
    return value;
  },

  readSymbol(tap: AvroTap, { symbols, writer, reader }: EnumPlan): string {
    const index = tap.readLong();
    const symbol = symbols[index];
    if (symbol !== undefined) return symbol;
    const written = writer.symbols[index];
    if (written === undefined) throw new Error(`invalid ${writer.name} enum index: ${index}`);
    throw new Unresolved(`is ${written}, a symbol that ${reader.name} has not`);
  },

  /** As Java rounds it: once, from the long itself. */
  floatOf(long: number | bigint): number {
    if (typeof long === 'number') return Math.fround(long);
    // 53 bits hold all that decides: those that go are told by the last that stays.
    const kept = (long >> 11n) | (long & 0x7ffn ? 1n : 0n);
    return Math.fround(Number(kept) * 2 ** 11);
  },

  refuse({ path, detail }: Mismatch): never {
    const unresolved = new Unresolved(detail);
    throw path === '' ? unresolved : new Located(path, unresolved);
  },

  refuseBranch(branch: number): never {
    throw new Error(`invalid union index: ${branch}`);
  },

  at(step: string, read: () => unknown): unknown {
    try {
      return read();
    } catch (error) {
      const inner = error instanceof Located ? error : undefined;
      throw new Located(pathWithin(step, inner?.path ?? ''), inner ? inner.cause : error);
    }
  },
};

/** An assignment would put it under the map as its prototype. */
function setOwn(map: object, key: string, value: unknown): void {
  Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}
