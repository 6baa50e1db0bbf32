// How a record that was written with one Avro schema is read as another, by Avro's rules: unqualified names and the reader's
// aliases, promotions, defaults of fields and enums. The plan says what to make of each value in the order of the bytes;
// nothing is left to be found out for each record. To read a record as it was written is to resolve its schema into itself.
//
// A type that was given another meaning (seconds for days) is another type, which Avro leaves open: a number would be taken for one
// in another unit. To say what a value means, or no longer to say it, changes none.
//
// What cannot be resolved fails where it is met: a branch that the reader has not is the fault of the records that hold it.

import { defaultValue, NO_FIT } from './avro-default.ts';
import type { AvroType, EnumType, Primitive, RecordField, RecordType } from './avro-type.ts';
import { unqualified } from './avro-type.ts';

/** Written as `kind`, read as what `as` says: float and double are rounded, bytes and string are the same bytes. */
export interface PrimitivePlan {
  readonly kind: Primitive;
  readonly as?: Primitive;
  /** A float that may be a double as well: nothing tells later which it is, so it becomes the double of its shortest decimal. */
  readonly isShort?: true;
}
export interface FixedPlan {
  readonly kind: 'fixed';
  readonly size: number;
}
export interface EnumPlan {
  readonly kind: 'enum';
  readonly writer: EnumType;
  readonly reader: EnumType;
  /** What each of the writer's symbols is read as; undefined: it cannot be read. */
  readonly symbols: ReadonlyArray<string | undefined>;
}
export interface ArrayPlan {
  readonly kind: 'array';
  readonly items: Plan;
}
export interface MapPlan {
  readonly kind: 'map';
  readonly values: Plan;
}
export interface UnionPlan {
  readonly kind: 'union';
  /** In the writer's order. */
  readonly branches: readonly Plan[];
}
export interface RecordStep {
  /** The writer's field. */
  readonly name: string;
  /** The reader's field that it becomes; undefined: it is read past. */
  readonly into: string | undefined;
  readonly plan: Plan;
}
export interface RecordPlan {
  readonly kind: 'record';
  readonly name: string;
  /** In the writer's order. */
  readonly steps: readonly RecordStep[];
  /** What the writer has not. */
  readonly given: ReadonlyMap<string, unknown>;
  /** The reader's fields, in its order. */
  readonly fields: readonly string[];
  /** No such record can be read. It is known when the whole record is: a record within itself looks at it then. */
  readonly mismatch: Mismatch | undefined;
}
export interface Mismatch {
  readonly kind: 'mismatch';
  /** Dotted, from the type that was asked about; empty: that type. */
  readonly path: string;
  readonly detail: string;
}
export type Plan = PrimitivePlan | FixedPlan | EnumPlan | ArrayPlan | MapPlan | UnionPlan | RecordPlan | Mismatch;

/** Fields of all pairs of records that meet: ten times what one schema may have. */
const STEPS_MAX = 100_000;

const PROMOTED: Partial<Record<AvroType['kind'], readonly Primitive[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

/** @throws Error when the two meet in so many ways that no plan is made */
export function resolveAvro(reader: AvroType, writer: AvroType): Plan {
  return new Resolution().plan(writer, reader);
}

/** `a.b[]` of `a` and `b[]`. */
export const pathWithin = (outer: string, inner: string): string =>
  outer === '' || /^($|[[{])/.test(inner) ? outer + inner : `${outer}.${inner}`;

/** Of a mismatch, for people. */
export const mismatchText = ({ path, detail }: Pick<Mismatch, 'path' | 'detail'>): string =>
  path === '' ? detail : `field ${path} ${detail}`;

const mismatch = (detail: string, path = ''): Mismatch => ({ kind: 'mismatch', path, detail });

type MutableRecordPlan = { -readonly [Key in keyof RecordPlan]: RecordPlan[Key] } & { steps: RecordStep[] };

class Resolution {
  /** By writer and reader: a record that is met within itself is the same plan, whatever comes of it. */
  readonly #pairs = new Map<RecordType, Map<RecordType, RecordPlan>>();
  #steps = 0;

  plan(writer: AvroType, reader: AvroType): Plan {
    if (writer.kind === 'union') {
      const branches = writer.branches.map((branch) => this.plan(branch, reader));
      return branches.every(isMismatch) ? (branches[0] as Mismatch) : { kind: 'union', branches };
    }
    if (reader.kind === 'union') return this.#into(writer, reader.branches);
    // Its bytes would be another value, and no error.
    const [is, wanted] = [logicalOf(writer), logicalOf(reader)];
    if (is && wanted && is !== wanted) return mismatch(`is ${is} where ${wanted} is wanted`);
    if (writer.kind !== reader.kind)
      return PROMOTED[writer.kind]?.includes(reader.kind as Primitive)
        ? { kind: writer.kind as Primitive, as: reader.kind as Primitive }
        : other(writer, reader);
    switch (writer.kind) {
      case 'array':
        return { kind: 'array', items: this.plan(writer.items, (reader as typeof writer).items) };
      case 'map':
        return { kind: 'map', values: this.plan(writer.values, (reader as typeof writer).values) };
      case 'enum':
        return isAlike(writer, reader) ? enumPlan(writer, reader as EnumType) : other(writer, reader);
      case 'fixed': {
        const { size } = reader as typeof writer;
        if (!isAlike(writer, reader)) return other(writer, reader);
        return size === writer.size
          ? { kind: 'fixed', size }
          : mismatch(`has ${writer.size} bytes where ${size} are wanted`);
      }
      case 'record':
        return isAlike(writer, reader) ? this.#record(writer, reader as RecordType) : other(writer, reader);
      default:
        return { kind: writer.kind };
    }
  }

  /** The branch of the same kind and name, else of a like name, else with like fields, else one that it is promoted to. */
  #into(writer: AvroType, branches: readonly AvroType[]): Plan {
    const same = branches.filter(({ kind }) => kind === writer.kind);
    const exact = same.find((branch) => !('name' in branch) || branch.name === (writer as { name: string }).name);
    const plan = exact && this.plan(writer, exact);
    if (plan?.kind === 'float' && branches.some(({ kind }) => kind === 'double'))
      return { kind: 'float', isShort: true };
    if (plan) return plan;
    const alike = same.filter((branch) => isAlike(writer, branch)).map((branch) => this.plan(writer, branch));
    const found = alike.find(isPlan) ?? this.#structural(writer, same);
    if (found) return found;
    const promoted = branches.find(({ kind }) => PROMOTED[writer.kind]?.includes(kind as Primitive));
    if (promoted) return this.plan(writer, promoted);
    // It is the inner field of an optional record that tells something.
    return alike[0] ?? mismatch(`is ${nameOf(writer)} where one of [${branches.map(nameOf).join(', ')}] is wanted`);
  }

  #structural(writer: AvroType, same: readonly AvroType[]): Plan | undefined {
    if (writer.kind !== 'record') return undefined;
    for (const branch of same) {
      const plan = this.#record(writer, branch as RecordType);
      if (isPlan(plan)) return plan;
    }
    return undefined;
  }

  #record(writer: RecordType, reader: RecordType): Plan {
    const known = this.#pairs.get(writer) ?? new Map<RecordType, RecordPlan>();
    this.#pairs.set(writer, known);
    const before = known.get(reader);
    if (before) return before.mismatch ?? before;
    const given = new Map<string, unknown>();
    const plan: MutableRecordPlan = {
      kind: 'record',
      name: reader.name,
      steps: [],
      given,
      fields: reader.fields.map(({ name }) => name),
      mismatch: undefined,
    };
    known.set(reader, plan);
    const targets = targetsOf(writer, reader);
    for (const field of writer.fields) {
      this.#count();
      const target = targets.get(field);
      const inner = this.plan(field.type, (target ?? field).type);
      if (target && inner.kind === 'mismatch') plan.mismatch ??= within(target.name, inner);
      plan.steps.push({ name: field.name, into: target?.name, plan: inner });
    }
    const written = new Set(targets.values());
    for (const field of reader.fields) {
      if (written.has(field)) continue;
      this.#count();
      const value = field.default === undefined ? undefined : defaultValue(field.type, field.default);
      if (value === undefined) plan.mismatch ??= mismatch('is missing and has no default', field.name);
      else if (value === NO_FIT)
        plan.mismatch ??= mismatch('is missing, and its default is not of its type', field.name);
      given.set(field.name, value);
    }
    return plan.mismatch ?? plan;
  }

  #count(): void {
    if (++this.#steps > STEPS_MAX) throw new Error('the schemas fit one another in too many ways');
  }
}

/**
 * Which of the reader's fields each of the writer's is, as if the writer had the reader's names: one that is not written is what
 * has one of its aliases, also when there is a new field of that name. Then what is left goes by its own name.
 */
function targetsOf(writer: RecordType, reader: RecordType): Map<RecordField, RecordField> {
  const written = new Map(writer.fields.map((field) => [field.name, field]));
  const names = new Set(reader.fields.map(({ name }) => name));
  const targets = new Map<RecordField, RecordField>();
  for (const field of reader.fields) {
    if (written.has(field.name)) continue;
    const renamed = field.aliases.flatMap((alias) => written.get(alias) ?? []).filter((one) => !targets.has(one));
    const found = renamed.find(({ name }) => !names.has(name)) ?? renamed[0];
    if (found) targets.set(found, field);
  }
  for (const field of reader.fields) {
    const found = written.get(field.name);
    if (found && !targets.has(found)) targets.set(found, field);
  }
  return targets;
}

function enumPlan(writer: EnumType, reader: EnumType): EnumPlan {
  const known = new Set(reader.symbols);
  const symbols = writer.symbols.map((symbol) => (known.has(symbol) ? symbol : reader.default));
  return { kind: 'enum', writer, reader, symbols };
}

const isMismatch = (plan: Plan): plan is Mismatch => plan.kind === 'mismatch';
const isPlan = (plan: Plan): boolean => !isMismatch(plan);

const within = (field: string, { path, detail }: Mismatch): Mismatch => mismatch(detail, pathWithin(field, path));

const other = (writer: AvroType, reader: AvroType): Mismatch =>
  mismatch(`is ${nameOf(writer)} where ${nameOf(reader)} is wanted`);

const logicalOf = (type: AvroType): string | undefined => ('logical' in type ? type.logical : undefined);

/** Types without a name are all alike. */
function isAlike(writer: AvroType, reader: AvroType): boolean {
  if (!('name' in writer) || !('name' in reader)) return true;
  const name = unqualified(writer.name);
  return [reader.name, ...reader.aliases].some((own) => unqualified(own) === name);
}

function nameOf(type: AvroType): string {
  if (type.kind === 'union') return `[${type.branches.map(nameOf).join(', ')}]`;
  return 'name' in type ? type.name : type.kind;
}
