import { expect, test } from '@jest/globals';
import type { Word } from './starter.ts';
import { asWord } from './starter.ts';

test.each<[unknown, Word]>([
  [
    { admin: 'http://127.0.0.1:1', url: 'http://127.0.0.1:2' },
    { admin: 'http://127.0.0.1:1', url: 'http://127.0.0.1:2' },
  ],
  [{ stopMs: 70_000, more: 1 }, { stopMs: 70_000 }],
  [{ failed: { code: 'ESS_CONFIG', message: 'm' } }, { failed: { code: 'ESS_CONFIG', message: 'm' } }],
  [{ failed: { code: 7, message: 'm' } }, { failed: { message: 'm' } }],
  [{ failed: 'm', admin: 1, stopMs: '1' }, {}],
  ...[null, undefined, 'text', 7, [], {}].map((message): [unknown, Word] => [message, {}]),
])('%j is heard as %j', (message, word) => {
  expect(asWord(message)).toEqual(word);
});
