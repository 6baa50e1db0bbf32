import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { Questions } from './questions.ts';

test.each([
  ['an answer', ' yes \n', 'yes'],
  ['Ctrl-C', '\u0003', undefined],
  ['Ctrl-D', '\u0004', undefined],
])('%s', async (_, typed, answer) => {
  const input = new PassThrough();
  using questions = new Questions(input, Object.assign(new PassThrough().resume(), { isTTY: true }));
  const asked = questions.ask('Go on? ');
  input.write(typed);
  await expect(asked).resolves.toBe(answer);
});
