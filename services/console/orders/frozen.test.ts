import { expect, test } from '@jest/globals';
import { Frozen } from './frozen.ts';

test('what was previewed is ordered once, however often somebody clicks, by who previewed it and for a while', async () => {
  const frozen = new Frozen<string>();
  frozen.put('a', 'ann', 'set', 0);
  let given = 0;
  const act = async (value: string) => `${value} ${++given}`;
  expect(await Promise.all([frozen.give('a', 'ann', act, 1), frozen.give('a', 'ann', act, 1)])).toEqual([
    'set 1',
    'set 1',
  ]);
  expect(await frozen.give('a', 'ann', act, 2)).toBe('set 1');
  expect([frozen.give('a', 'bob', act, 1), frozen.give('b', 'ann', act, 1)]).toEqual([undefined, undefined]);
  expect(frozen.give('a', 'ann', act, 15 * 60_000 + 1)).toBeUndefined();
});

test('an order that could not be given may be given again', async () => {
  const frozen = new Frozen<string>();
  frozen.put('a', 'ann', 'set', 0);
  await expect(frozen.give('a', 'ann', async () => Promise.reject(new Error('away')), 1)).rejects.toThrow('away');
  expect(await frozen.give('a', 'ann', async (value) => value, 1)).toBe('set');
});

test('of very many of one person the oldest are forgotten, and nothing of another one', async () => {
  const frozen = new Frozen<number>();
  frozen.put('his', 'bob', 7, 0);
  for (let n = 0; n < 100; n += 1) frozen.put(String(n), 'ann', n, 0);
  const given = (id: string) => frozen.give(id, 'ann', async (n) => n, 1);
  expect([await given('0'), await given('99')]).toEqual([undefined, 99]);
  expect(await frozen.give('his', 'bob', async (n) => n, 1)).toBe(7);
});
