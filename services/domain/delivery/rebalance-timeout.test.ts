import { expect, test } from '@jest/globals';
import type { Patience } from './rebalance-timeout.ts';
import { priceOf, rebalanceTimeoutMs, stopGraceMs } from './rebalance-timeout.ts';

const wait = (timeoutMs: number): Patience => ({ timeoutMs, atRebalance: 'wait', pipelining: 1 });
const cut = (timeoutMs: number): Patience => ({ timeoutMs, atRebalance: 'cut', pipelining: 1 });

test('the group waits for the longest request and what comes after it, but for one that may be cut', () => {
  expect(
    [wait(5_000), wait(15_000), wait(120_000), cut(120_000)].map((one) => rebalanceTimeoutMs(one, 10_000)),
  ).toEqual([30_000, 30_000, 130_000, 30_000]);
  expect(rebalanceTimeoutMs({ ...wait(15_000), pipelining: 2 }, 10_000)).toBe(40_000); // it may go once more
});

test('a stop is granted what the slowest partner of the process needs', () => {
  expect(stopGraceMs([])).toBe(25_000);
  expect(stopGraceMs([wait(5_000), cut(120_000)])).toBe(25_000);
  expect(stopGraceMs([wait(5_000), wait(60_000)])).toBe(70_000);
});

test('what slow requests cost is said, and what they cost others', () => {
  expect(priceOf(wait(7_000))).toBeUndefined();
  expect(priceOf(wait(120_000))).toMatch(/the whole group of this partner may stand still for 130 s.*atRebalance: cut/);
  expect(priceOf(cut(120_000))).toMatch(/are cut and sent again under the same webhook-id/);
});
