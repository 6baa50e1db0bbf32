import { letterHeaders } from '@ess/stream/group/foreign-record.ts';
import { itemsOf, letterOf, openRedrive } from '@ess/test/harness/data/redrive.ts';
import { expect, test } from '@jest/globals';

test('a letter that is parked again has all the headers that it had', async () => {
  const headers = [
    { key: 'x', value: Buffer.from('1') },
    { key: 'x', value: Buffer.from('2') },
    { key: 'x', value: null },
    { key: 'none', value: null },
    { key: '__proto__', value: Buffer.from('3') },
  ];
  const [pulled] = await itemsOf(openRedrive({ letters: [letterOf('a', 1, { headers })] }).run);
  expect(letterHeaders(pulled?.item.record.headers ?? {})).toEqual(headers);
});
