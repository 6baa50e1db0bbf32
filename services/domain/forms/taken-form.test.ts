import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileSentForm } from './sent-form.ts';
import { compileTakenForm } from './taken-form.ts';

const logical = (type: string, logicalType: string, more: object = {}) =>
  ({ type, logicalType, ...more }) as unknown as AvroSchemaJson;
const MILLIS = logical('long', 'timestamp-millis');
const MICROS = logical('long', 'timestamp-micros');
const MONEY = logical('bytes', 'decimal', { precision: 9, scale: 2 });
const SPAN = { type: 'fixed', name: 'Span', size: 12, logicalType: 'duration' } as AvroSchemaJson;
const UUID = { type: 'fixed', name: 'Id', size: 16, logicalType: 'uuid' } as AvroSchemaJson;
const TWO = { type: 'fixed', name: 'Two', size: 2 } as AvroSchemaJson;

function reader(type: AvroSchemaJson, as?: string) {
  const { form, faults } = compileTakenForm(type, 'field', as);
  expect(faults).toEqual([]);
  return form!;
}

test.each<[string, AvroSchemaJson, string | undefined, unknown, unknown]>([
  ['digits', 'long', 'string', '12', 12],
  ['digits beyond an int', 'int', 'string', '3000000000', undefined],
  ['digits that a double rounds', 'long', 'string', '9007199254740993', undefined],
  ['no digits', 'int', 'string', '1.5', undefined],
  ['a number, no text', 'int', 'string', 12, undefined],
  ['a fraction in a text', 'double', 'string', '1.5e3', 1500],
  ['a number for a text', 'string', 'number', 1.5, '1.5'],
  ['a whole number for a text', 'string', 'integer', 7, '7'],
  ['a whole number for a fraction', 'double', 'integer', 7, 7],
  ['a fraction', 'double', 'integer', 7.5, undefined],
  ['base64', 'bytes', 'base64', 'AP8=', Buffer.from([0, 255])],
  ['base64 of other letters', 'bytes', 'base64', 'AP_=', undefined],
  ['hexadecimal', TWO, 'hex', '00Ff', Buffer.from([0, 255])],
  ['too few bytes', TWO, 'hex', '00', undefined],
  ['a text', 'bytes', 'text', 'ä', Buffer.from('ä')],
  ['half a character', 'bytes', 'text', '\ud800', undefined],
  ['a decimal by default', MONEY, undefined, '-12.5', Buffer.from([0xfb, 0x1e])],
  ['a decimal of a number', MONEY, 'number', 12.5, Buffer.from([4, 0xe2])],
  [
    'a decimal of a small number',
    logical('bytes', 'decimal', { precision: 9, scale: 8 }),
    'number',
    1e-7,
    Buffer.from([10]),
  ],
  ['a decimal of too many digits', MONEY, 'number', 12.505, undefined],
  ['days', logical('int', 'date'), 'days', 20_781, 20_781],
  ['milliseconds of a day', logical('int', 'time-millis'), 'ms', 36_000_123, 36_000_123],
  ['microseconds of a day', logical('int', 'time-millis'), 'us', 36_000_123_000, 36_000_123],
  ['microseconds that are no milliseconds', logical('int', 'time-millis'), 'us', 1, undefined],
  ['more than a day', logical('int', 'time-millis'), 'ms', 86_400_000, undefined],
  ['a date-time', MILLIS, 'date-time', '2026-11-24T10:00:00.123Z', 1_795_514_400_123],
  ['a date-time of a zone', MICROS, 'date-time', '2026-11-24T11:30:00.000001+01:30', 1_795_514_400_000_001],
  ['a date-time of more digits', MILLIS, 'date-time', '2026-11-24T10:00:00.0001Z', undefined],
  ['a date-time before 1970', MILLIS, 'date-time', '1969-12-31T23:59:59.999Z', -1],
  ['a day that no month has', MILLIS, 'date-time', '2026-02-30T10:00:00Z', undefined],
  ['a time without a zone', MILLIS, 'date-time', '2026-11-24T10:00:00', undefined],
  ['seconds with a fraction', MILLIS, 'epoch-s', 1_795_514_400.123, 1_795_514_400_123],
  ['seconds with too much of it', MILLIS, 'epoch-s', 0.0001, undefined],
  ['milliseconds', MICROS, 'epoch-ms', 1_795_514_400_123, 1_795_514_400_123_000],
  ['a span', SPAN, undefined, 'P1DT2H', Buffer.from([0, 0, 0, 0, 1, 0, 0, 0, 0, 0xdd, 0x6d, 0])],
  [
    'a uuid',
    UUID,
    undefined,
    'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    Buffer.from('f81d4fae7dec11d0a76500a0c91e6bf6', 'hex'),
  ],
  ['what is no uuid', UUID, undefined, 'f81d', undefined],
])('%s', (_, type, as, json, value) => {
  expect(reader(type, as).read(json)).toEqual(value);
});

test.each<[string, AvroSchemaJson, string | undefined, string]>([
  [
    'a text of anything',
    { type: 'map', values: 'int' },
    'json-text',
    '"json-text" has no way back: a text says the same value in many ways (map the fields inside it)',
  ],
  [
    'a day for a moment',
    MILLIS,
    'date',
    '"date" has no way back: a day has no time (take a date-time, or another field)',
  ],
  [
    'nanoseconds',
    logical('long', 'timestamp-nanos'),
    'date-time',
    '"date-time" has no way back: a door has no number that holds it (leave it out)',
  ],
  [
    'two types',
    ['long', 'string'],
    'number',
    '"number" does not fit a long (remove "as": no form fits all that the field may be)',
  ],
  [
    'two numbers',
    ['int', 'long'],
    'string',
    'field is of several types, and what a door is given does not tell which (leave it out)',
  ],
  [
    'a list',
    { type: 'array', items: 'bytes' },
    'base64',
    '"base64" has no way back for an array (map its elements, with "[]")',
  ],
  [
    'bytes without a form',
    'bytes',
    undefined,
    'field holds bytes, which JSON cannot carry (say how: { "to": …, "as": … } with "base64", "hex", "text")',
  ],
])('%s has no way back', (_, type, as, complaint) => {
  expect(compileTakenForm(type, 'field', as).faults.map(({ message, remedy }) => `${message} (${remedy})`)).toEqual([
    complaint,
  ]);
});

describe('what was sent is taken for the same value', () => {
  const moment = fc.integer({ min: -60_000_000_000_000, max: 250_000_000_000_000 });
  test.each<[string, AvroSchemaJson, string | undefined, fc.Arbitrary<unknown>]>([
    ['long as string', 'long', 'string', fc.maxSafeInteger()],
    ['double as string', 'double', 'string', fc.double({ noNaN: true, noDefaultInfinity: true })],
    ['bytes as base64', ['null', 'bytes'], 'base64', fc.uint8Array().map((bytes) => Buffer.from(bytes))],
    ['bytes as hex', 'bytes', 'hex', fc.uint8Array().map((bytes) => Buffer.from(bytes))],
    ['bytes as text', 'bytes', 'text', fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text))],
    ['date as days', logical('int', 'date'), 'days', fc.integer({ min: -700_000, max: 2_000_000 })],
    ['time as us', logical('int', 'time-millis'), 'us', fc.integer({ min: 0, max: 86_399_999 })],
    ['timestamp-millis as date-time', MILLIS, 'date-time', moment],
    ['timestamp-micros as date-time', MICROS, 'date-time', fc.maxSafeInteger()],
    ['timestamp-millis as epoch-s', MILLIS, 'epoch-s', moment],
    ['timestamp-micros as epoch-s', MICROS, 'epoch-s', fc.integer({ min: -(10 ** 12), max: 10 ** 12 })],
    ['uuid', UUID, undefined, fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes))],
    ['decimal', MONEY, undefined, fc.integer({ min: 0, max: 127 }).map((byte) => Buffer.from([byte]))],
    ['decimal as number', MONEY, 'number', fc.integer({ min: 0, max: 127 }).map((byte) => Buffer.from([byte]))],
  ])('%s', (_, type, as, values) => {
    const { write } = compileSentForm(type, 'field', as);
    const { read } = reader(type, as);
    fc.assert(
      fc.property(values, (value) => {
        const json = JSON.parse(JSON.stringify(write ? write(value) : value));
        expect(read(json)).toEqual(Object.is(value, -0) ? 0 : value);
      }),
    );
  });
});
