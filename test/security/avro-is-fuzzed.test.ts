// Whatever bytes and schemas are drawn: reading ends, what comes of it is bounded, and what is right is read as avsc reads it.
import { resolveAvro } from '@ess/domain/avro/avro-resolution.ts';
import { parseAvro } from '@ess/domain/avro/avro-type.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { FREE_VALUES_MAX } from '@ess/stream/registry/avro-tap.ts';
import { BoundedReader } from '@ess/stream/registry/bounded-avro.ts';
import { expect, test } from '@jest/globals';
import type { Schema } from 'avsc';
import avro from 'avsc';
import fc from 'fast-check';
import { array, CHAIN, KINDS, long, map, one, TREE } from '../fakes/kafka/avro-bytes.ts';
import { fuzz } from '../judges/fuzz.ts';

function readerOf(schema: unknown): BoundedReader {
  const type = parseAvro([schema]);
  return new BoundedReader(resolveAvro(type, type));
}

const SCHEMAS = [
  readSchema('rules'),
  readSchema('ess.control'),
  readSchema('ess.dead-letters'),
  one(array(['null', 'int', 'double', KINDS, map(array('null'))])),
  one(map(array(one(['null', 'bytes', { type: 'fixed', name: 'F', size: 3 }], 'S')))),
  one(array(one('float', 'S'))),
  TREE,
  CHAIN,
].map((schema) => ({ plain: avro.Type.forSchema(schema as Schema), bounded: readerOf(schema) }));
const schemas = fc.constantFrom(...SCHEMAS);
/** What decides what a value is; read in a circle. */
const dice = fc.array(fc.nat(255), { minLength: 1, maxLength: 60 });
const edits = fc.array(
  fc.record({
    at: fc.nat(400),
    gone: fc.nat(3),
    // Counts and lengths of any size, and any bytes.
    put: fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(long), fc.integer().map(long), fc.array(fc.nat(255))),
  }),
  { minLength: 1, maxLength: 4 },
);

interface Shape {
  readonly typeName: string;
  readonly branchName: string;
  readonly fields: ReadonlyArray<{ readonly name: string; readonly type: Shape }>;
  readonly types: readonly Shape[];
  readonly itemsType: Shape;
  readonly valuesType: Shape;
  readonly symbols: readonly string[];
  readonly size: number;
}

function valueFor(type: Shape, roll: () => number, depth = 0): unknown {
  const inner = (of: Shape) => valueFor(of, roll, depth + 1);
  const some = depth > 8 ? [] : Array.from({ length: roll() % 4 }, roll);
  switch (type.typeName) {
    case 'record':
      return Object.fromEntries(type.fields.map(({ name, type: of }) => [name, inner(of)]));
    case 'array':
      return some.map(() => inner(type.itemsType));
    case 'map':
      return Object.fromEntries(some.map((key) => [`k${key}`, inner(type.valuesType)]));
    case 'union:unwrapped':
    case 'union:wrapped': {
      const branch = type.types[depth > 8 ? 0 : roll() % type.types.length] as Shape;
      const value = inner(branch);
      return value === null || type.typeName === 'union:unwrapped' ? value : { [branch.branchName]: value };
    }
    case 'enum':
      return type.symbols[roll() % type.symbols.length];
    case 'string':
      return 'ä'.repeat(roll());
    case 'bytes':
      return Buffer.from(some);
    case 'fixed':
      return Buffer.alloc(type.size, roll());
    case 'boolean':
      return roll() % 2 === 0;
    case 'int':
      return roll() * 2 ** (roll() % 24) - 2 ** 30;
    case 'long':
      return roll() * 2 ** (roll() % 45) - 2 ** 40;
    case 'null':
      return null;
    default:
      return roll() / 4;
  }
}

function bytesOf(plain: avro.Type, rolls: readonly number[]): Buffer {
  let next = 0;
  return plain.toBuffer(valueFor(plain as unknown as Shape, () => rolls[next++ % rolls.length] as number));
}

/** As avsc has read it, its wrapped unions unwrapped, and records as plain objects. */
function unwrapped(type: Shape, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value;
  const inner = value as Record<string, unknown>;
  switch (type.typeName) {
    case 'record':
      return Object.fromEntries(type.fields.map(({ name, type: of }) => [name, unwrapped(of, inner[name])]));
    case 'array':
      return (value as unknown[]).map((item) => unwrapped(type.itemsType, item));
    case 'map':
      return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, unwrapped(type.valuesType, of)]));
    case 'union:wrapped': {
      const [[name, of] = ['', null]] = Object.entries(value);
      return unwrapped(type.types.find(({ branchName }) => branchName === name) as Shape, of);
    }
    default: {
      const kind = Array.isArray(value)
        ? 'array'
        : Object.getPrototypeOf(value) === Object.prototype
          ? 'map'
          : 'record';
      return unwrapped(type.types.find(({ typeName }) => typeName === kind) as Shape, value);
    }
  }
}

const TOO_LONG = Symbol('a long beyond 2^53, which avsc refuses');

function asAvscReads(plain: avro.Type, bytes: Buffer): unknown {
  try {
    return unwrapped(plain as unknown as Shape, plain.fromBuffer(bytes));
  } catch (error) {
    if ((error as Error).message === 'potential precision loss') return TOO_LONG;
    throw error;
  }
}

/** avsc reads a long as twice its size in a float, whose last bit is the sign: from 2^52 on that bit is lost. Ours is exact. */
function coarse(value: unknown): unknown {
  if (typeof value === 'number') return Math.abs(value) >= 2 ** 52 ? 'of 2^52 or more' : value;
  if (Array.isArray(value)) return value.map(coarse);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, coarse(inner)]));
}

/** Items of all arrays and entries of all maps. */
function itemsIn(value: unknown): number {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return 0;
  const inner = Object.values(value);
  const counted = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  return inner.reduce<number>((sum, each) => sum + itemsIn(each), counted ? inner.length : 0);
}

test('any bytes are read as avsc reads them, or refused; what comes of them is bounded by their number', async () => {
  const property = fc.property(schemas, dice, fc.option(edits), ({ plain, bounded }, rolls, changes) => {
    let bytes = bytesOf(plain, rolls);
    for (const { at, gone, put } of changes ?? []) {
      const place = at % (bytes.length + 1);
      bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from(put), bytes.subarray(place + gone)]);
    }
    let value: unknown;
    try {
      value = bounded.read(bytes, 0);
    } catch (error) {
      expect(changes).not.toBeNull();
      expect((error as Error).message).not.toBe('');
      return;
    }
    expect(itemsIn(value)).toBeLessThanOrEqual(bytes.length + FREE_VALUES_MAX);
    // avsc has no bounds: it is asked only about what is known to end.
    const expected = asAvscReads(plain, bytes);
    if (expected !== TOO_LONG) expect(coarse(value)).toEqual(coarse(expected));
  });
  await fuzz('avro bytes', property);
});

test('blocks of any sizes, with and without their bytes, are one array', async () => {
  const blocks = fc.array(fc.record({ items: fc.array(fc.integer(), { minLength: 1 }), sized: fc.boolean() }));
  const reader = readerOf(one(array('int')));
  const property = fc.property(blocks, (all) => {
    const written = all.flatMap(({ items, sized }) => {
      const bytes = items.flatMap(long);
      return [...(sized ? [...long(-items.length), ...long(bytes.length)] : long(items.length)), ...bytes];
    });
    const expected = { f: all.flatMap(({ items }) => items) };
    expect(reader.read(Buffer.from([...written, 0]), 0)).toEqual(expected);
  });
  await fc.assert(property, { numRuns: 500 });
});

/** Schemas that name, nest and repeat whatever they like. */
const foreign = fc.letrec<{ type: unknown }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(
      'null',
      'boolean',
      'int',
      'long',
      'double',
      'string',
      'bytes',
      'A',
      'B',
      'C',
      '__proto__',
      'constructor',
    ),
    fc.array(tie('type'), { maxLength: 4 }),
    fc.record({ type: fc.constant('array'), items: tie('type') }),
    fc.record({ type: fc.constant('map'), values: tie('type') }),
    fc.record({ type: fc.constant('fixed'), name: fc.constantFrom('D', 'E'), size: fc.oneof(fc.nat(4), fc.integer()) }),
    fc.record({
      type: fc.constant('record'),
      name: fc.constantFrom('A', 'B', 'C', 'toString'),
      fields: fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', '__proto__'), type: tie('type') }), {
        maxLength: 4,
      }),
    }),
    fc.anything(),
  ),
})).type;

test('any schema is refused or ends, whatever bytes it is given', async () => {
  const property = fc.property(
    foreign,
    fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }),
    (schema, bodies) => {
      let reader: BoundedReader;
      try {
        reader = readerOf(schema);
      } catch {
        return;
      }
      for (const body of bodies) {
        let value: unknown;
        try {
          value = reader.read(Buffer.from(body), 0);
        } catch {
          continue;
        }
        expect(itemsIn(value)).toBeLessThanOrEqual(body.length + FREE_VALUES_MAX);
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
    },
  );
  await fuzz('avro schemas', property);
});
