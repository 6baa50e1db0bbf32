// What resolves and what does not, by schema alone. What comes of the bytes: bounded-avro.test.ts.
import { describe, expect, test } from '@jest/globals';
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
  ['a logical type', record({ a: { type: 'long', logicalType: 'timestamp-millis' } }), record({ a: 'long' })],
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
