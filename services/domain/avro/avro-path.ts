// Follows a path through an Avro schema, so that a wrong field name is found before any record is.
import type { AvroArray, AvroField, AvroMap, AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches, isUnion } from '@ess/schemas/avro-schema.ts';
import { didYouMean } from '../text/nearest.ts';
import type { Path } from '../text/paths.ts';
import { EACH, showPath } from '../text/paths.ts';
import { linked } from './linked-schema.ts';

export interface Found {
  /** Linked; a union when several branches on the way have the last step. */
  readonly type: AvroSchemaJson;
  /**
   * Every record has a value there, though it may be null: no step leads through null, a map, or a branch without the field, nor
   * to one element of a list. Behind `[]`: every element that is not null has one.
   */
  readonly certain: boolean;
  /** The field that the last step names; a key of a map is no field. */
  readonly field: AvroField | undefined;
}
export type Resolved = Found | { readonly unknown: string; readonly remedy: string };

/** What is at the path, or which step is unknown and what was probably meant. */
export function resolvePath(schema: AvroSchemaJson, path: Path): Resolved {
  let found: Found = { type: linked(schema), certain: true, field: undefined };
  for (const [index, step] of path.entries()) {
    const next = typeof step === 'number' ? elementOf(found, path, index) : insideOf(found, path, index);
    if ('unknown' in next) return next;
    found = next;
  }
  return found;
}

function insideOf(around: Found, path: Path, index: number): Resolved {
  const step = path[index] as string;
  const within = branches(around.type);
  const holders = within.filter((branch) => isRecord(branch) || isMap(branch));
  const before = showPath(path.slice(0, index));
  if (holders.length === 0) {
    if (!within.some(isArray))
      return { unknown: `"${before}" has no fields inside`, remedy: before === '' ? 'remove it' : `use "${before}"` };
    const [each, one] = [[EACH], [0]].map((at) => showPath([...path.slice(0, index), ...at, ...path.slice(index)]));
    return { unknown: `"${before}" is a list`, remedy: `use "${each}" for each element, or "${one}" for one` };
  }
  const fields = holders.flatMap((holder) => fieldOf(holder, step) ?? []);
  const values = holders.filter(isMap).map((map) => map.values);
  if (fields.length + values.length === 0) {
    const prefix = before === '' ? '' : `${before}.`;
    const names = holders.filter(isRecord).flatMap((record) => record.fields.map(({ name }) => prefix + name));
    return {
      unknown: `unknown source field "${prefix}${step}"`,
      remedy: didYouMean(`${prefix}${step}`, [...new Set(names)]),
    };
  }
  const isHolder = path[index - 1] === EACH || !isNullable(around.type);
  return {
    type: oneOf([...fields.map(({ type }) => type), ...values]),
    certain: around.certain && isHolder && fields.length === within.length,
    field: fields[0],
  };
}

function elementOf(around: Found, path: Path, index: number): Resolved {
  const lists = branches(around.type).filter(isArray);
  const before = showPath(path.slice(0, index));
  if (lists.length === 0)
    return { unknown: `"${before}" is no list`, remedy: before === '' ? 'begin with a name' : `use "${before}"` };
  return { type: oneOf(lists.map(({ items }) => items)), certain: path[index] === EACH, field: undefined };
}

const fieldOf = (holder: AvroSchemaJson, name: string): AvroField | undefined =>
  isRecord(holder) ? holder.fields.find((field) => field.name === name) : undefined;

/** The type when all are the same; else a union of all their branches. */
function oneOf(types: readonly AvroSchemaJson[]): AvroSchemaJson {
  const all = new Set(types.flatMap((type) => (isUnion(type) ? type : [type])));
  const [first] = types as readonly [AvroSchemaJson];
  return types.every((type) => type === first) ? first : [...all];
}

/** Whether null is a value of the type. */
export const isNullable = (schema: AvroSchemaJson): boolean =>
  schema === 'null' || (isUnion(schema) && schema.includes('null'));

export const isRecord = (schema: AvroSchemaJson): schema is AvroRecord => typeOf(schema) === 'record';

export const isArray = (schema: AvroSchemaJson): schema is AvroArray => typeOf(schema) === 'array';

export const isMap = (schema: AvroSchemaJson): schema is AvroMap => typeOf(schema) === 'map';

/** The name of its Avro type, without what it means: `int`, `record`, `union`, … */
export function typeOf(schema: AvroSchemaJson): string {
  if (typeof schema === 'string') return schema;
  return isUnion(schema) ? 'union' : schema.type;
}

/** Names of the primitive and complex types a value of this schema may have, null left out: `int`, `string`, `enum`, … */
export const kindsOf = (schema: AvroSchemaJson): string[] => branches(linked(schema)).map(typeOf);

/** The symbols when every branch is an enum; undefined otherwise. */
export function symbolsOf(schema: AvroSchemaJson): readonly string[] | undefined {
  const symbols: string[] = [];
  for (const branch of branches(linked(schema))) {
    if (typeof branch !== 'object' || isUnion(branch) || branch.type !== 'enum') return undefined;
    symbols.push(...branch.symbols);
  }
  return symbols;
}
