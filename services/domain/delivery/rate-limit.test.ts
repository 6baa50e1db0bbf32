import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { RateLimit } from './rate-limit.ts';

/** So long that the burst of the start, 100 ms of records, is less than 2 % of all. */
const RUN_MS = 20_000;

/** Runs a sender that waits as told, with a timer that fires late by `jitterMs()`. Virtual time. */
function sendFor(limit: RateLimit, forMs: number, jitterMs: () => number): number[] {
  const sentAtMs: number[] = [];
  let nowMs = 0;
  while (nowMs < forMs) {
    const waitMs = limit.take(nowMs);
    if (waitMs === 0) sentAtMs.push(nowMs);
    else nowMs += waitMs + jitterMs();
  }
  return sentAtMs;
}

test('the rate is kept within 2 % although timers fire up to 20 ms late', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: 2_000 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 20 })),
      (perSecond, late) => {
        const sent = sendFor(new RateLimit(perSecond), RUN_MS, () => late.next().value as number);
        // The tolerance of 100 ms may add one burst at the start.
        const expected = (perSecond * RUN_MS) / 1000;
        expect(Math.abs(sent.length - expected) / expected).toBeLessThan(0.02);
      },
    ),
    { numRuns: 50 },
  );
});

test('no second ever holds more than the rate and the tolerance of 100 ms', () => {
  const sent = sendFor(new RateLimit(100), 30_000, () => 3);
  for (const [index, atMs] of sent.entries()) {
    const inSecond = sent.slice(index).filter((other) => other < atMs + 1_000).length;
    expect(inSecond).toBeLessThanOrEqual(100 * 1.1 + 1);
  }
});

test('a pause is not saved up: after it the burst is bounded by the tolerance', () => {
  const limit = new RateLimit(100);
  limit.take(0);
  let burst = 0;
  while (limit.take(60_000) === 0) burst += 1;
  expect(burst).toBeLessThanOrEqual(11);
});

test('it asks for few waits: at most one for each delivery', () => {
  const limit = new RateLimit(200);
  const take = jest.spyOn(limit, 'take');
  const sent = sendFor(limit, 10_000, () => 1);
  expect(take.mock.calls.length).toBeLessThanOrEqual(sent.length * 2 + 1);
});

test('a changed rate holds from the next delivery on; without a limit nothing waits', () => {
  const limit = new RateLimit(1);
  expect(limit.take(1_000)).toBe(0);
  limit.perSecond = 1_000;
  expect(limit.take(3_000)).toBe(0);
  expect(new RateLimit(Number.POSITIVE_INFINITY).take(0)).toBe(0);
});

test('a wait is reckoned anew with a changed rate', () => {
  const limit = new RateLimit(1 / 86_400);
  expect(limit.take(1_000_000)).toBe(0);
  expect(limit.take(1_000_100)).toBeGreaterThan(86_000_000);
  limit.perSecond = 10;
  expect(limit.take(1_000_100)).toBe(0);
  expect(limit.take(1_000_100)).toBeLessThanOrEqual(100);
});
