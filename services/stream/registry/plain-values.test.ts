// What comes of a record that was written with one schema and is read as another: plain values, as Java reads them.
import { resolveAvro } from '@ess/domain/avro/avro-resolution.ts';
import { parseAvro } from '@ess/domain/avro/avro-type.ts';
import { expect, test } from '@jest/globals';
import type { Schema } from 'avsc';
import avro from 'avsc';
import { BoundedReader } from './bounded-avro.ts';

const record = (type: unknown, name = 'R') => ({ type: 'record', name, fields: [{ name: 'f', type }] });
const array = (items: unknown) => ({ type: 'array', items });
const map = (values: unknown) => ({ type: 'map', values });
/** @param as the reader's schema; absent: as it was written */
const read = (schema: unknown, bytes: Buffer | readonly number[], as = schema) =>
  new BoundedReader(resolveAvro(parseAvro([as]), parseAvro([schema]))).read(Buffer.from(bytes as readonly number[]), 0);
/** Zig-zag, seven bits to a byte. */
const long = (value: number | bigint): number[] => {
  let rest = BigInt(value) >= 0n ? BigInt(value) << 1n : (-BigInt(value) << 1n) - 1n;
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
};

test.each<[string, unknown, bigint[]]>([
  ['longs that no number holds', 'long', [2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]],
])('%s are bigints', (_, type, values) => {
  for (const value of values) expect(read(record(type), long(value))).toEqual({ f: value });
});

const float = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return [...bytes];
};
test.each<[string, unknown, number[], unknown, unknown]>([
  ['int as double', 'int', [6], 'double', 3],
  ['int as float', 'int', long(2 ** 24 + 1), 'float', 2 ** 24],
  ['long as float', 'long', long(2 ** 24 + 1), 'float', 2 ** 24],
  // Rounded once: by way of a double the last bit that decides would be gone.
  ['a great long as float', 'long', long(2n ** 62n + 2n ** 38n + 1n), 'float', 2 ** 62 + 2 ** 39],
  ['a great negative long as float', 'long', long(-(2n ** 62n) - 2n ** 38n - 1n), 'float', -(2 ** 62) - 2 ** 39],
  ['a great long as double', 'long', long(2n ** 62n + 1n), 'double', 2 ** 62],
  ['float as double', 'float', float(0.1), 'double', Math.fround(0.1)],
  ['string as bytes', 'string', [4, 195, 164], 'bytes', Buffer.from('ä')],
  ['bytes as string', 'bytes', [4, 195, 164], 'string', 'ä'],
])('%s is read as Java reads it', (_, writer, bytes, reader, expected) => {
  expect(read(record(writer), bytes, record(reader))).toEqual({ f: expected });
});

const E = (symbols: string[], more = {}) => ({ type: 'enum', name: 'E', symbols, ...more });
test.each<[string, unknown, number[], unknown, RegExp]>([
  ['a branch', record(['null', 'string']), [0], record('string'), /^field f is null where string is wanted$/],
  [
    'a symbol',
    record(array(E(['p', 'q']))),
    [4, 0, 2, 0],
    record(array(E(['p']))),
    /^field f\[\] is q, a symbol that E has not$/,
  ],
  [
    'a field of a record in a map',
    record(map(record('int', 'N'))),
    [2, 2, 65, 2, 0],
    record(map(record('string', 'N'))),
    /^field f\{\}.f is int where string is wanted$/,
  ],
  [
    "bytes that break off, by the reader's name",
    record('string'),
    [4, 65],
    { type: 'record', name: 'R', fields: [{ name: 'g', aliases: ['f'], type: 'string' }] },
    /^field g: 2 bytes announced/,
  ],
])('%s that cannot be read is named', (_, writer, bytes, reader, detail) => {
  expect(() => read(writer, bytes, reader)).toThrow(detail);
});

test('a symbol that the reader has not is its default', () => {
  expect(read(record(E(['p', 'q'])), [2], record(E(['x', 'p'], { default: 'x' })))).toEqual({ f: 'x' });
});

const NUMBERS = ['null', 'int', 'long', 'float', 'double'];
test.each<[string, unknown, unknown, unknown]>([
  ['a long beside an int', NUMBERS, { long: 5 }, 5],
  ['a double beside a float', NUMBERS, { double: 0.5 }, 0.5],
  ['null', NUMBERS, null, null],
  ['a text beside an enum', ['string', E(['p'])], { string: 'p' }, 'p'],
  ['an enum beside a text', ['string', E(['p'])], { E: 'p' }, 'p'],
  ['the second of two records', [record('int', 'A'), record('int', 'B')], { B: { f: 5 } }, { f: 5 }],
  ['a map that looks like a branch', ['int', map('long'), 'long'], { map: { long: 5 } }, { long: 5 }],
  ['bytes beside a text', ['string', 'bytes'], { bytes: Buffer.from('a') }, Buffer.from('a')],
  [
    'branches within an array',
    array(['int', array(['int', 'long'])]),
    [{ array: [{ long: 1 }, { int: 2 }] }],
    [[1, 2]],
  ],
])('of a union %s arrives plain', (_, schema, written, expected) => {
  const value = read(schema, avro.Type.forSchema(schema as Schema, { wrapUnions: 'always' }).toBuffer(written));
  expect(value).toEqual(expected);
});

test('a float beside a double becomes the double of its shortest decimal: nothing tells later which it was', () => {
  const union = ['null', 'float', 'double'];
  const double = Buffer.alloc(8);
  double.writeDoubleLE(Math.fround(0.1));
  expect(read(record(union), [2, ...float(0.1)])).toEqual({ f: 0.1 });
  expect(read(record(union), [4, ...double])).toEqual({ f: Math.fround(0.1) });
  expect(read(record('float'), float(0.1), record(union))).toEqual({ f: 0.1 });
  expect(read(record(['null', 'float']), [2, ...float(0.1)])).toEqual({ f: Math.fround(0.1) });
});
