import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyWindow } from './key-window.ts';

const BODY = 'b0dyb0dyb0dyb0dy';
const OTHER = 'an0therb0dy';

test('a key is known for the window and to its own scope only', () => {
  const window = new KeyWindow({ windowMs: 60_000, maxKeys: 10 });
  window.add('hospital', 'k', BODY, 1_000_000, 1_000_000);
  expect(window.find('hospital', 'k', BODY, 1_000_000)).toBe('same');
  expect(window.find('hospital', 'k', BODY, 1_059_000)).toBe('same');
  expect(window.find('hospital', 'k', BODY, 1_061_000)).toBe('unknown');
  expect(window.find('county', 'k', BODY, 1_000_000)).toBe('unknown');
  expect(window.find('hospita', 'l k', BODY, 1_000_000)).toBe('unknown');
});

test('another body under a known key is told; one that was never told is like any', () => {
  const window = new KeyWindow({ windowMs: 60_000, maxKeys: 10 });
  window.add('door', 'k', BODY, 1_000_000, 1_000_000);
  window.add('door', 'k', OTHER, 1_000_500, 1_000_500); // the first one counts
  window.add('door', 'of before', undefined, 1_000_000, 1_000_000);
  expect(window.find('door', 'k', OTHER, 1_001_000)).toBe('other-body');
  expect(window.find('door', 'k', BODY, 1_001_000)).toBe('same');
  expect(window.find('door', 'k', undefined, 1_001_000)).toBe('same');
  expect(window.find('door', 'of before', OTHER, 1_001_000)).toBe('same');
  // A key that has run out is as new, whatever comes with it.
  window.add('door', 'k', OTHER, 1_100_000, 1_100_000);
  expect(window.find('door', 'k', BODY, 1_100_000)).toBe('other-body');
});

test('a record of a time ahead of the clock makes no key forgotten, and is itself one of now', () => {
  const window = new KeyWindow({ windowMs: 60_000, maxKeys: 10 });
  window.add('door', 'k', BODY, 1_000_000, 1_000_000);
  window.add('other', 'ahead', BODY, Number.MAX_SAFE_INTEGER, 1_010_000);
  expect([window.find('door', 'k', BODY, 1_010_000), window.size]).toEqual(['same', 2]);
  expect(window.find('other', 'ahead', BODY, 1_069_000)).toBe('same');
  expect(window.find('other', 'ahead', BODY, 1_071_000)).toBe('unknown');
  // Nor do keys that are read back late stay for the sake of their own time.
  window.add('door', 'late', BODY, 1_000_000, 1_071_000);
  expect(window.size).toBe(0);
});

test('within its bounds it agrees with a plain list; beyond them it says how far back it reaches', () => {
  const event = fc.record({ key: fc.nat(5).map(String), stepS: fc.nat(60) });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (events, maxKeys) => {
      const window = new KeyWindow({ windowMs: 100_000, maxKeys });
      const first = new Map<string, number>();
      let nowMs = 1_000_000;
      for (const { key, stepS } of events) {
        nowMs += stepS * 1000;
        const seenMs = first.get(key);
        const inWindow = seenMs !== undefined && seenMs > nowMs - 100_000;
        const known = window.find('p', key, BODY, nowMs) === 'same';
        if (known) expect(inWindow).toBe(true);
        if (inWindow && nowMs - seenMs < window.reliableMs(nowMs)) expect(known).toBe(true);
        if (!known) first.set(key, nowMs);
        window.add('p', key, BODY, nowMs, nowMs);
        expect(window.size).toBeLessThanOrEqual(maxKeys);
      }
    }),
  );
});
