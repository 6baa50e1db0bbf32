import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRetryAfter, RETRY_AFTER_MAX_MS, retryWaitMs } from './retry.ts';

const POLICY = { maxAttempts: 12, firstMs: 200, maxMs: 60_000 };
const most = () => 1;

describe('the wait before the next attempt', () => {
  test('doubles from the first wait up to the longest one', () => {
    const waits = [1, 2, 3, 4, 9, 10, 500].map((attempt) => retryWaitMs(POLICY, attempt, most));
    expect(waits).toEqual([200, 400, 800, 1_600, 51_200, 60_000, 60_000]);
  });

  test('is anything from zero up to that: full jitter', () => {
    expect(retryWaitMs(POLICY, 3, () => 0)).toBe(0);
    expect(retryWaitMs(POLICY, 3, () => 0.25)).toBe(200);
  });

  test('is never shorter than what the partner asked for, and the jitter comes on top', () => {
    expect(retryWaitMs(POLICY, 1, () => 0, 3_000)).toBe(3_000);
    expect(retryWaitMs(POLICY, 1, most, 3_000)).toBe(3_200);
  });

  test('does not follow a partner that asks for a day', () => {
    expect(retryWaitMs(POLICY, 1, () => 0, 86_400_000)).toBe(RETRY_AFTER_MAX_MS);
  });

  test('is a finite number within its bounds for every attempt', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const waitMs = retryWaitMs(POLICY, attempt, () => random);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(POLICY.maxMs);
      }),
    );
  });
});

describe('Retry-After', () => {
  const nowMs = Date.parse('2026-11-22T10:00:00Z');
  test.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sun, 22 Nov 2026 10:00:30 GMT', 30_000],
    ['Sunday, 22-Nov-26 10:00:30 GMT', 30_000],
    ['Sun Nov 22 10:00:30 2026 GMT', 30_000],
    ['Sun Nov 22 10:00:30 2026', 30_000], // asctime: UTC, though it does not say so
    ['99999999999', 99_999_999_999_000], // whoever waits for it waits no longer than RETRY_AFTER_MAX_MS
    ['Sat, 21 Nov 2026 10:00:00 GMT', 0], // in the past: now
  ])('%s is understood', (header, expected) => {
    expect(parseRetryAfter(header, nowMs)).toBe(expected);
  });

  test.each([undefined, '', '-1', '1.5', 'soon', '1e3', '2026-11-22', 'Sun, when it suits'])(
    '%s counts as not given',
    (header) => {
      expect(parseRetryAfter(header, nowMs)).toBeUndefined();
    },
  );
});
