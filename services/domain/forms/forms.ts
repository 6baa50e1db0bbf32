// The forms that a single value may take in JSON: for each meaning the default one, and those that a mapping may ask for by `as`.
import type { AvroEnum, AvroMeaning, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type { Meaning } from '../avro/meaning.ts';
import { meaningOf } from '../avro/meaning.ts';
import { exactNumber, isNumberText, shortestFloat, wholeDigits } from '../text/exact-number.ts';
import type { JsonSchema } from './json-schema.ts';
import * as text from './logical-text.ts';
import { Unwritable } from './logical-text.ts';

/** What `as` may say in a mapping. */
export const AS = [
  ...['string', 'number', 'integer', 'json-text', 'base64', 'hex', 'text'],
  ...['days', 'ms', 'us', 'date-time', 'date', 'epoch-s', 'epoch-ms'],
];

/** The value as JSON holds it. @throws Unwritable */
export type Write = (value: unknown) => unknown;

export interface Form {
  readonly schema: JsonSchema;
  /** Absent: the value is sent as it is. */
  readonly write?: Write;
  /** Of two branches that are numbers, or decimals of one scale, the form of the higher rank is right for both. */
  readonly rank?: number;
}
type Forms = Readonly<Record<string, Form>>;

/** How a value is sent that has no `as`. */
export const DEFAULT = '';

const whole = (value: unknown): bigint => BigInt(value as number | bigint);

function finite(value: unknown): number | bigint {
  if (typeof value === 'bigint' || Number.isFinite(value)) return value as number | bigint;
  throw new Unwritable(`is ${typeof value === 'number' ? value : `a ${typeof value}`}, which JSON has no number for`);
}

const exact: Write = (value) => (typeof value === 'bigint' ? exactNumber(String(value)) : value);
const double: Write = (value) => exact(finite(value));
const float: Write = (value) => {
  const number = finite(value);
  return typeof number === 'bigint' ? exact(number) : shortestFloat(number);
};

const wholeNumber: Write = (value) => {
  const number = finite(value);
  if (typeof number === 'number' && !Number.isInteger(number)) throw new Unwritable(`is ${number}, which is not whole`);
  return exactNumber(String(whole(number)));
};

function numberIn(value: unknown): string {
  if (typeof value === 'string' && isNumberText(value)) return value;
  throw new Unwritable('is no number');
}
const numberOf: Write = (value) => exactNumber(numberIn(value));
const wholeOf: Write = (value) => {
  const digits = wholeDigits(numberIn(value));
  if (digits === undefined) throw new Unwritable('is no whole number');
  return exactNumber(digits);
};

function bytesOf(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw new Unwritable('is no bytes');
}
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8: Write = (value) => {
  const bytes = bytesOf(value);
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new Unwritable('is no UTF-8');
  }
};

const INT: JsonSchema = { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };
const INTEGER: JsonSchema = { type: 'integer' };
const NUMBER: JsonSchema = { type: 'number' };
const STRING: JsonSchema = { type: 'string' };
const matching = (pattern: string, ...examples: string[]): JsonSchema => ({
  type: 'string',
  pattern,
  ...(examples.length > 0 && { examples }),
});
const DIGITS = matching('^-?[0-9]+$', '12');
const NUMERIC = matching('^-?[0-9]+(\\.[0-9]+)?(e[+-]?[0-9]+)?$', '0.5');
const DATE = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
const TIME = '[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?';

const digits: Form = { schema: DIGITS, write: (value) => String(whole(value)) };
const asNumber: Form = { schema: NUMBER, write: numberOf };
const asInteger: Form = { schema: INTEGER, write: wholeOf };
const TEXTS: Forms = { [DEFAULT]: { schema: STRING }, number: asNumber, integer: asInteger };
const BYTES: Forms = {
  base64: {
    schema: { type: 'string', contentEncoding: 'base64' },
    write: (value) => bytesOf(value).toString('base64'),
  },
  hex: { schema: matching('^([0-9a-f]{2})*$', '0aff'), write: (value) => bytesOf(value).toString('hex') },
  text: { schema: STRING, write: utf8 },
};
const UUID: Form = {
  schema: { type: 'string', format: 'uuid' },
  write: (value) => text.uuidText(bytesOf(value)),
};
const UNITS = { 3: 'Milliseconds', 6: 'Microseconds', 9: 'Nanoseconds' };
type Digits = keyof typeof UNITS;

const inUnit = (from: number, to: number): Form => ({
  schema: from <= to ? INTEGER : NUMBER,
  write: (value) => exactNumber(text.inUnit(whole(value), from, to)),
});

const timestamp = (places: Digits): Forms => ({
  [DEFAULT]: { schema: { ...INTEGER, description: `${UNITS[places]} since the epoch.` }, write: exact, rank: 2 },
  'date-time': {
    schema: { ...matching(`^${DATE}T${TIME}Z$`), format: 'date-time' },
    write: (value) => `${text.dateTimeText(whole(value), places)}Z`,
  },
  date: {
    schema: { ...matching(`^${DATE}$`, '2026-11-24'), format: 'date' },
    write: (value) => text.dayOf(whole(value), places),
  },
  'epoch-s': inUnit(places, 0),
  'epoch-ms': inUnit(places, 3),
});
const local = (places: Digits): Forms => ({
  [DEFAULT]: {
    schema: matching(`^${DATE}T${TIME}$`, '2026-11-24T10:00:00.123'),
    write: (value) => text.dateTimeText(whole(value), places),
  },
});
const time = (places: Digits): Forms => ({
  [DEFAULT]: { schema: matching(`^${TIME}$`, '10:00:00.123'), write: (value) => text.timeText(whole(value), places) },
  ms: inUnit(places, 3),
  us: inUnit(places, 6),
});

const FORMS: Readonly<Record<Meaning, Forms>> = {
  null: { [DEFAULT]: { schema: { type: 'null' } } },
  boolean: { [DEFAULT]: { schema: { type: 'boolean' } } },
  int: { [DEFAULT]: { schema: INT, rank: 1 }, string: digits },
  long: { [DEFAULT]: { schema: INTEGER, write: exact, rank: 2 }, string: digits },
  float: {
    [DEFAULT]: { schema: NUMBER, write: float, rank: 3 },
    string: { schema: NUMERIC, write: (value) => String(shortestFloat(Number(finite(value)))) },
    integer: { schema: INTEGER, write: wholeNumber },
  },
  double: {
    [DEFAULT]: { schema: NUMBER, write: double, rank: 4 },
    string: { schema: NUMERIC, write: (value) => String(finite(value)) },
    integer: { schema: INTEGER, write: wholeNumber },
  },
  string: TEXTS,
  enum: TEXTS,
  uuid: { ...TEXTS, [DEFAULT]: { schema: { type: 'string', format: 'uuid' } } },
  bytes: BYTES,
  fixed: BYTES,
  record: {},
  array: {},
  map: {},
  decimal: {},
  date: {
    [DEFAULT]: {
      schema: { ...matching(`^${DATE}$`, '2026-11-24'), format: 'date' },
      write: (value) => text.dateText(whole(value)),
    },
    days: { schema: INT },
  },
  'time-millis': time(3),
  'time-micros': time(6),
  'timestamp-millis': timestamp(3),
  'timestamp-micros': timestamp(6),
  'timestamp-nanos': timestamp(9),
  'local-timestamp-millis': local(3),
  'local-timestamp-micros': local(6),
  'local-timestamp-nanos': local(9),
  duration: {
    [DEFAULT]: {
      schema: matching('^P([0-9]+[MD])*(T([0-9]+[HM])*([0-9.]+S)?)?$', 'P1DT2H'),
      write: (value) => text.durationText(bytesOf(value)),
    },
  },
};

/** By precision and scale: equal decimals have one form. */
const decimals = new Map<string, Forms>();

function decimal({ precision = 0, scale = 0 }: AvroMeaning): Forms {
  const key = `${precision} ${scale}`;
  const known = decimals.get(key);
  if (known) return known;
  const unscaledOf = text.decimalReader(precision);
  const write = (value: unknown): string => text.decimalText(unscaledOf(bytesOf(value)), scale);
  const forms: Forms = {
    [DEFAULT]: {
      schema: matching(`^-?[0-9]+${scale === 0 ? '' : `\\.[0-9]{${scale}}`}$`, text.decimalText(105n, scale)),
      write,
      rank: precision,
    },
    number: { schema: scale === 0 ? INTEGER : NUMBER, write: (value) => exactNumber(write(value)), rank: precision },
  };
  decimals.set(key, forms);
  return forms;
}

function formsOf(type: AvroSchemaJson): Forms {
  const meaning = meaningOf(type);
  if (meaning === 'decimal') return decimal(type as AvroMeaning);
  if (meaning === 'uuid' && (type as { type: string }).type === 'fixed') return { [DEFAULT]: UUID };
  if (meaning !== 'enum') return FORMS[meaning] ?? {};
  const { symbols } = type as AvroEnum;
  return {
    ...(symbols.some(isNumberText) ? TEXTS : {}),
    [DEFAULT]: { schema: { type: 'string', enum: [...symbols] } },
  };
}

/** The form of one branch that is no record, array or map; undefined when it has none of that name. */
export function formOf(type: AvroSchemaJson, as = DEFAULT): Form | undefined {
  const forms = formsOf(type);
  return Object.hasOwn(forms, as) ? forms[as] : undefined;
}

/** What `as` may say of one branch that is no record, array or map. */
export const formNames = (type: AvroSchemaJson): string[] =>
  Object.keys(formsOf(type)).filter((name) => name !== DEFAULT);
