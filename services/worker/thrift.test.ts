import { expect, test } from '@jest/globals';
import { thriftOf } from './thrift.ts';

test('a process with few partners waits for nothing; one with many waits a little, never long', () => {
  expect(thriftOf(1)).toEqual({ gatherMs: 250, restMs: 0 });
  expect(thriftOf(20).restMs).toBe(0);
  expect(thriftOf(50)).toEqual({ gatherMs: 495, restMs: 30 });
  expect(thriftOf(200)).toEqual({ gatherMs: 1_000, restMs: 100 });
  expect(thriftOf(10_000)).toEqual(thriftOf(200));
});
