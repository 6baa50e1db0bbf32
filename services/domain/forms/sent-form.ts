// How the value of a field is sent, compiled once from its Avro type: most need nothing, and nothing is done for them.
import type { AvroArray, AvroMap, AvroMeaning, AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches, isUnion } from '@ess/schemas/avro-schema.ts';
import { isNullable, typeOf } from '../avro/avro-path.ts';
import { linked } from '../avro/linked-schema.ts';
import { meaningOf } from '../avro/meaning.ts';
import { isComplex, JSON_TEXT, misfit, sharedForms, shownType } from './asked-form.ts';
import type { Write } from './forms.ts';
import { DEFAULT, formNames, formOf } from './forms.ts';
import { listWrite, mapWrite, recordWrite } from './nested-write.ts';

export interface FormFault {
  /** It is about `as`, not about the field. */
  readonly isAs: boolean;
  readonly message: string;
  readonly remedy: string;
}

export interface SentForm {
  /** Absent: the value is sent as it is. */
  readonly write: Write | undefined;
  /** What can never be sent. */
  readonly faults: readonly FormFault[];
}

/** @param name of the field, for the faults; those of what lies inside name the way to it */
export function compileSentForm(schema: AvroSchemaJson, name: string, as?: string): SentForm {
  const compiler = new FormCompiler(name);
  const { write } = compiler.of(linked(schema), name, as);
  return { write, faults: compiler.faults };
}

const jsonText =
  (inner: Write | undefined): Write =>
  (value) =>
    JSON.stringify(inner ? inner(value) : value);

/** How one branch is sent. */
interface Way {
  readonly write?: Write | undefined;
  readonly rank?: number;
}

const LEAVE_OUT = 'leave it out, or map a field that only one of them has';

class FormCompiler {
  readonly faults: FormFault[] = [];
  readonly #name: string;
  /** Each record is looked at once, however often it is used. */
  readonly #records = new Map<AvroRecord, { write: Write | undefined; open: boolean }>();

  constructor(name: string) {
    this.#name = name;
  }

  of(type: AvroSchemaJson, path: string, as: string | undefined): Way {
    if (isUnion(type)) return this.#union(type, path, as);
    if (isComplex(type)) {
      if (as !== JSON_TEXT) return { write: this.#complex(type, path, as) };
      return { write: jsonText(this.#complex(type, path, undefined)) };
    }
    if (as === JSON_TEXT && type === 'boolean') return { write: String };
    const form = formOf(type, as);
    if (form === undefined) this.#noForm(type, path, as);
    return form ?? {};
  }

  #complex(type: AvroArray | AvroMap | AvroRecord, path: string, as: string | undefined): Write | undefined {
    if (type.type === 'array') return listWrite(this.of(type.items, `${path}[]`, as).write);
    if (type.type === 'map') return mapWrite(this.of(type.values, `${path}{}`, as).write);
    if (as !== undefined) this.#fault(true, ...misfit(as, 'a record', [JSON_TEXT]));
    return this.#record(type, path);
  }

  #record(record: AvroRecord, path: string): Write | undefined {
    const known = this.#records.get(record);
    if (known?.open) return (value) => known.write?.(value) ?? value; // within itself
    if (known) return known.write;
    const made = { write: undefined as Write | undefined, open: true };
    this.#records.set(record, made);
    const fields = record.fields.map(({ name, type }) => ({
      name,
      write: this.of(type, `${path}.${name}`, undefined).write,
    }));
    made.write = recordWrite(fields);
    made.open = false;
    return made.write;
  }

  #union(union: readonly AvroSchemaJson[], path: string, as: string | undefined): Way {
    const types = branches(union);
    const agree = types.length < 2 || this.#agree(types, path, as);
    const told = this.faults.length;
    const ways = types.map((type) => ({ type, ...this.of(type, path, as) }));
    // A branch that is asked alone would advise what another one refuses.
    if (!agree) this.faults.length = told;
    const byClass = new Map<ValueClass, typeof ways>();
    for (const way of ways) {
      const valueClass = classOfType(way.type);
      byClass.set(valueClass, [...(byClass.get(valueClass) ?? []), way]);
    }
    const one = new Map([...byClass].map(([valueClass, group]) => [valueClass, this.#oneOf(group, path)]));
    if (![...one.values()].some(({ write }) => write)) return ways.length === 1 ? { ...ways[0] } : {};
    const only = one.size === 1 ? [...one.values()][0] : undefined;
    if (only && !isNullable(union)) return only;
    if (only) return { ...only, write: (value) => (value === null ? null : (only.write as Write)(value)) };
    return {
      write: (value) => {
        const way = value === null ? undefined : one.get(classOf(value));
        return way?.write ? way.write(value) : value;
      },
    };
  }

  /** Whether one form, asked for or not, is right for all branches. */
  #agree(types: readonly AvroSchemaJson[], path: string, as = DEFAULT): boolean {
    const shared = sharedForms(types);
    if (shared.length === 0) {
      const kinds = [...new Set(types.map(shownType))].join(' and ');
      this.#fault(false, `${path} cannot be mapped: ${kinds} need different forms`, LEAVE_OUT);
    } else if (as !== DEFAULT && !shared.includes(as)) {
      const other = types.find((type) => !sharedForms([type]).includes(as)) as AvroSchemaJson;
      const names = shared.filter((name) => name !== DEFAULT);
      this.#fault(true, ...misfit(as, shownType(other), names, 'no form fits all that the field may be'));
    } else return true;
    return false;
  }

  /** Branches whose values look alike: one way has to be right for all of them. */
  #oneOf(group: readonly (Way & { readonly type: AvroSchemaJson })[], path: string): Way {
    const [first, ...others] = group as readonly [(typeof group)[number], ...typeof group];
    if (others.every(({ write }) => write === first.write)) return first;
    if (group.every(({ rank, type }) => rank !== undefined && scaleOf(type) === scaleOf(first.type)))
      return group.reduce((best, way) => ((way.rank ?? 0) > (best.rank ?? 0) ? way : best));
    const byFields = recordsApart(group);
    if (byFields) return { write: byFields };
    const kinds = [...new Set(group.map(({ type }) => shownType(type)))].join(' or ');
    const message = `${path} is ${kinds}, which are sent in different forms, and the value does not tell which it is`;
    this.#fault(false, message, LEAVE_OUT);
    return {}; // not the way of one of them: the value may be the other's
  }

  #noForm(type: AvroSchemaJson, path: string, as: string | undefined): void {
    const names = formNames(type);
    const shown = shownType(type);
    if (as !== undefined) this.#fault(true, ...misfit(as, shown, type === 'boolean' ? [JSON_TEXT] : names));
    else if (names.length === 0) this.#fault(false, `${path} is of an unknown type, ${shown}`, 'leave it out');
    else {
      // `as` of a field holds for the items of its lists and maps too.
      const isReached = /^(\[\]|\{\})*$/.test(path.slice(this.#name.length));
      const how = names.map((one) => `"${one}"`).join(', ');
      const remedy = isReached ? `say how: { "to": …, "as": … } with ${how}` : `map it by itself, with "as": ${how}`;
      this.#fault(false, `${path} holds ${shown}, which JSON cannot carry`, remedy);
    }
  }

  #fault(isAs: boolean, message: string, remedy: string): void {
    this.faults.push({ isAs, message, remedy });
  }
}

/** Of a decimal; 0 of all others. */
const scaleOf = (type: AvroSchemaJson): number =>
  meaningOf(type) === 'decimal' ? ((type as AvroMeaning).scale ?? 0) : 0;

/** What of a plain value can be seen without its schema. */
type ValueClass = 'null' | 'number' | 'string' | 'boolean' | 'bytes' | 'array' | 'object';

const CLASS_OF: Readonly<Record<string, ValueClass>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  string: 'string',
  enum: 'string',
  bytes: 'bytes',
  fixed: 'bytes',
  array: 'array',
};
const classOfType = (type: AvroSchemaJson): ValueClass => CLASS_OF[typeOf(type)] ?? 'object';

function classOf(value: unknown): ValueClass {
  if (typeof value === 'bigint') return 'number';
  if (typeof value !== 'object') return typeof value as ValueClass;
  if (Array.isArray(value)) return 'array';
  return Buffer.isBuffer(value) ? 'bytes' : 'object';
}

/** Records of different fields are told apart by them: a plain record has all of its fields. */
function recordsApart(group: readonly (Way & { readonly type: AvroSchemaJson })[]): Write | undefined {
  const byNames = new Map<string, Write | undefined>();
  for (const { type, write } of group) {
    if (typeOf(type) !== 'record') return undefined;
    const names = namesKey((type as AvroRecord).fields.map(({ name }) => name));
    if (byNames.has(names) && byNames.get(names) !== write) return undefined;
    byNames.set(names, write);
  }
  return (value) => byNames.get(namesKey(Object.keys(value as object)))?.(value) ?? value;
}

const namesKey = (names: readonly string[]): string => names.toSorted().join(' ');
