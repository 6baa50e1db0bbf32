import { expect, test } from '@jest/globals';
import { ConcurrencyLimit } from './concurrency-limit.ts';

/** A partner in virtual time that works `capacity` requests at once, each `workMs`; the rest queues there. */
class Partner {
  nowMs = 0;
  workMs: number;
  capacity: number;
  /** More than this queueing is answered 503. */
  queueMax = Number.POSITIVE_INFINITY;
  /** Beyond so many, each takes longer by the square of what there is. */
  jamsAt = Number.POSITIVE_INFINITY;
  constructor(workMs: number, capacity: number) {
    this.workMs = workMs;
    this.capacity = capacity;
  }

  /** Keeps the limit's requests in flight for a while; each round is one generation of requests. */
  serve(limit: ConcurrencyLimit, forMs: number): { limits: number[]; refused: number } {
    const limits: number[] = [];
    let refused = 0;
    const untilMs = this.nowMs + forMs;
    while (this.nowMs < untilMs) {
      const inflight = limit.limit;
      const roundMs = this.workMs * Math.max(1, inflight / this.capacity, (inflight / this.jamsAt) ** 2);
      this.nowMs += roundMs;
      for (let index = 0; index < inflight; index += 1) {
        const overloaded = index - this.capacity >= this.queueMax;
        if (overloaded) refused += 1;
        limit.answered(this.nowMs, overloaded ? 1 : roundMs, inflight, overloaded);
      }
      limits.push(limit.limit);
    }
    return { limits, refused };
  }
}

test('a trial of fewer does not say that the partner bears no more', () => {
  const limit = new ConcurrencyLimit({ ceiling: 64 });
  const partner = new Partner(20, 64);
  const seen = Array.from({ length: 200 }, () => {
    partner.serve(limit, 100);
    return { isTrial: limit.limit < 64, isLowered: limit.isLowered };
  });
  expect(seen.some(({ isTrial }) => isTrial)).toBe(true);
  expect(seen.some(({ isLowered }) => isLowered)).toBe(false);
});

test('a healthy partner gets the ceiling from the first request on, and has it again after each trial', () => {
  const limit = new ConcurrencyLimit({ ceiling: 64 });
  expect(limit.limit).toBe(64);
  const { limits } = new Partner(20, 1_000).serve(limit, 10_000);
  expect(Math.min(...limits)).toBe(45);
  expect(limits.filter((one) => one < 64).length).toBeLessThan(limits.length / 10);
  expect(limit.limit).toBe(64);
});

test('a partner that answers 503 gets less within a second, and the ceiling again after it has recovered', () => {
  const limit = new ConcurrencyLimit({ ceiling: 64 });
  const partner = new Partner(20, 1_000);
  partner.serve(limit, 2_000);
  Object.assign(partner, { capacity: 8, queueMax: 0 });
  const bad = partner.serve(limit, 2_000);
  expect(limit.limit).toBeLessThanOrEqual(16);
  expect(limit.limit).toBeGreaterThanOrEqual(4);
  expect(bad.refused).toBeLessThan(bad.limits.reduce((sum, size) => sum + size, 0) * 0.4);
  Object.assign(partner, { capacity: 1_000, queueMax: Number.POSITIVE_INFINITY });
  partner.serve(limit, 10_000);
  expect(limit.limit).toBe(64);
});

test('a partner that becomes thirty times slower and bears as many at once keeps them', () => {
  const limit = new ConcurrencyLimit({ ceiling: 32 });
  const partner = new Partner(20, 1_000);
  partner.serve(limit, 5_000);
  partner.workMs = 600;
  const { limits } = partner.serve(limit, 120_000);
  expect(Math.min(...limits)).toBe(22);
  expect(limits.filter((one) => one < 32).length).toBeLessThan(limits.length / 5);
  expect(limit.limit).toBe(32);
});

test('a partner that queues what it cannot do at once, and does it, gets no less than it can do', () => {
  const limit = new ConcurrencyLimit({ ceiling: 64 });
  const partner = new Partner(20, 1_000);
  partner.serve(limit, 5_000);
  partner.capacity = 8;
  const { limits } = partner.serve(limit, 60_000);
  expect(Math.min(...limits)).toBeGreaterThanOrEqual(8);
});

test('a partner that gets less done the more it has gets less', () => {
  const limit = new ConcurrencyLimit({ ceiling: 64 });
  const partner = new Partner(20, 1_000);
  partner.jamsAt = 16;
  expect(limit.isLowered).toBe(false);
  partner.serve(limit, 60_000);
  expect(limit.isLowered).toBe(true);
  expect(limit.limit).toBeLessThanOrEqual(24);
  expect(limit.limit).toBeGreaterThanOrEqual(8);
});

test('slots that nobody needs say nothing about the partner', () => {
  const limit = new ConcurrencyLimit({ ceiling: 64 });
  for (let atMs = 0; atMs < 60_000; atMs += 10) limit.answered(atMs, 2_000, 20, false);
  expect(limit.limit).toBe(64);
});

test('the limit never leaves 1 to the ceiling, and follows a new one', () => {
  const limit = new ConcurrencyLimit({ ceiling: 4 });
  for (let atMs = 0; atMs < 60_000; atMs += 150) limit.answered(atMs, 10, 4, true);
  expect(limit.limit).toBe(1);
  for (let atMs = 60_000; atMs < 120_000; atMs += 20 / limit.limit) limit.answered(atMs, 20, limit.limit, false);
  expect(limit.limit).toBe(4);
  expect(limit.isLowered).toBe(false);
  limit.ceiling = 2;
  expect(limit.limit).toBe(2);
  expect(limit.isLowered).toBe(false);
  limit.ceiling = 8;
  expect(limit.limit).toBe(8);
});
