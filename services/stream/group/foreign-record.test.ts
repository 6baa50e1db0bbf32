import { expect, test } from '@jest/globals';
import { letterHeaders, recordHeaders } from './foreign-record.ts';

test('a letter keeps headers without a value, and all values of a name, and gives them back', () => {
  const headers = { none: undefined, two: [Buffer.from('a'), undefined], one: Buffer.from('b') };
  const kept = letterHeaders(headers);
  expect(kept).toEqual([
    { key: 'none', value: null },
    { key: 'two', value: Buffer.from('a') },
    { key: 'two', value: null },
    { key: 'one', value: Buffer.from('b') },
  ]);
  expect(Object.entries(recordHeaders(kept))).toEqual(Object.entries(headers));
  expect(letterHeaders({})).toEqual([]);
});
