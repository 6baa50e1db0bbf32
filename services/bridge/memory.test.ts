import { expect, test } from '@jest/globals';
import { Memory } from './memory.ts';

test('what was given is taken again when it is large enough and not far too large', () => {
  const memory = new Memory(2);
  const small = memory.take(1_000);
  const large = memory.take(200_000);
  memory.give(large);
  expect(memory.take(1_000)).not.toBe(large);
  memory.give(small);
  expect(memory.take(small.byteLength)).toBe(small);
  expect(memory.take(150_000)).toBe(large);
  expect(memory.take(150_000)).not.toBe(large); // it is taken
});

test('there is always room, and no more waits than is said', () => {
  const memory = new Memory(2);
  for (const bytes of [0, 1, 32_768, 32_769]) expect(memory.take(bytes).byteLength).toBeGreaterThanOrEqual(bytes);
  const given = [1, 2, 3].map(() => memory.take(10_000));
  for (const one of given) memory.give(one);
  const taken = [1, 2, 3].map(() => memory.take(10_000));
  expect(taken.filter((one) => given.includes(one))).toEqual(given.slice(1));
});
