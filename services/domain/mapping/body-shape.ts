// What a mapping makes of records of one schema, place by place: which lines write there, and what values they can have. From it
// come the JSON Schema that a partner is shown, and what is compared with the partner's contract.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches } from '@ess/schemas/avro-schema.ts';
import { isNullable, resolvePath } from '../avro/avro-path.ts';
import type { JsonSchema, Way } from '../forms/json-schema.ts';
import { jsonSchemaOf } from '../forms/json-schema.ts';
import type { Path, Step } from '../text/paths.ts';
import { EACH } from '../text/paths.ts';
import type { FieldPath } from '../text/problem.ts';
import type { GivenValue, MappedField, SourceValue } from './line.ts';
import type { MappingLines } from './mapping.ts';

/** The values that one line of the file makes at a place. */
export interface Made {
  /** Where the line is in mapping.json. */
  readonly at: FieldPath;
  /** JSON Schemas of them, in the newest draft: null is one of its own. */
  readonly choices: readonly JsonSchema[];
  readonly doc?: string | undefined;
  /** The field whose value it is, and the form that was asked for. */
  readonly value?: { readonly type: AvroSchemaJson; readonly as: string | undefined };
}

export interface Place {
  /** What lines make here as a whole. */
  readonly made: Made[];
  /** What they make inside: names of an object, indexes of a list, or EACH of its elements. */
  readonly inside: Map<Step, Place>;
  /** It is there whenever what is around it is. */
  isCertain: boolean;
  /** The list, or the element of one, may be null. */
  isNullable: boolean;
}

export function bodyShape(lines: MappingLines, source: AvroSchemaJson | undefined, way: Way): Place {
  const top = emptyPlace();
  top.isCertain = true;
  for (const field of lines.fields) addField(top, field, lines.defaults, source, way);
  for (const given of lines.constants) addGiven(top, given, 'constants');
  for (const given of lines.defaults) addGiven(top, given, 'defaults');
  settle(top);
  return top;
}

const emptyPlace = (): Place => ({ made: [], inside: new Map(), isCertain: false, isNullable: false });

function placeAt(top: Place, path: Path): Place {
  let place = top;
  for (const step of path) {
    const next = place.inside.get(step) ?? emptyPlace();
    place.inside.set(step, next);
    place = next;
  }
  return place;
}

function addField(
  top: Place,
  field: MappedField,
  defaults: readonly GivenValue[],
  source: AvroSchemaJson | undefined,
  way: Way,
): void {
  const { target, when = [] } = field;
  const place = placeAt(top, target);
  if (source !== undefined) addLists(top, field, source);
  const fallback = defaults.find((given) => same(given.target, target));
  const value = field.join ? joinedValue(field.join.parts, source) : singleValue(field, source, way);
  const isElement = target.at(-1) === EACH; // then what is absent is null
  const isAbsent = !value.isCertain || when.length > 0;
  const isThere = when.some(({ path, condition }) => condition === undefined && same(path, field.source));
  const isNull = (value.isNullable && !isThere) || (isElement && (isAbsent || place.isNullable));
  const choices = [value.schema, ...(isNull && fallback === undefined ? [NULL] : [])];
  const { type, doc } = value;
  place.made.push({ at: ['fields', field.name], choices, doc, ...(type && { value: { type, as: field.as } }) });
  place.isCertain ||= isElement || !isAbsent;
  place.isNullable &&= !isElement;
}

export const NULL: JsonSchema = { type: 'null' };

interface Value {
  readonly schema: JsonSchema;
  readonly isCertain: boolean;
  readonly isNullable: boolean;
  readonly doc?: string | undefined;
  readonly type?: AvroSchemaJson;
}

const UNKNOWN: Value = { schema: {}, isCertain: false, isNullable: false };

function singleValue(field: MappedField, source: AvroSchemaJson | undefined, way: Way): Value {
  const resolved = source === undefined ? undefined : resolvePath(source, field.source);
  if (resolved === undefined || 'unknown' in resolved) return UNKNOWN;
  const { type, certain, field: last } = resolved;
  const { dictionary, as } = field;
  const schema = dictionary ? { enum: [...dictionary.values] } : jsonSchemaOf(withoutNull(type), way, as);
  return { schema, isCertain: certain, isNullable: isNullable(type), doc: last?.doc, ...(!dictionary && { type }) };
}

/** A text, if any part is there. */
function joinedValue(parts: readonly SourceValue[], source: AvroSchemaJson | undefined): Value {
  const isCertain = parts.some((part) => {
    const resolved = source && resolvePath(source, part.source);
    const isThere = resolved && 'type' in resolved && resolved.certain && !isNullable(resolved.type);
    return isThere && !part.dictionary?.values.includes(null);
  });
  return { schema: { type: 'string' }, isCertain, isNullable: false };
}

function withoutNull(type: AvroSchemaJson): AvroSchemaJson {
  const left = branches(type);
  return left.length === 1 ? (left[0] as AvroSchemaJson) : left;
}

/** The lists that a line goes through, and their elements. */
function addLists(top: Place, { source, target, when = [] }: MappedField, schema: AvroSchemaJson): void {
  const isAlways = when.every(({ path }) => path.includes(EACH));
  let from = -1;
  for (const [index, step] of target.entries()) {
    if (step !== EACH) continue;
    from = source.indexOf(EACH, from + 1);
    const [list, element] = [source.slice(0, from), source.slice(0, from + 1)].map((path) => resolvePath(schema, path));
    if (!list || 'unknown' in list || !element || 'unknown' in element) return;
    const place = placeAt(top, target.slice(0, index));
    place.isCertain ||= list.certain && isAlways;
    place.isNullable ||= isNullable(list.type);
    const inside = placeAt(place, [EACH]);
    inside.isCertain = true;
    inside.isNullable ||= isNullable(element.type);
  }
}

function addGiven(top: Place, { name, target, value }: GivenValue, where: 'constants' | 'defaults'): void {
  const place = placeAt(top, target);
  place.made.push({ at: [where, name], choices: [{ const: value }] });
  place.isCertain = true;
  // A default takes the place of null.
  place.isNullable = false;
}

/** What is written into an object or a list makes it. */
function settle(place: Place): void {
  for (const inner of place.inside.values()) {
    settle(inner);
    place.isCertain ||= inner.isCertain && !place.inside.has(EACH);
  }
}

const same = (a: Path, b: Path): boolean => a.length === b.length && a.every((step, index) => step === b[index]);
