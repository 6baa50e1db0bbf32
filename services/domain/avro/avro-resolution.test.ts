// What resolves and what does not, by schema alone. What comes of the bytes: bounded-avro.test.ts.
import { describe, expect, test } from '@jest/globals';
import { parseExact } from '../text/exact-number.ts';
import type { Plan, RecordPlan } from './avro-resolution.ts';
import { mismatchText, resolveAvro } from './avro-resolution.ts';
import { parseAvro } from './avro-type.ts';

const record = (fields: Record<string, unknown>, more: object = {}) => ({
  type: 'record',
  name: 'R',
  namespace: 'a',
  fields: Object.entries(fields).map(([name, type]) =>
    typeof type === 'object' && type !== null && 'of' in type ? { ...type, name, type: type.of } : { name, type },
  ),
  ...more,
});
const inner = (fields: Record<string, unknown>, more: object = {}) => record(fields, { name: 'N', ...more });
const colour = (symbols: string[], more: object = {}) => ({ type: 'enum', name: 'E', symbols, ...more });
const fixed = (size: number, name = 'F') => ({ type: 'fixed', name, size });
const optional = (of: unknown) => ({ of: ['null', of], default: null });
const resolve = (reader: unknown, writer: unknown): Plan => resolveAvro(parseAvro([reader]), parseAvro([writer]));
const LIST = (namespace: string) => record({ value: 'int', next: ['null', 'R'] }, { namespace });
const A = { a: 'string' };

/** All mismatches of a plan that records may meet, as people read them. */
function mismatches(plan: Plan, seen = new Set<Plan>()): string[] {
  if (seen.has(plan)) return [];
  seen.add(plan);
  switch (plan.kind) {
    case 'mismatch':
      return [mismatchText(plan)];
    case 'record':
      return plan.steps.flatMap((step) => mismatches(step.plan, seen));
    case 'union':
      return plan.branches.flatMap((branch) => mismatches(branch, seen));
    case 'array':
      return mismatches(plan.items, seen);
    case 'map':
      return mismatches(plan.values, seen);
    default:
      return [];
  }
}

test.each<[string, unknown, unknown]>([
  ['the same', record(A), record(A)],
  ['another namespace', record(A), record(A, { namespace: 'b.c' })],
  ['no namespace', record(A), record(A, { namespace: '' })],
  [
    'another namespace inside',
    record({ n: ['null', inner(A)] }),
    record({ n: ['null', inner(A, { namespace: 'z' })] }),
  ],
  ['an alias', record(A, { aliases: ['Old'] }), record(A, { name: 'Old' })],
  ['an alias of another namespace', record(A, { aliases: ['x.Old'] }), record(A, { name: 'Old', namespace: 'y' })],
  ['another name within a union', record({ n: ['null', inner(A)] }), record({ n: ['null', inner(A, { name: 'M' })] })],
  ['more fields', record(A), record({ b: 'int', ...A, c: inner({}) })],
  ['fields in another order', record({ a: 'string', b: 'int' }), record({ b: 'int', a: 'string' })],
  ['a missing field with a default', record({ ...A, b: optional('int') }), record(A)],
  ['a default of a later branch', record({ ...A, b: { of: ['null', 'string'], default: '' } }), record(A)],
  [
    'promotions',
    record({ a: 'double', b: 'long', c: 'float', d: 'double', e: 'bytes', f: 'string' }),
    record({ a: 'int', b: 'int', c: 'long', d: 'float', e: 'string', f: 'bytes' }),
  ],
  ['a value that may now be null', record({ a: ['null', 'string'] }), record(A)],
  ['fewer branches', record({ a: ['null', 'string', 'bytes'] }), record({ a: ['string', 'null'] })],
  ['promotion within branches', record({ a: ['null', 'double'] }), record({ a: ['int', 'null'] })],
  ['fewer symbols', record({ e: colour(['p', 'q']) }), record({ e: colour(['q']) })],
  ['more symbols', record({ e: colour(['p']) }), record({ e: colour(['q', 'p']) })],
  [
    'arrays and maps of what resolves',
    record({ a: { type: 'array', items: { type: 'map', values: 'long' } } }),
    record({ a: { type: 'array', items: { type: 'map', values: 'int' } } }),
  ],
  ['recursion', LIST('a'), LIST('b')],
  ['fixed', record({ f: fixed(3) }), record({ f: fixed(3) })],
  ['a fixed that is defined twice', record({ f: fixed(3), g: fixed(3) }), record({ f: fixed(3), g: 'a.F' })],
  ['a namespace of Java', record({ n: 'a.b$C.N' }, { fields: [] }), record(A, { namespace: 'a.b$C' })],
])('%s is accepted', (_, reader, writer) => {
  expect(mismatches(resolve(reader, writer))).toEqual([]);
});

describe('what can never be read is refused at once', () => {
  test.each<[string, unknown, unknown, string]>([
    ['another name', record(A), record(A, { name: 'S' }), 'is a.S where a.R is wanted'],
    ['no record', record(A), 'string', 'is string where a.R is wanted'],
    ['a missing field', record({ ...A, b: 'int' }), record(A), 'field b is missing and has no default'],
    [
      'a default of another type',
      record({ ...A, b: { of: 'int', default: '' } }),
      record(A),
      'field b is missing, and its default is not of its type',
    ],
    ['another type', record(A), record({ a: 'int' }), 'field a is int where string is wanted'],
    ['a narrower number', record({ a: 'int' }), record({ a: 'long' }), 'field a is long where int is wanted'],
    [
      'none of the branches',
      record({ a: ['null', 'int'] }),
      record({ a: 'string' }),
      'field a is string where one of [null, int] is wanted',
    ],
    [
      'a record in a record',
      record({ n: inner(A) }),
      record({ n: inner({ a: 'int' }) }),
      'field n.a is int where string is wanted',
    ],
    [
      'an array for a map',
      record({ m: { type: 'map', values: 'string' } }),
      record({ m: { type: 'array', items: 'string' } }),
      'field m is array where map is wanted',
    ],
    [
      'another enum',
      record({ e: colour(['p']) }),
      record({ e: colour(['p'], { name: 'X' }) }),
      'field e is a.X where a.E is wanted',
    ],
    ['a longer fixed', record({ f: fixed(3) }), record({ f: fixed(4) }), 'field f has 4 bytes where 3 are wanted'],
  ])('%s', (_, reader, writer, detail) => {
    const plan = resolve(reader, writer);
    expect(plan.kind === 'mismatch' && mismatchText(plan)).toBe(detail);
  });
});

describe('what only some records hold is their fault', () => {
  test.each<[string, unknown, unknown, string]>([
    [
      'null where none may be',
      record({ a: 'string' }),
      record({ a: ['null', 'string'] }),
      'is null where string is wanted',
    ],
    [
      'a branch too many',
      record({ a: ['null', 'int'] }),
      record({ a: ['null', 'int', 'string'] }),
      'is string where one of [null, int] is wanted',
    ],
    [
      'inside an optional record',
      record({ n: ['null', inner(A)] }),
      record({ n: ['null', inner({ a: 'int' })] }),
      'field a is int where string is wanted',
    ],
    [
      'inside an array',
      record({ l: { type: 'array', items: inner({ ...A, y: 'int' }) } }),
      record({ l: { type: 'array', items: inner(A) } }),
      'field y is missing and has no default',
    ],
    [
      'inside a map',
      record({ m: { type: 'map', values: 'string' } }),
      record({ m: { type: 'map', values: 'boolean' } }),
      'is boolean where string is wanted',
    ],
    [
      'within itself',
      LIST('a'),
      record({ value: 'int', next: ['null', inner({ value: 'string', next: ['null', 'N'] })] }),
      'is a.N where one of [null, a.R] is wanted',
    ],
  ])('%s', (_, reader, writer, detail) => {
    const plan = resolve(reader, writer);
    expect(plan.kind).toBe('record');
    expect(mismatches(plan)).toEqual([detail]);
  });
});

test('a field takes the name of the reader, by its own name before an alias; what is missing is given', () => {
  const aliased = (of: string) => ({ of, aliases: ['old', 'same'] });
  const plan = resolve(
    record({
      b: aliased('string'),
      c: optional('int'),
      same: 'int',
      l: { of: { type: 'array', items: 'int' }, default: [] },
    }),
    record({ old: 'string', gone: 'int', same: 'int' }),
  ) as RecordPlan;
  expect(plan.steps.map(({ name, into }) => [name, into])).toEqual([
    ['old', 'b'],
    ['gone', undefined],
    ['same', 'same'],
  ]);
  expect([...plan.given]).toEqual([
    ['c', null],
    ['l', []],
  ]);
  expect(plan.fields).toEqual(['b', 'c', 'same', 'l']);
});

const into = (plan: Plan) => (plan as RecordPlan).steps.map(({ name, into: target }) => [name, target]);

test('a new field does not take what was written under its name before that was given to another', () => {
  const renamed = resolve(
    record({ x: { of: 'string', default: 'new' }, y: { of: 'long', aliases: ['x'] } }),
    record({ x: 'int' }),
  ) as RecordPlan;
  expect(into(renamed)).toEqual([['x', 'y']]);
  expect([...renamed.given]).toEqual([['x', 'new']]);
  const twice = record({ x: { of: 'string', default: 'new' }, z: { of: 'long', aliases: ['x', 'y'] } });
  expect(into(resolve(twice, record({ x: 'int' })))).toEqual([['x', 'z']]);
  const both = [
    ['y', 'z'],
    ['x', 'x'],
  ];
  expect(into(resolve(twice, record({ y: 'int', x: 'string' })))).toEqual(both);
  const kept = record({ y: { of: 'int', aliases: ['x'] } });
  expect(into(resolve(kept, record({ x: 'int', y: 'int' })))).toEqual([
    ['x', undefined],
    ['y', 'y'],
  ]);
});

const MAP = { type: 'map', values: 'long' };
const defaulted = (type: unknown, json: string) =>
  resolve(record({ f: { of: type, default: parseExact(json) } }), record({})) as RecordPlan;

test.each<[string, unknown, string, unknown]>([
  ['the greatest long', 'long', '9223372036854775807', 2n ** 63n - 1n],
  ['the least long', 'long', '-9223372036854775808', -(2n ** 63n)],
  ['the first long that is no number', 'long', '9007199254740992', 2n ** 53n],
  ['a long that is none of a map', [MAP, 'long'], '9007199254740993', 2n ** 53n + 1n],
  ['longs within a map', MAP, '{"a":9007199254740993}', { a: 2n ** 53n + 1n }],
  ['a double of too many digits', 'double', '0.1000000000000000055', 0.1],
  ['a double that is no number of JSON', 'double', '"NaN"', Number.NaN],
  ['a float as a text', 'float', '"-Infinity"', Number.NEGATIVE_INFINITY],
  ['a float', 'float', '0.1', Math.fround(0.1)],
  ['a text of a later branch', ['null', 'string'], '"x"', 'x'],
  ['a text of the same letters', ['double', 'string'], '"NaN"', 'NaN'],
])('%s is the default that Java has', (_, type, json, value) => {
  expect(defaulted(type, json).given.get('f')).toEqual(value);
});

test.each<[string, unknown, string]>([
  ['an int beyond 32 bits', 'int', '2147483648'],
  ['a long beyond 64 bits', 'long', '9223372036854775808'],
  ['a whole number that is none', 'long', '1.5'],
  ['a text within a union', ['null', 'double'], '"NaN"'],
  ['a number for a record', inner({}), '9007199254740993'],
  ['one that holds itself', inner({ n: { of: 'N', default: {} } }), '{}'],
])('%s is no default', (_, type, json) => {
  expect(defaulted(type, json)).toMatchObject({
    kind: 'mismatch',
    path: 'f',
    detail: expect.stringContaining('its default'),
  });
});

test.each<[string, unknown, unknown, number]>([
  ['the same kind before one that is promoted to', 'int', ['double', 'int'], 1],
  ['the first that is promoted to', 'int', ['string', 'double', 'long'], 1],
  ['the full name before the like one', inner(A, { namespace: 'b' }), [inner(A), inner(A, { namespace: 'b' })], 1],
  ['the like name before like fields', inner(A, { namespace: 'c' }), [record(A), inner(A, { namespace: 'b' })], 1],
  ['like fields', inner(A), [record({ b: 'int' }), record(A, { name: 'S' })], 1],
])('of a union %s is taken', (_, writer, branches, index) => {
  const one = (branches as unknown[])[index];
  expect(resolve(branches, writer)).toEqual(
    resolve(typeof one === 'object' ? { ...(one as object), aliases: ['N'] } : one, writer),
  );
});

test('defaults that unfold without end are refused', () => {
  const levels = Array.from({ length: 30 }, (_, index) => ({
    name: `f${index}`,
    type: {
      type: 'record',
      name: `R${index}`,
      fields: index === 0 ? [] : ['a', 'b'].map((name) => ({ name, type: `R${index - 1}`, default: {} })),
    },
    default: {},
  }));
  const bare = { type: 'record', name: 'R', fields: [] };
  expect(() => resolve({ ...bare, fields: levels }, bare)).toThrow(/unfolds to more than/);
});
