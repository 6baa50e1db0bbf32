// Of a reader's schema only what paths lead to: each field on the way with its default and its aliases, and the whole type at the
// end. So a field that nobody reads may come, go and change.
import type {
  AvroAnnotated,
  AvroEnum,
  AvroField,
  AvroFixed,
  AvroRecord,
  AvroSchemaJson,
} from '@ess/schemas/avro-schema.ts';
import { isUnion } from '@ess/schemas/avro-schema.ts';
import { isArray, isMap, isRecord } from '../../avro/avro-path.ts';
import { unqualified } from '../../avro/avro-type.ts';
import { linked } from '../../avro/linked-schema.ts';
import { logicalTypeOf } from '../../avro/meaning.ts';
import { isExactNumber } from '../../text/exact-number.ts';
import type { Path, Step } from '../../text/paths.ts';
import { EACH } from '../../text/paths.ts';

/** What is read below a step; `all`: everything. */
type Reads = 'all' | Map<Step, Reads>;

type Part = string | readonly unknown[] | { readonly [name: string]: unknown };

/** @returns plain data that is the same for schemas that give these paths the same values */
export function schemaParts(schema: AvroSchemaJson, paths: Iterable<Path>): Part {
  return new Picker().of(linked(schema), treeOf(paths));
}

function treeOf(paths: Iterable<Path>): Reads {
  const top = new Map<Step, Reads>();
  for (const path of paths) {
    let holder = top;
    for (const [index, step] of path.entries()) {
      // All elements of a list are of one type.
      const name = typeof step === 'number' ? EACH : step;
      const known = holder.get(name);
      if (known === 'all') break;
      const inner = index === path.length - 1 ? 'all' : (known ?? new Map<Step, Reads>());
      holder.set(name, inner);
      if (inner !== 'all') holder = inner;
    }
  }
  return top;
}

class Picker {
  /** A record that holds itself, or comes again, is written once; afterwards it is its number. */
  readonly #written = new Map<AvroRecord, Map<Reads, number>>();
  #records = 0;

  of(type: AvroSchemaJson, reads: Reads): Part {
    if (typeof type === 'string') return type;
    if (isUnion(type)) return type.map((branch) => this.of(branch, reads));
    if (isRecord(type)) return this.#record(type, reads);
    if (isArray(type)) return { type: 'array', items: this.#below(type.items, reads, EACH) };
    if (!isMap(type)) return scalar(type as Scalar);
    if (reads === 'all') return { type: 'map', values: this.of(type.values, reads) };
    const keys = [...reads.keys()].filter((step) => typeof step === 'string').sort();
    return { type: 'map', keys: keys.map((key) => ({ key, values: this.#below(type.values, reads, key) })) };
  }

  #below(type: AvroSchemaJson, reads: Reads, step: Step): Part | undefined {
    const inner = below(reads, step);
    return inner && this.of(type, inner);
  }

  #record(record: AvroRecord, reads: Reads): Part {
    const before = this.#written.get(record) ?? new Map<Reads, number>();
    const known = before.get(reads);
    if (known !== undefined) return { again: known };
    this.#written.set(record, before.set(reads, this.#records++));
    const fields = record.fields.filter(({ name }) => below(reads, name));
    // In order before they are walked: the numbers follow from it.
    fields.sort((a, b) => (a.name < b.name ? -1 : 1));
    return {
      type: 'record',
      ...(reads === 'all' && namesOf(record)),
      fields: fields.map((field) => this.#field(field, below(reads, field.name) as Reads)),
    };
  }

  #field(field: AvroField, reads: Reads): Part {
    const { name, type, default: otherwise } = field;
    return { name, type: this.of(type, reads), default: defaultPart(otherwise, reads), ...aliasesOf(field) };
  }
}

const below = (reads: Reads, step: Step): Reads | undefined => (reads === 'all' ? reads : reads.get(step));

/** Of a default, as JSON, what is read of it. */
function defaultPart(json: unknown, reads: Reads): unknown {
  if (reads === 'all' || typeof json !== 'object' || json === null || isExactNumber(json)) return json;
  if (Array.isArray(json)) {
    const inner = below(reads, EACH);
    return inner && json.map((element) => defaultPart(element, inner));
  }
  const entries = Object.entries(json).filter(([name]) => reads.has(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, defaultPart(value, reads.get(name) as Reads)]));
}

type Scalar = AvroEnum | AvroFixed | AvroAnnotated;

/** Without words for people, and without what means nothing. */
function scalar(type: Scalar): Part {
  const logicalType = logicalTypeOf(type);
  const { scale = 0, size } = type as Partial<AvroFixed>;
  const logical = logicalType !== undefined && { logicalType, ...(logicalType === 'decimal' && { scale }) };
  if (type.type === 'enum') {
    const { symbols, default: otherwise } = type as AvroEnum & { readonly default?: unknown };
    return { type: 'enum', ...namesOf(type), symbols, default: otherwise };
  }
  if (type.type === 'fixed') return { type: 'fixed', ...namesOf(type as AvroFixed), size, ...logical };
  return logical ? { type: type.type, ...logical } : type.type;
}

/** Branches of a union are told apart by them; the namespace counts for nothing where a record is read. */
const namesOf = (type: { readonly name: string }): object => ({ name: unqualified(type.name), ...aliasesOf(type) });

function aliasesOf(named: object): object {
  const { aliases } = named as { readonly aliases?: unknown };
  return Array.isArray(aliases) && aliases.length > 0
    ? { aliases: aliases.map((alias) => unqualified(String(alias))).sort() }
    : {};
}
