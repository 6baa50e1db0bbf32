import { expect, test } from '@jest/globals';
import { InStepSince } from './in-step-since.ts';
import type { ViewedPartner } from './viewed-partner.ts';

const partner = (lastLateMs: number): ViewedPartner =>
  ({ connector: { partner: 'hospital' }, cells: { lastLateMs } }) as ViewedPartner;

test('in step since the drift that ended last, seen or not', () => {
  const since = new InStepSince();
  expect(since.of(partner(0), 0, 1_000)).toBe(1_000);
  expect(since.of(partner(0), 0, 2_000)).toBe(1_000);
  expect(since.of(partner(0), 3, 3_000)).toBe(3_000);
  expect(since.of(partner(0), 0, 4_000)).toBe(3_000);
  // It drifted and came back while nobody asked.
  expect(since.of(partner(5_000), 0, 6_000)).toBe(5_000);
});
