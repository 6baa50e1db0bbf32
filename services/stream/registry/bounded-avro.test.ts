import { resolveAvro } from '@ess/domain/avro/avro-resolution.ts';
import { parseAvro } from '@ess/domain/avro/avro-type.ts';
import { expect, test } from '@jest/globals';
import type { Schema } from 'avsc';
import avro from 'avsc';
import { FREE_VALUES_MAX } from './avro-tap.ts';
import { BoundedReader } from './bounded-avro.ts';

const record = (type: unknown, name = 'R') => ({ type: 'record', name, fields: [{ name: 'f', type }] });
const array = (items: unknown) => ({ type: 'array', items });
const map = (values: unknown) => ({ type: 'map', values });
/** @param as the reader's schema; absent: as it was written */
const readerOf = (writer: unknown, as = writer) => new BoundedReader(resolveAvro(parseAvro([as]), parseAvro([writer])));
const read = (schema: unknown, bytes: Buffer | readonly number[], as = schema) =>
  readerOf(schema, as).read(Buffer.from(bytes as readonly number[]), 0);
const reading = (schema: unknown, bytes: Buffer | readonly number[]) => () => read(schema, bytes);
/** Zig-zag, seven bits to a byte. */
const long = (value: number | bigint): number[] => {
  let rest = BigInt(value) >= 0n ? BigInt(value) << 1n : (-BigInt(value) << 1n) - 1n;
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
};
const TREE = {
  type: 'record',
  name: 'Tree',
  fields: [{ name: 'children', type: array('Tree') }],
};
const chain = (length: number): number[] => [...Array.from({ length }, () => 2), 0, ...Array.from({ length }, () => 0)];
const empty = (name: string) => ({ type: 'record', name, fields: [] });
/** Records of two that are alike, of two that are alike, and so on: 2^levels of the innermost. */
const doubled = (levels: number, leaf: unknown): unknown => {
  let inner: unknown = record(leaf, 'L0');
  for (let level = 1; level <= levels; level += 1) {
    const fields = [
      { name: 'a', type: inner },
      { name: 'b', type: `L${level - 1}` },
    ];
    inner = { type: 'record', name: `L${level}`, fields };
  }
  return inner;
};

test.each<[string, unknown, number[], RegExp]>([
  ['a map of 2^53 - 1 entries', record(map('string')), long(2 ** 53 - 1), /field f: 9007199254740991 items announced/],
  ['an array of 400,000,000 nulls', record(array('null')), [...long(4e8), 0], /10000 values that take no byte/],
  ['nulls in many blocks', array('null'), [...long(6_000), ...long(6_000), 0], /take no byte/],
  ['empty records', array(empty('E')), [...long(20_000), 0], /take no byte/],
  ['fixed of no size', array({ type: 'fixed', name: 'F', size: 0 }), [...long(20_000), 0], /take no byte/],
  ['nulls in arrays in an array', array(array('null')), [4, ...long(6_000), 0, ...long(6_000), 0, 0], /take no byte/],
  ['more items than bytes', array('int'), [8, 2, 2, 2], /4 items announced, 3 bytes/],
  ['doubles that do not fit', array('double'), [4, 0, 0, 0, 0, 0, 0, 0, 0, 0], /2 items announced/],
  ['a negative count without its bytes', array('int'), [1, 40, 2, 0], /20 bytes announced/],
  ['a negative count that ends too early', array('int'), [3, 6, 2, 2, 2, 0], /ends 1 bytes from/],
  ['a negative count that ends too late', array('int'), [3, 2, 2, 2, 0], /ends 1 bytes from/],
  ['a negative size of a block', map('int'), [1, 3, 0, 0], /a length of -2/],
  ['the least long as a count', array('int'), [...long(-(2n ** 63n)), 0], /items announced/],
  ['the least long as a count of nulls', array('null'), [...long(-(2n ** 63n)), 0], /take no byte/],
  ['a negative count of nulls', array('null'), [...long(-1e6), 0, 0], /take no byte/],
  ['a long text', record('string'), [...long(1e9), 65], /1000000000 bytes announced, 1 are left/],
  ['a text of negative length', record('string'), [1], /a length of -1/],
  ['long bytes', record('bytes'), [...long(2 ** 40)], /bytes announced/],
  ['a long key', record(map('int')), [2, ...long(2 ** 31), 65], /bytes announced/],
  ['a fixed of 2 GB', record({ type: 'fixed', name: 'F', size: 2 ** 31 - 1 }), [1, 2], /2147483647 bytes announced/],
  ['a boolean of 2', record('boolean'), [2], /a boolean is 2/],
  ['a symbol out of range', record({ type: 'enum', name: 'E', symbols: ['A'] }), [2], /invalid E enum index: 1/],
  ['a symbol below range', record({ type: 'enum', name: 'E', symbols: ['A'] }), [1], /enum index: -1/],
  ['a branch out of range', record(['null', 'int']), [4], /union index: 2/],
  ['a branch below range', record(['null', 'int']), [1], /union index: -1/],
  ['a branch out of range of a wrapped union', record(['int', 'long']), [200, 1], /union index/],
  ['a number of eleven bytes', record('long'), [...Array(10).fill(0x80), 0], /more than 10 bytes/],
  ['a number that never ends', record('long'), Array(3_000).fill(0xff), /more than 10 bytes/],
  ['an int beyond 32 bits', record('int'), long(2 ** 31), /2147483648 is no int/],
  ['an end within a number', record('long'), [0x80], /bytes end within/],
  ['an end within a float', record('float'), [0, 0], /4 bytes announced, 2 are left/],
  ['an end within a double', record('double'), [0, 0], /8 bytes announced/],
  ['nothing', record('string'), [], /bytes end within/],
  ['bytes behind', record('null'), [0], /1 bytes are left behind/],
  ['sixty-five values deep', TREE, chain(65), /64 values one inside the other/],
  ['a million deep', TREE, Array(1e6).fill(2), /64 values one inside the other/],
  ['records that double without bytes', doubled(40, 'null'), [], /take no byte/],
  ['records that double with bytes', doubled(40, 'boolean'), [], /bytes end within/],
  [
    'records of many nulls under one byte each',
    array([empty('X'), doubled(8, 'null')]),
    [...long(100), ...Array(100).fill(2)],
    /take no byte/,
  ],
])('%s is refused', (_, schema, bytes, detail) => {
  expect(reading(schema, bytes)).toThrow(detail);
});

test.each<[string, unknown, number[], unknown]>([
  ['a negative count with its bytes', array('int'), [3, 4, 2, 4, 0], [1, 2]],
  ['a negative count of entries', map('int'), [1, 6, 2, 65, 2, 0], { A: 1 }],
  ['several blocks of both kinds', array('int'), [2, 2, 3, 4, 4, 6, 2, 8, 0], [1, 2, 3, 4]],
  ['as many nulls as are allowed', array('null'), [...long(FREE_VALUES_MAX), 0], Array(FREE_VALUES_MAX).fill(null)],
  ['a negative count of nulls with no bytes', array('null'), [3, 0, 0], [null, null]],
  ['the largest long that is a number', record('long'), long(2 ** 53 - 1), { f: 2 ** 53 - 1 }],
  ['the least long that is a number', record('long'), long(-(2 ** 53) + 1), { f: -(2 ** 53) + 1 }],
  ['the least int', record('int'), long(-(2 ** 31)), { f: -(2 ** 31) }],
  ['a number with idle bytes', record('long'), [0x82, 0x80, 0x00], { f: 1 }],
  [
    'many items of one byte',
    array('boolean'),
    [...long(50_000), ...Array(50_000).fill(1), 0],
    Array(50_000).fill(true),
  ],
])('%s is read', (_, schema, bytes, expected) => {
  expect(JSON.parse(JSON.stringify(read(schema, bytes)))).toEqual(expected);
});

test('a tree as deep as is allowed is read, one after the other', () => {
  for (let time = 0; time < 3; time += 1)
    expect(read(TREE, chain(30))).toMatchObject({ children: [{ children: [{}] }] });
});

test('keys that JavaScript knows are keys like others', () => {
  const keys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  const entries = keys.flatMap((key) => [...long(key.length), ...Buffer.from(key), 2, 2, 65, ...long(5), 0]);
  const values = read(map(map('long')), [...long(keys.length), ...entries, 0]) as Record<string, unknown>;
  expect(Object.keys(values)).toEqual(keys);
  expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
  expect(Object.getOwnPropertyDescriptor(values, '__proto__')?.value).toEqual({ A: 5 });
  expect(({} as Record<string, unknown>)['A']).toBeUndefined();
});

test('fields that JavaScript knows are fields like others', () => {
  const names = ['constructor', 'toString', 'hasOwnProperty', 'clone', 'valueOf'];
  const schema = { type: 'record', name: 'constructor', fields: names.map((name) => ({ name, type: 'int' })) };
  expect(JSON.parse(JSON.stringify(read(schema, [2, 4, 6, 8, 10])))).toEqual(
    Object.fromEntries(names.map((name, index) => [name, index + 1])),
  );
});

const many = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `f${index}`, type: 'int' }));
const nested = (depth: number): unknown => (depth === 0 ? 'int' : array(nested(depth - 1)));
const mutual = { type: 'record', name: 'A', fields: [{ name: 'b', type: record('A', 'B') }] };
const distinct = Array.from({ length: 100 }, (_, index) => record(index === 0 ? 'int' : `R${index - 1}`, `R${index}`));

test.each<[string, unknown, RegExp]>([
  ['a record that contains itself', record('R'), /R contains itself/],
  ['records that contain one another', mutual, /A contains itself/],
  ['100,000 fields', { type: 'record', name: 'R', fields: many(100_000) }, /more than 10000/],
  [
    '100,000 symbols',
    { type: 'enum', name: 'E', symbols: Array.from({ length: 1e5 }, (_, i) => `S${i}`) },
    /more than/,
  ],
  [
    '2,000 records',
    Array.from({ length: 2_000 }, (_, at) => ({ type: 'record', name: `U${at}`, fields: [] })),
    /more than 1000 /,
  ],
  ['100,000 branches', Array(1e5).fill('int'), /more than 10000/],
  ['a text of a hundred levels', nested(100), /nested more than 64/],
  ['a hundred records one in the other by name', distinct, /64 deep/],
  [
    'a field called __proto__',
    { type: 'record', name: 'R', fields: [{ name: '__proto__', type: 'int' }] },
    /__proto__/,
  ],
  ['a type called __proto__', record('int', 'a.__proto__'), /__proto__/],
  ['a namespace called __proto__', { ...record('int'), namespace: '__proto__.b' }, /__proto__/],
  ['a name that is code', record('int', 'R(){}; while(1);'), /invalid name/],
  [
    'a field whose name is code',
    { type: 'record', name: 'R', fields: [{ name: 'a;b', type: 'int' }] },
    /invalid field/,
  ],
  ['a long name', record('int', 'R'.repeat(1e6)), /longer than/],
  ['a type called constructor', record('constructor'), /undefined type/],
  ['a type of type constructor', { type: 'constructor' }, /undefined type/],
  ['a fixed of 2^31 bytes', record({ type: 'fixed', name: 'F', size: 2 ** 31 }), /invalid F size/],
  ['a fixed of -1 bytes', record({ type: 'fixed', name: 'F', size: -1 }), /invalid F size/],
  ['fields that are none', { type: 'record', name: 'R', fields: { a: 1 } }, /no list/],
  ['a field that is none', { type: 'record', name: 'R', fields: [null] }, /no text/],
  ['nothing', null, /is no type/],
  ['a number', 5, /is no type/],
  ['no branches', [], /empty union/],
])('a schema with %s is refused', (_, schema, detail) => {
  expect(() => readerOf(schema)).toThrow(detail);
});

test('a schema that others are referred from is read with them', () => {
  const inner = { ...record('int', 'Inner'), namespace: 'a.b' };
  const type = parseAvro([inner, { ...record('a.b.Inner', 'Outer'), namespace: 'c' }]);
  expect(new BoundedReader(resolveAvro(type, type)).read(Buffer.from([9, 6]), 1)).toEqual({ f: { f: 3 } });
});

test('what is read past is bounded too', () => {
  const gone = { name: 'gone', type: map(array(['null', TREE, doubled(4, 'null')])) };
  const kept = { name: 'kept', type: array('int') };
  const reader = readerOf(
    { type: 'record', name: 'R', fields: [gone, kept] },
    { type: 'record', name: 'R', fields: [kept] },
  );
  const resolve = (...bytes: number[]) => reader.read(Buffer.from(bytes), 0);
  expect(resolve(2, 0, 4, 2, 0, 0, 0, 0, 4, 2, 4, 0)).toEqual({ kept: [1, 2] });
  expect(() => resolve(...long(2 ** 53 - 1), 0, 0)).toThrow(/items announced/);
  expect(() => resolve(1, 40, 0, 0)).toThrow(/bytes announced/);
  expect(() => resolve(1, 1, 0, 0)).toThrow(/a length of -1/);
  expect(() => resolve(2, 0, 2, 2, ...Array(100).fill(2))).toThrow(/64 values/);
  expect(() => resolve(2, 0, ...long(400), ...Array(400).fill(4), 0, 0)).toThrow(/take no byte/);
});

test('a record that has much more by default than in its bytes pays for it', () => {
  const fields = Array.from({ length: 100 }, (_, index) => ({ name: `f${index}`, type: 'int', default: 1 }));
  const wide = { type: 'record', name: 'E', fields };
  expect(() =>
    read(array(['null', empty('E')]), [...long(200), ...Array(200).fill(2), 0], array(['null', wide])),
  ).toThrow(/take no byte/);
});

test.each<[string, Schema]>([
  ['a map of maps', map(map('double')) as Schema],
  ['arrays of unions', array(['null', 'string', array('bytes')]) as Schema],
])('%s is read as avsc reads it', (_, schema) => {
  const plain = avro.Type.forSchema(schema);
  const bounded = readerOf(schema);
  for (let time = 0; time < 200; time += 1) {
    const bytes = plain.toBuffer(plain.random());
    expect(bounded.read(bytes, 0)).toEqual(plain.fromBuffer(bytes));
  }
});
