import { expect, test } from '@jest/globals';
import { Memory } from './memory.ts';

test('what was given is taken again when it is large enough and not far too large', () => {
  const memory = new Memory(2);
  const small = memory.take('a', 1_000);
  const large = memory.take('a', 200_000);
  memory.give('a', large);
  expect(memory.take('a', 1_000)).not.toBe(large);
  memory.give('a', small);
  expect(memory.take('a', small.byteLength)).toBe(small);
  expect(memory.take('a', 150_000)).toBe(large);
  expect(memory.take('a', 150_000)).not.toBe(large); // it is taken
});

test('what was one owner’s is never another’s', () => {
  const memory = new Memory(2);
  const own = memory.take('a', 1_000);
  memory.give('a', own);
  expect(memory.take('b', 1_000)).not.toBe(own);
  expect(memory.take('a', 1_000)).toBe(own);
});

test('there is always room, and no more waits than is said', () => {
  const memory = new Memory(2);
  for (const bytes of [0, 1, 32_768, 32_769]) expect(memory.take('a', bytes).byteLength).toBeGreaterThanOrEqual(bytes);
  const given = [1, 2, 3].map(() => memory.take('a', 10_000));
  for (const one of given) memory.give('a', one);
  const taken = [1, 2, 3].map(() => memory.take('a', 10_000));
  expect(taken.filter((one) => given.includes(one))).toEqual(given.slice(1));
});
