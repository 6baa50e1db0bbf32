// A field whose logical type was changed: where its values are still what they were, and where they would be others in silence.
import { expect, test } from '@jest/globals';
import { mismatchText, resolveAvro } from './avro-resolution.ts';
import { parseAvro } from './avro-type.ts';

const logical = (type: string, logicalType: string, more: object = {}) => ({ type, logicalType, ...more });
const fixed = (size: number, logicalType: string, more: object = {}) =>
  logical('fixed', logicalType, { name: 'F', size, ...more });
const decimal = (precision: number, scale: number) => logical('bytes', 'decimal', { precision, scale });
const MILLIS = logical('long', 'timestamp-millis');
const MICROS = logical('long', 'timestamp-micros');
const DATE = logical('int', 'date');
const array = (items: unknown) => ({ type: 'array', items });
const map = (values: unknown) => ({ type: 'map', values });
const resolve = (writer: unknown, reader: unknown) => {
  const [of, as] = [writer, reader].map((type) =>
    parseAvro([{ type: 'record', name: 'R', fields: [{ name: 'f', type }] }]),
  );
  return resolveAvro(as as never, of as never);
};

test.each<[string, unknown, unknown, string]>([
  ['a unit', MILLIS, MICROS, 'a timestamp-millis where a timestamp-micros'],
  ['a unit of nothing we know', logical('long', 'seconds'), MILLIS, 'a seconds where a timestamp-millis'],
  ['a type that is promoted', DATE, MILLIS, 'a date where a timestamp-millis'],
  ['what a number is', DATE, logical('int', 'time-millis'), 'a date where a time-millis'],
  ['a zone', MILLIS, logical('long', 'local-timestamp-millis'), 'a timestamp-millis where a local-timestamp-millis'],
  ['what bytes are', fixed(16, 'uuid'), fixed(16, 'custom'), 'a uuid where a custom'],
  [
    'a scale',
    decimal(10, 2),
    decimal(10, 3),
    'a decimal of 2 digits behind the point where a decimal of 3 digits behind the point',
  ],
  [
    'a scale in a fixed',
    fixed(8, 'decimal', { precision: 10, scale: 2 }),
    fixed(8, 'decimal', { precision: 10 }),
    'a decimal of 2 digits behind the point where a decimal of 0 digits behind the point',
  ],
  ['a unit in a union', MILLIS, ['null', MICROS], 'a timestamp-millis where a timestamp-micros'],
  ['a promoted type in a union', DATE, ['null', MILLIS], 'a date where a timestamp-millis'],
  ['what a float is', logical('float', 'a'), [logical('float', 'b'), 'double'], 'a a where a b'],
])('%s that was changed is a mismatch of the field', (_, writer, reader, detail) => {
  const plan = resolve(writer, reader);
  expect(plan.kind === 'mismatch' && mismatchText(plan)).toBe(`field f is ${detail} is wanted`);
});

const MISMATCH = { kind: 'mismatch', detail: 'is a timestamp-millis where a timestamp-micros is wanted' };
test.each<[string, unknown, unknown, object]>([
  ['a branch', ['null', MILLIS], ['null', MICROS], { kind: 'union', branches: [{ kind: 'null' }, MISMATCH] }],
  ['an item', array(MILLIS), array(MICROS), { kind: 'array', items: MISMATCH }],
  ['a value of a map', array(map(MILLIS)), array(map(MICROS)), { items: { kind: 'map', values: MISMATCH } }],
])('%s that was changed is the fault of the records that hold one', (_, writer, reader, plan) => {
  expect(resolve(writer, reader)).toMatchObject({ kind: 'record', steps: [{ plan }] });
});

test.each<[string, unknown, unknown]>([
  ['one that is new', 'long', MILLIS],
  ['one that is gone', MILLIS, 'long'],
  ['one that is gone, and a greater type', DATE, 'double'],
  ['the same in a union', MILLIS, ['null', MILLIS]],
  ['one that meant nothing', logical('long', 'date'), MILLIS],
  ['that of a text', logical('string', 'uuid'), logical('string', 'urn')],
  ['more digits of a decimal', decimal(8, 2), decimal(10, 2)],
  ['a decimal that is new', 'bytes', decimal(10, 2)],
  ['a decimal that meant nothing', decimal(1, 2), decimal(10, 3)],
])('%s changes no value', (_, writer, reader) => {
  expect(resolve(writer, reader)).toMatchObject({
    kind: 'record',
    steps: [{ plan: { kind: expect.not.stringMatching('mismatch') } }],
  });
});
