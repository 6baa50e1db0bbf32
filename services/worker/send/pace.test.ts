import { expect, test } from '@jest/globals';
import { Pace } from './pace.ts';

test('what was settled in the last ten seconds, per second', () => {
  const pace = new Pace(0);
  for (let ms = 0; ms < 20_000; ms += 10) pace.settled(ms);
  expect(pace.perSecond(20_000)).toBeCloseTo(100, -1);
  expect(pace.perSecond(25_000)).toBeCloseTo(50, -1);
  expect(pace.perSecond(60_000)).toBe(0);
});

test('soon after the start it is measured over what there is, and not at all at first', () => {
  const pace = new Pace(0);
  expect(pace.perSecond(50)).toBe(0);
  for (let ms = 0; ms < 2_000; ms += 10) pace.settled(ms);
  expect(pace.perSecond(2_000)).toBeCloseTo(100, -1);
});
