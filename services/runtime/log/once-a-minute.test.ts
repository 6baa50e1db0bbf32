import { expect, test } from '@jest/globals';
import { OnceAMinute } from './once-a-minute.ts';

test('the same is told once a minute, and no more than a hundred things are', () => {
  const told = new OnceAMinute();
  expect([told.isDue('a', 0), told.isDue('a', 59_999), told.isDue('b', 59_999), told.isDue('a', 60_000)]).toEqual([
    true,
    false,
    true,
    true,
  ]);
  const many = Array.from({ length: 1_000 }, (_, index) => told.isDue(String(index), 60_001));
  expect(many.filter(Boolean)).toHaveLength(99);
});
