import { expect, test } from '@jest/globals';
import type { Schema } from 'avsc';
import avro from 'avsc';
import { resolveAvro } from './avro-resolution.ts';

const record = (fields: Record<string, unknown>, more: object = {}) => ({
  type: 'record',
  name: 'R',
  namespace: 'a',
  fields: Object.entries(fields).map(([name, type]) =>
    typeof type === 'object' && type !== null && 'of' in type ? { name, type: type.of, ...type } : { name, type },
  ),
  ...more,
});
const inner = (fields: Record<string, unknown>, more: object = {}) => record(fields, { name: 'N', ...more });
const colour = (symbols: string[], more: object = {}) => ({ type: 'enum', name: 'E', symbols, ...more });
const fixed = (size: number, name = 'F') => ({ type: 'fixed', name, size });
const optional = (of: unknown) => ({ of: ['null', of], default: null });
const resolve = (reader: unknown, writer: unknown) =>
  resolveAvro(avro.Type.forSchema(reader as Schema), avro.Type.forSchema(writer as Schema));
const LIST = (namespace: string) => record({ value: 'int', next: ['null', 'R'] }, { namespace });
const A = { a: 'string' };

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
  ['more fields', record(A), record({ b: 'int', ...A, c: inner({}) })],
  ['fields in another order', record({ a: 'string', b: 'int' }), record({ b: 'int', a: 'string' })],
  ['a missing field with a default', record({ ...A, b: optional('int') }), record(A)],
  [
    'promotions',
    record({ a: 'double', b: 'long', c: 'float', d: 'double' }),
    record({ a: 'int', b: 'int', c: 'long', d: 'float' }),
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
])('%s is accepted', (_, reader, writer) => {
  expect(resolve(reader, writer)).toMatchObject({ ok: true });
});

test.each<[string, unknown, unknown, string]>([
  ['another name', record(A), record(A, { name: 'S' }), 'is a.S where a.R is wanted'],
  ['no record', record(A), 'string', 'is string where a.R is wanted'],
  ['a missing field', record({ ...A, b: 'int' }), record(A), 'field b is missing and has no default'],
  ['another type', record(A), record({ a: 'int' }), 'field a is int where string is wanted'],
  ['a narrower number', record({ a: 'int' }), record({ a: 'long' }), 'field a is long where int is wanted'],
  ['null where none may be', record(A), record({ a: ['null', 'string'] }), 'field a is null where string is wanted'],
  [
    'a branch too many',
    record({ a: ['null', 'int'] }),
    record({ a: ['null', 'int', 'string'] }),
    'field a is string where one of [null, int] is wanted',
  ],
  [
    'inside an optional record',
    record({ n: ['null', inner(A)] }),
    record({ n: ['null', inner({ a: 'int' })] }),
    'field n.a is int where string is wanted',
  ],
  [
    'inside an array',
    record({ l: { type: 'array', items: inner({ ...A, y: 'int' }) } }),
    record({ l: { type: 'array', items: inner(A) } }),
    'field l[].y is missing and has no default',
  ],
  [
    'inside a map',
    record({ m: { type: 'map', values: 'string' } }),
    record({ m: { type: 'map', values: 'boolean' } }),
    'field m{} is boolean where string is wanted',
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
  [
    'recursion',
    LIST('a'),
    record({ value: 'int', next: ['null', inner({ value: 'int', next: ['null', 'N'] })] }),
    'field next is a.N where a.R is wanted',
  ],
  [
    'bytes for a text, which nobody converts',
    record(A),
    record({ a: 'bytes' }),
    'field a is bytes where string is wanted',
  ],
  [
    'branches that would be wrapped',
    record({ a: 'long' }),
    record({ a: ['int', 'long'] }),
    'field a is one of [int, long], which are not told apart where long is wanted',
  ],
])('%s is refused', (_, reader, writer, detail) => {
  expect(resolve(reader, writer)).toEqual({ ok: false, detail });
});

test('what a record as written lacks: what has another name there, and what is not there', () => {
  const aliased = { of: 'string', aliases: ['old'] };
  const resolution = resolve(
    record({ b: aliased, c: optional('int'), l: { of: { type: 'array', items: 'int' }, default: [] }, same: 'int' }),
    record({ old: 'string', same: 'int' }),
  );
  const missing = resolution.ok ? resolution.missing : [];
  expect(missing.map(({ field, writtenAs }) => [field, writtenAs])).toEqual([
    ['b', 'old'],
    ['c', undefined],
    ['l', undefined],
  ]);
  expect(missing.map(({ defaultValue }) => defaultValue())).toEqual([undefined, null, []]);
});

test('enums that may hold more than the reader knows, optional ones too', () => {
  const more = ['p', 'q'];
  const resolution = resolve(
    record({
      a: colour(['p']),
      b: optional(colour(['p'], { name: 'F', default: 'p' })),
      c: colour(more, { name: 'G' }),
    }),
    record({ a: colour(more), b: ['null', colour(more, { name: 'F' })], c: colour(more, { name: 'G' }) }),
  );
  expect(resolution.ok && resolution.wider).toEqual([
    { field: 'a', known: ['p'], default: undefined },
    { field: 'b', known: ['p'], default: 'p' },
  ]);
});
