import { expect, test } from '@jest/globals';
import { Backoff } from './backoff.ts';

test('each failure waits twice as long as the one before, up to a minute, until one try works', () => {
  const backoff = new Backoff();
  expect(Array.from({ length: 8 }, () => backoff.failed(0) / 1_000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  expect([backoff.leftMs(20_000), backoff.leftMs(70_000)]).toEqual([40_000, 0]);
  backoff.worked();
  expect([backoff.leftMs(0), backoff.failed(0)]).toEqual([0, 1_000]);
});
