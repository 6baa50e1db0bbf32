import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyWindow } from './key-window.ts';

test('a key is known for the window and to its own scope only', () => {
  const window = new KeyWindow({ windowMs: 60_000, maxKeys: 10 });
  window.add('hospital', 'k', 1_000_000);
  expect(window.has('hospital', 'k', 1_000_000)).toBe(true);
  expect(window.has('hospital', 'k', 1_059_000)).toBe(true);
  expect(window.has('hospital', 'k', 1_061_000)).toBe(false);
  expect(window.has('county', 'k', 1_000_000)).toBe(false);
  expect(window.has('hospita', 'l k', 1_000_000)).toBe(false);
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
        const known = window.has('p', key, nowMs);
        if (known) expect(inWindow).toBe(true);
        if (inWindow && nowMs - seenMs < window.reliableMs(nowMs)) expect(known).toBe(true);
        if (!known) first.set(key, nowMs);
        window.add('p', key, nowMs);
        expect(window.size).toBeLessThanOrEqual(maxKeys);
      }
    }),
  );
});
