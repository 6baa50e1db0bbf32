import { expect, test } from '@jest/globals';
import { lingerOf } from './linger.ts';

test('a process with few partners waits for nothing; one with many waits a little, never long', () => {
  expect(lingerOf(1)).toEqual({ gatherMs: 250, restMs: 0 });
  expect(lingerOf(20).restMs).toBe(0);
  expect(lingerOf(50)).toEqual({ gatherMs: 495, restMs: 30 });
  expect(lingerOf(200)).toEqual({ gatherMs: 1_000, restMs: 100 });
  expect(lingerOf(10_000)).toEqual(lingerOf(200));
});
