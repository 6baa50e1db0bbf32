import { expect, test } from '@jest/globals';
import { boundedText, isShallow, TooLong } from './bounded-text.ts';

async function* chunks(...texts: Array<string | Uint8Array>) {
  for (const text of texts) yield Buffer.from(text);
}

test('an answer of at most the bound is read whole, however it is cut', async () => {
  expect(await boundedText(chunks('ab', '', 'c'), 3)).toBe('abc');
  expect(await boundedText(chunks(Buffer.from([0xe2]), Buffer.from([0x82, 0xac])), 3)).toBe('€');
  expect(await boundedText(chunks(), 3)).toBe('');
});

test('the first byte beyond ends the reading and the stream', async () => {
  let ended = false;
  async function* endless() {
    try {
      for (;;) yield Buffer.from('x');
    } finally {
      ended = true;
    }
  }
  await expect(boundedText(endless(), 10)).rejects.toThrow(TooLong);
  expect(ended).toBe(true);
});

test('what is not UTF-8 is no text', async () => {
  await expect(boundedText(chunks(Buffer.from([0xff])), 10)).rejects.toThrow('not valid');
});

test('depth is counted in arrays and objects', () => {
  expect(isShallow('x', 0)).toBe(true);
  expect(isShallow({ a: [1] }, 2)).toBe(true);
  expect(isShallow({ a: [1] }, 1)).toBe(false);
  expect(isShallow(JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), 8)).toBe(false);
});
