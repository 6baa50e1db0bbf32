import { describe, expect, test } from '@jest/globals';
import { letterHeaders, timeOf, weightOf } from './foreign-record.ts';

describe('the time of a record', () => {
  test.each([
    ['1795000000000', 1_795_000_000_000],
    ['0', 0],
    ['-1', -1],
    ['-9223372036854775808', -1],
    ['8640000000000001', 8_640_000_000_000_000],
    ['9223372036854775807', 8_640_000_000_000_000],
  ])('%s is a date, whatever it is', (timestamp, expected) => {
    expect(timeOf({ timestamp })).toBe(expected);
  });
});

test('a record weighs what its key, its value and its headers weigh', () => {
  const headers = { one: Buffer.alloc(10), many: [Buffer.alloc(1), Buffer.alloc(2)] };
  expect(weightOf({ key: Buffer.alloc(100), value: Buffer.alloc(1_000), message: { headers } })).toBe(1_120);
  expect(weightOf({ key: null, value: null, message: {} })).toBe(0);
});

test('a letter keeps headers without a value, and all values of a name', () => {
  const nothing = null as unknown as Buffer;
  expect(letterHeaders({ headers: { none: nothing, two: [Buffer.from('a'), nothing], text: 'b' } })).toEqual([
    { key: 'none', value: null },
    { key: 'two', value: Buffer.from('a') },
    { key: 'two', value: null },
    { key: 'text', value: Buffer.from('b') },
  ]);
  expect(letterHeaders({})).toEqual([]);
});
