import { expect, test } from '@jest/globals';
import { AtMost } from './at-most.ts';

test('as many as may are at work at once, whoever else asks is told, and who is through makes room', async () => {
  const few = new AtMost(2);
  const waits = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  const [first, second] = waits.map(({ promise }) => few.do(() => promise));
  await expect(few.do(async () => 3)).rejects.toThrow('ask again in a moment');
  waits[0]?.resolve(1);
  expect(await first).toBe(1);
  expect(await few.do(async () => 3)).toBe(3);
  waits[1]?.reject(new Error('failed'));
  await expect(second).rejects.toThrow('failed');
  expect(await Promise.all([few.do(async () => 4), few.do(async () => 5)])).toEqual([4, 5]);
});
