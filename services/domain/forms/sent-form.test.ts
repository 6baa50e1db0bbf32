import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { describe, expect, test } from '@jest/globals';
import { compileSentForm } from './sent-form.ts';

const logical = (type: string, logicalType: string, more: object = {}) =>
  ({ type, logicalType, ...more }) as unknown as AvroSchemaJson;
const fixed = (size: number, logicalType?: string, more: object = {}) =>
  ({ type: 'fixed', name: 'F', size, ...(logicalType !== undefined && { logicalType }), ...more }) as AvroSchemaJson;
const MONEY = logical('bytes', 'decimal', { precision: 30, scale: 2 });
const STATUS = { type: 'enum', name: 'S', symbols: ['on', 'off'] } as const;

const jsonOf = (type: AvroSchemaJson, value: unknown): string => {
  const { write } = compileSentForm(type, 'field');
  return JSON.stringify(write ? write(value) : value);
};

describe('what the schema alone can tell', () => {
  const faultsOf = (type: AvroSchemaJson, as?: string) =>
    compileSentForm(type, 'field', as).faults.map(({ message, remedy }) => `${message} (${remedy})`);
  const inner = { type: 'record', name: 'R', fields: [{ name: 'raw', type: ['null', 'bytes'] }] } as const;
  const since = (name: string, type: AvroSchemaJson): AvroSchemaJson => ({
    type: 'record',
    name,
    fields: [{ name: 'since', type }],
  });

  test.each<[string, AvroSchemaJson, string | undefined, string]>([
    [
      'bytes',
      'bytes',
      undefined,
      'field holds bytes, which JSON cannot carry (say how: { "to": …, "as": … } with "base64", "hex", "text")',
    ],
    [
      'bytes in a list',
      { type: 'array', items: 'bytes' },
      undefined,
      'field[] holds bytes, which JSON cannot carry (say how: { "to": …, "as": … } with "base64", "hex", "text")',
    ],
    [
      'bytes in a record',
      inner,
      undefined,
      'field.raw holds bytes, which JSON cannot carry (map it by itself, with "as": "base64", "hex", "text")',
    ],
    [
      'a fixed in a map in a union',
      ['null', { type: 'map', values: fixed(2) }],
      undefined,
      'field{} holds a fixed F, which JSON cannot carry (say how: { "to": …, "as": … } with "base64", "hex", "text")',
    ],
    [
      'bytes in a record as text',
      inner,
      'json-text',
      'field.raw holds bytes, which JSON cannot carry (map it by itself, with "as": "base64", "hex", "text")',
    ],
    ['a form of another type', MONEY, 'date-time', '"date-time" does not fit a decimal (use one of number)'],
    [
      'a form that is misspelt',
      logical('long', 'timestamp-millis'),
      'datetime',
      '"datetime" is not a form (did you mean "date-time"?)',
    ],
    [
      'a form for a type that has one',
      fixed(12, 'duration'),
      'ms',
      '"ms" does not fit a duration F (remove "as": a duration F has one form)',
    ],
    ['a form for a record', since('A', 'int'), 'base64', '"base64" does not fit a record (use one of json-text)'],
    [
      'a number that an enum never is',
      STATUS,
      'number',
      '"number" does not fit an enum S (remove "as": an enum S has one form)',
    ],
    [
      'a form that one of two has',
      ['long', logical('string', 'uuid')],
      'number',
      '"number" does not fit a long (remove "as": no form fits all that the field may be)',
    ],
    [
      'a form that one of three has, of those that all have',
      ['bytes', { type: 'array', items: fixed(2) }, fixed(3)],
      'string',
      '"string" does not fit bytes (use one of base64, hex, text)',
    ],
    ...[undefined, 'string', 'base64', 'json-text'].map((as): [string, AvroSchemaJson, string | undefined, string] => [
      `an int or bytes as ${as}`,
      ['int', 'bytes'],
      as,
      'field cannot be mapped: an int and bytes need different forms (leave it out, or map a field that only one of them has)',
    ]),
    [
      'a text or bytes in a list',
      { type: 'array', items: ['string', { type: 'map', values: 'bytes' }] },
      'base64',
      'field[] cannot be mapped: a string and a map need different forms (leave it out, or map a field that only one of them has)',
    ],
    [
      'two units',
      [logical('long', 'timestamp-millis'), logical('long', 'timestamp-micros')] as AvroSchemaJson,
      'date-time',
      'field is a timestamp-millis or a timestamp-micros, which are sent in different forms, and the value does not tell which it is (leave it out, or map a field that only one of them has)',
    ],
    [
      'days or a number',
      [logical('int', 'date'), 'long'],
      undefined,
      'field is a date or a long, which are sent in different forms, and the value does not tell which it is (leave it out, or map a field that only one of them has)',
    ],
    [
      'two records of the same fields',
      [since('A', logical('int', 'date')), since('B', 'int')],
      undefined,
      'field is a record A or a record B, which are sent in different forms, and the value does not tell which it is (leave it out, or map a field that only one of them has)',
    ],
    [
      'a map or a record',
      [{ type: 'map', values: 'int' }, since('A', logical('int', 'date'))],
      undefined,
      'field is a map or a record A, which are sent in different forms, and the value does not tell which it is (leave it out, or map a field that only one of them has)',
    ],
  ])('%s', (_name, type, as, fault) => {
    expect(faultsOf(type, as)).toEqual([fault]);
  });

  test('what is always null has every form', () => {
    for (const as of [undefined, 'base64'])
      expect(faultsOf(['null', { type: 'array', items: ['null'] }, 'bytes'], as)).toEqual(
        as === undefined ? [expect.stringContaining('field holds bytes')] : [],
      );
    expect(faultsOf(['null'])).toEqual([]);
  });

  test('records of different fields are told apart by them', () => {
    const other = {
      type: 'record',
      name: 'C',
      fields: [
        { name: 'n', type: 'long' },
        { name: 'day', type: 'int' },
      ],
    } as const;
    const union = ['null', since('A', logical('int', 'date')), other] as AvroSchemaJson;
    expect(jsonOf(union, { since: 0 })).toBe('{"since":"1970-01-01"}');
    expect(jsonOf(union, { n: 2n ** 60n, day: 0 })).toBe('{"n":1152921504606846976,"day":0}');
  });

  test('decimals of one scale go out alike, however many digits each may have', () => {
    const narrow = logical('bytes', 'decimal', { precision: 4, scale: 2 });
    const union = [narrow, fixed(9, 'decimal', { precision: 20, scale: 2 })];
    expect(jsonOf(union, Buffer.from('0f4240', 'hex'))).toBe('"10000.00"');
    expect(faultsOf([narrow, fixed(9, 'decimal', { precision: 20, scale: 3 })])[0]).toContain('in different forms');
  });

  test('a logical type that does not fit its bytes means nothing', () => {
    expect(faultsOf(logical('bytes', 'decimal', { precision: 1_000_000_000 }))[0]).toContain('holds bytes');
    for (const type of [logical('string', 'date'), logical('long', 'time-millis')] as AvroSchemaJson[])
      expect(compileSentForm(type, 'field').faults).toEqual([]);
    expect(faultsOf(logical('bytes', 'decimal', { precision: 2, scale: 3 }))[0]).toContain('holds bytes');
    expect(faultsOf(fixed(11, 'duration'))[0]).toContain('holds a fixed');
  });
});

test('most types need nothing, and what does not change is not copied', () => {
  for (const type of [
    'int',
    'string',
    'boolean',
    { type: 'array', items: 'string' },
    { type: 'map', values: ['null', 'int'] },
  ])
    expect(compileSentForm(type as AvroSchemaJson, 'field').write).toBeUndefined();
  const { write } = compileSentForm({ type: 'array', items: { type: 'map', values: 'double' } }, 'field');
  const value = [{ a: 1 }, { b: 2 }];
  expect(write?.(value)).toBe(value);
});

test('records within themselves are walked as deep as the value is', () => {
  const node = {
    type: 'record',
    name: 'N',
    fields: [
      { name: 'at', type: logical('int', 'date') },
      { name: 'next', type: ['null', 'N'] },
    ],
  };
  expect(jsonOf(node as AvroSchemaJson, { at: 0, next: { at: 1, next: null } })).toBe(
    '{"at":"1970-01-01","next":{"at":"1970-01-02","next":null}}',
  );
});

test('a fault inside names its way', () => {
  const { write } = compileSentForm({ type: 'map', values: { type: 'array', items: 'double' } }, 'field');
  expect(() => write?.({ ward: [1, Number.NaN] })).toThrow(expect.objectContaining({ path: ['ward', 1] }));
});

test('a key __proto__ of a map stays a key', () => {
  const map = JSON.parse('{"__proto__":1}') as object;
  Object.defineProperty(map, '__proto__', { value: 2n ** 60n, enumerable: true, configurable: true, writable: true });
  expect(jsonOf({ type: 'map', values: 'long' }, map)).toBe('{"__proto__":1152921504606846976}');
});
