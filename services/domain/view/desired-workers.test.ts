import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DesiredWorkers, neededWorkers } from './desired-workers.ts';

const MINUTE = 60_000;
const need = (sendable: number, more = {}) => ({
  ...{ partitions: 12, members: 2, perSecond: 200, isAtLimit: false, sendable },
  ...more,
});

test.each([
  [0, {}, 1],
  [3_000, {}, 1],
  [3_001, {}, 2],
  [9_001, {}, 4],
  [15_000, {}, 6],
  [1e9, {}, 12],
  [9_001, { perSecond: 0 }, 4],
  [9_001, { members: 0 }, 4],
  [1e9, { partitions: 7 }, 7],
  [0, { partitions: 0 }, 1],
  [1e9, { isAtLimit: true }, 2],
  [1e9, { isAtLimit: true, members: 5 }, 4],
  [1e9, { isAtLimit: true, members: 0 }, 1],
  [3_000, { isAtLimit: true }, 1],
])('%d records that wait, %j: %d workers', (lag, more, workers) => {
  expect(neededWorkers(need(lag, more))).toBe(workers);
});

test('whatever waits: a divisor of the partitions', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(1_000_000), fc.nat(10_000), (partitions, lag, perSecond) => {
      expect(partitions % neededWorkers(need(lag, { partitions, perSecond }))).toBe(0);
    }),
  );
});

test('at the limit of the partner it never goes above the workers of now', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(60), fc.nat(1_000_000), (partitions, members, sendable) => {
      const more = { partitions, members, isAtLimit: true };
      expect(neededWorkers(need(sendable, more))).toBeLessThanOrEqual(Math.max(1, members));
    }),
  );
});

test('it goes up at once, and down to what was enough for five minutes', () => {
  const desired = new DesiredWorkers();
  expect(desired.next(need(20_000), 0)).toBe(12);
  expect(desired.next(need(0), MINUTE)).toBe(12);
  expect(desired.next(need(5_000), 2 * MINUTE)).toBe(12);
  expect(desired.next(need(0), 6 * MINUTE)).toBe(2);
  expect(desired.next(need(0), 7 * MINUTE)).toBe(2);
  expect(desired.next(need(9_500), 8 * MINUTE)).toBe(4);
  expect(desired.next(need(0), 9 * MINUTE)).toBe(4);
  expect(desired.next(need(0), 14 * MINUTE)).toBe(1);
});
