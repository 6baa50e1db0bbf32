import { expect, test } from '@jest/globals';
import { letterHeaders, weightOf } from './foreign-record.ts';

test('a record weighs what was fetched of it, headers too; one that was made of a letter its key and value', () => {
  const [key, value] = [Buffer.alloc(100), Buffer.alloc(1_000)];
  expect(weightOf({ key, value, message: { bytes: 2_000 } })).toBe(2_000);
  expect(weightOf({ key, value, message: {} })).toBe(1_100);
  expect(weightOf({ key: null, value: null, message: {} })).toBe(0);
});

test('a letter keeps headers without a value, and all values of a name', () => {
  expect(letterHeaders({ headers: { none: null, two: [Buffer.from('a'), null], text: 'b' } })).toEqual([
    { key: 'none', value: null },
    { key: 'two', value: Buffer.from('a') },
    { key: 'two', value: null },
    { key: 'text', value: Buffer.from('b') },
  ]);
  expect(letterHeaders({})).toEqual([]);
});
