// A partner's body → the record of a hook topic: names and values through the inverse dictionary, then every value against
// the Avro schema. All that is wrong is said at once, by the partner's own names and with what was expected there.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches, isUnion } from '@ess/schemas/avro-schema.ts';
import { RULES_TOPIC } from '@ess/schemas/topics.ts';
import avro from 'avsc';
import { resolvePath } from '../avro/avro-path.ts';
import { heldType } from '../avro/held-type.ts';
import { isDay } from '../text/moment.ts';
import { nearest } from '../text/nearest.ts';
import type { Path } from '../text/paths.ts';
import { EACH, pointerOf, readPath, showPath } from '../text/paths.ts';
import type { MappedField } from './line.ts';
import { carry, cut, placed, routeOf } from './lists.ts';
import type { Mapping } from './mapping.ts';

export interface BodyFault {
  /** JSON pointer as a URI fragment (RFC 6901), e.g. `#/beds/free`. */
  readonly pointer: string;
  readonly expected: string;
  readonly detail: string;
}

export type ReadBody =
  | { readonly ok: true; readonly record: Record<string, unknown> }
  | { readonly ok: false; readonly faults: readonly BodyFault[] };

/** What ESS itself writes into a record, where the schema has such a field and the mapping does not fill it. */
export interface Stamps {
  /** The idempotency key of the request, else a new id. */
  readonly eventId: string;
  readonly partner: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}
type StampOf = Readonly<Record<string, keyof Stamps>>;
const STAMPS: StampOf = { eventId: 'eventId', partner: 'partner', receivedAt: 'receivedAt' };
/** A rule that a partner publishes is published by it, when it is taken. */
const RULE_STAMPS: StampOf = { eventId: 'eventId', publishedBy: 'partner', publishedAt: 'receivedAt' };
/** More would help nobody to put a body right. */
export const FAULTS_MAX = 50;

/** @param topic to which the records go */
export function compileBody(
  mapping: Mapping,
  schema: AvroSchemaJson,
  topic = '',
): (body: object, stamps: Stamps) => ReadBody {
  const type = heldType(schema);
  const fields = mapping.fields.map((field) => ({
    ...field,
    time: field.read === undefined && isTime(schema, field.source),
    route: routeOf(field.target, field.source),
    inElement: cut(field.target).at(-1) as Path,
  }));
  const stamped = stampedBy(mapping, schema, topic);
  return (body, stamps) => {
    const record: Record<string, unknown> = {};
    const faults: BodyFault[] = [];
    const blamed: Path[] = [];
    for (const field of fields) {
      const blame = (indexes: readonly number[], fault: Omit<BodyFault, 'pointer'>): void => {
        if (faults.length < FAULTS_MAX) faults.push({ pointer: pointerOf(placed(field.target, indexes)), ...fault });
        blamed.push(placed(field.source, indexes));
      };
      const take = (element: unknown, indexes: readonly number[]): unknown => {
        const value = readPath(element, field.inElement);
        const converted = convert(field, value);
        if (converted.ok) return converted.value;
        return blame(indexes, converted.fault);
      };
      const indexes: number[] = [];
      try {
        carry(body, record, field.route, take, indexes);
      } catch {
        // Several lines go through the list; it is wrong once.
        if (blamed.some((path) => showPath(path) === showPath(placed(field.source, indexes)))) continue;
        const found = kindOf(readPath(body, placed(field.target, indexes)));
        blame(indexes, { expected: 'a list', detail: `is ${found}, must be a list` });
      }
    }
    for (const [name, stamp] of stamped) record[name] = stamps[stamp];
    type.isValid(record, {
      errorHook: (path, value, expected) => {
        const field = fields.find(({ source }) => leadTogether(source, path));
        if (blamed.some((source) => leadTogether(source, path)) || faults.length >= FAULTS_MAX) return;
        // A missing object is the fault of the fields inside it; the first of them is named.
        const target = field === undefined ? path : placeInBody(field, path);
        const time = field?.time === true && path.length === field.source.length;
        const wanted = time ? TIME : describeType(expected);
        const near = value === undefined ? nearName(body, target) : undefined;
        faults.push({
          pointer: pointerOf(target),
          expected: wanted,
          detail: value === undefined ? `is missing${near}` : `is ${kindOf(value)}, must be ${wanted}`,
        });
      },
    });
    return faults.length > 0 ? { ok: false, faults } : { ok: true, record };
  };
}

/** Whether one leads through the other. @param path with indexes as texts, as Avro's checks have it */
const leadTogether = (source: Path, path: readonly string[]): boolean =>
  source.slice(0, path.length).every((step, depth) => step === EACH || String(step) === path[depth]);

/** Where in the body that is which is at this path in the record, or inside it. */
function placeInBody({ source, target }: MappedField, path: readonly string[]): Path {
  const indexes = path.flatMap((step, depth) => (source[depth] === EACH ? [Number(step)] : []));
  const isAroundIt = source[path.length - 1] === EACH && path.length < source.length;
  if (!isAroundIt) return [...placed(target, indexes), ...path.slice(source.length)];
  const inner = target.findIndex(
    (step, depth) => step === EACH && cut(target.slice(0, depth + 1)).length > indexes.length,
  );
  return placed(target.slice(0, inner + 1), indexes);
}

/** Fields without a default that neither the mapping nor ESS fills: no body could ever do. */
export function unfilledFields(mapping: Mapping, schema: AvroSchemaJson, topic = ''): string[] {
  const type = avro.Type.forSchema(schema as avro.Schema);
  if (!('fields' in type)) return [];
  const stamped = stampedBy(mapping, schema, topic).map(([name]) => name);
  return (type as avro.types.RecordType).fields
    .filter(({ defaultValue }) => defaultValue() === undefined)
    .map(({ name }) => name)
    .filter((name) => !stamped.includes(name) && !mapping.fields.some(({ source }) => source[0] === name));
}

function stampedBy(mapping: Mapping, schema: AvroSchemaJson, topic: string): [field: string, stamp: keyof Stamps][] {
  const names = typeof schema === 'object' && 'fields' in schema ? schema.fields.map(({ name }) => name) : [];
  return Object.entries(topic === RULES_TOPIC ? RULE_STAMPS : STAMPS).filter(
    ([name]) => names.includes(name) && !mapping.fields.some(({ source }) => source[0] === name),
  );
}

type Converted =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly fault: { readonly expected: string; readonly detail: string } };

function convert({ dictionary, read, time }: MappedField & { readonly time: boolean }, value: unknown): Converted {
  if (value === null || value === undefined) return { ok: true, value };
  if (dictionary !== undefined) {
    const looked = dictionary.inverse(value);
    if (looked.found) return { ok: true, value: looked.value };
    const expected = `one of ${dictionary.values.map((known) => JSON.stringify(known)).join(', ')}`;
    return { ok: false, fault: { expected, detail: `is not in the dictionary, must be ${expected}` } };
  }
  if (read !== undefined) {
    const known = read.read(value);
    if (known !== undefined) return { ok: true, value: known };
    const { wanted } = read;
    return { ok: false, fault: { expected: wanted, detail: `is ${kindOf(value)}, must be ${wanted}` } };
  }
  if (!time || typeof value !== 'string') return { ok: true, value: comparable(value) };
  const ms = ISO_TIME.test(value) && isDay(value) ? Date.parse(value) : Number.NaN;
  if (Number.isFinite(ms)) return { ok: true, value: ms };
  return { ok: false, fault: { expected: TIME, detail: `is no time, must be ${TIME}` } };
}

/** Avro's checks compare what they are given with numbers, and an object whose `toString` is no function throws at that. */
function comparable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) comparable(inner);
  if (Object.hasOwn(value, 'toString') || Object.hasOwn(value, 'valueOf'))
    Object.defineProperty(value, Symbol.toPrimitive, { value: () => Number.NaN });
  return value;
}

const TIME = 'milliseconds since the epoch, or a date-time as 2026-11-24T10:00:00Z';
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

export function isTime(schema: AvroSchemaJson, path: Path): boolean {
  const resolved = resolvePath(schema, path);
  if (!('type' in resolved)) return false;
  return branches(resolved.type).some(
    (branch) =>
      typeof branch === 'object' &&
      !isUnion(branch) &&
      'logicalType' in branch &&
      branch.logicalType === 'timestamp-millis',
  );
}

const KINDS: Readonly<Record<string, string>> = {
  int: `a whole number from ${-(2 ** 31)} to ${2 ** 31 - 1}`,
  long: `a whole number from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`,
  float: 'a number up to 3.4e38',
  double: 'a number',
  string: 'a text',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  map: 'an object',
  record: 'an object',
};

function describeType(type: avro.Type): string {
  const schema = type.schema() as { symbols?: string[] };
  if (type.typeName.startsWith('union:'))
    return (type as avro.types.UnwrappedUnionType).types
      .toSorted((a, b) => Number(a.typeName === 'null') - Number(b.typeName === 'null'))
      .map(describeType)
      .join(' or ');
  if (schema.symbols) return `one of ${schema.symbols.join(', ')}`;
  return KINDS[type.typeName] ?? type.typeName;
}

/** Values are not shown: a secret may be in the wrong place. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number')
    return Number.isInteger(value) ? `the number ${value}` : `${value}, which is not whole`;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? 'a text' : 'an object';
}

function nearName(body: object, target: Path): string {
  const holder = target.length === 1 ? body : readPath(body, target.slice(0, -1));
  if (typeof holder !== 'object' || holder === null) return '';
  const near = nearest(
    String(target.at(-1) ?? ''),
    Object.keys(holder)
      .filter((name) => name.length <= 60)
      .slice(0, 50),
  );
  return near === undefined ? '' : `; is "${near}" meant?`;
}
