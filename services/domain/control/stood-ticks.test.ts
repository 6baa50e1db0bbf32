import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StoodTicks } from './stood-ticks.ts';

test('a thread that has stood for ten ticks in a row is one that stands, and not before', () => {
  const ticks = new StoodTicks(1_000, 10);
  const said = Array.from({ length: 12 }, (_, index) => ticks.tick(index * 1_000, 7));
  expect(said.indexOf(true)).toBe(10);
});

test('one that goes on now and then does not', () => {
  const ticks = new StoodTicks(1_000, 10);
  for (let index = 0; index < 100; index += 1) expect(ticks.tick(index * 1_000, Math.floor(index / 9))).toBe(false);
});

test('a machine that gave the process no time is no loop, however often and long: gaps between own ticks count as none', () => {
  fc.assert(
    fc.property(
      // Between freezes at most nine ticks pass while the watched thread has not come to its turn yet.
      fc.array(fc.tuple(fc.integer({ min: 1_501, max: 60_000 }), fc.integer({ min: 0, max: 9 })), { maxLength: 50 }),
      (freezes) => {
        const ticks = new StoodTicks(1_000, 10);
        let nowMs = 0;
        return freezes.every(([frozenMs, ticksAfter]) => {
          nowMs += frozenMs;
          const said = [ticks.tick(nowMs, 1)];
          for (let index = 1; index <= ticksAfter; index += 1) said.push(ticks.tick(nowMs + index * 1_000, 1));
          nowMs += ticksAfter * 1_000;
          return !said.includes(true);
        });
      },
    ),
  );
});
