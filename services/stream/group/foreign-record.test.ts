import { expect, test } from '@jest/globals';
import { letterHeaders } from './foreign-record.ts';

test('a letter keeps headers without a value, and all values of a name', () => {
  expect(letterHeaders({ none: undefined, two: [Buffer.from('a'), undefined], one: Buffer.from('b') })).toEqual([
    { key: 'none', value: null },
    { key: 'two', value: Buffer.from('a') },
    { key: 'two', value: null },
    { key: 'one', value: Buffer.from('b') },
  ]);
  expect(letterHeaders({})).toEqual([]);
});
