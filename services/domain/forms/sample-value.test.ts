import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { expect, test } from '@jest/globals';
import { sampleValue } from './sample-value.ts';
import { compileSentForm } from './sent-form.ts';

const logical = (type: string, logicalType: string, more: object = {}) =>
  ({ type, logicalType, ...more }) as unknown as AvroSchemaJson;
const fixed = (size: number, logicalType: string, more: object = {}) =>
  ({ type: 'fixed', name: 'F', size, logicalType, ...more }) as AvroSchemaJson;
const MONEY = logical('bytes', 'decimal', { precision: 30, scale: 2 });

test.each<[AvroSchemaJson, unknown, unknown]>([
  [MONEY, '12.34', Buffer.from('04d2', 'hex')],
  [MONEY, '-1.28', Buffer.from('80', 'hex')],
  [fixed(4, 'decimal', { precision: 9 }), '-10', Buffer.from('fffffff6', 'hex')],
  [logical('int', 'date'), '2026-11-24', 20_781],
  [logical('int', 'time-millis'), '10:00:00.123', 36_000_123],
  [logical('long', 'time-micros'), '00:00:00.000001', 1],
  [logical('long', 'local-timestamp-millis'), '1969-12-31T23:59:59.5', -500],
  [logical('long', 'local-timestamp-nanos'), '2026-11-24T10:00:00.000000005', 1_795_514_400_000_000_005n],
  [fixed(12, 'duration'), 'P1M2DT3H4M5.006S', Buffer.from('01000000020000008e88a800', 'hex')],
  [fixed(16, 'uuid'), 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6', Buffer.from('f81d4fae7dec11d0a76500a0c91e6bf6', 'hex')],
  ['long', '9007199254740993', 9_007_199_254_740_993n],
])('%j: the sample %p is the value that goes out as it', (type, json, value) => {
  expect(sampleValue(type, json)).toEqual(value);
  expect(JSON.stringify(compileSentForm(type, 'f').write?.(value)).replaceAll('"', '')).toBe(json);
});

test('bytes are base64; what is not of the form, or needs none, stays', () => {
  expect(sampleValue('bytes', '//4=')).toEqual(Buffer.from('fffe', 'hex'));
  for (const [type, json] of [
    [MONEY, '1.5'],
    ['string', 'a'],
    ['float', 0.1],
    [logical('long', 'timestamp-millis'), 5],
  ] as [AvroSchemaJson, unknown][])
    expect(sampleValue(type, json)).toBe(json);
});

test.each<[AvroSchemaJson, string, unknown]>([
  [['string', 'bytes'], 'abcd', 'abcd'],
  [['bytes', 'string'], 'abcd', Buffer.from('abcd', 'base64')],
  [['null', { type: 'enum', name: 'S', symbols: ['on'] }, 'bytes'], 'on', 'on'],
  [['long', 'string'], '5', '5'],
  [['long', 'string'], '9007199254740993', 9_007_199_254_740_993n],
])('in the union %j the sample %p is of the first branch that holds it', (type, json, value) => {
  expect(sampleValue(type, json)).toEqual(value);
});

test('inside of records, lists, maps and unions', () => {
  const record = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'days', type: { type: 'array', items: ['null', logical('int', 'date')] } },
      { name: 'prices', type: { type: 'map', values: [MONEY, 'int'] } },
      { name: 'inner', type: ['null', 'R'] },
    ],
  } as AvroSchemaJson;
  const json = { days: ['1970-01-02', null], prices: { a: '0.01', b: 7 }, inner: { days: [], other: 1 } };
  expect(sampleValue(record, json)).toEqual({
    days: [1, null],
    prices: { a: Buffer.from([1]), b: 7 },
    inner: { days: [], other: 1 },
  });
});
