import { expect, test } from '@jest/globals';
import { parseMoment } from './moment.ts';

const NOW = Date.UTC(2026, 10, 24, 12);

test.each([
  ['90m', NOW - 5_400_000],
  ['1.5h', NOW - 5_400_000],
  ['7d', NOW - 604_800_000],
  ['1764000000000', 1_764_000_000_000],
  ['2026-11-22', Date.UTC(2026, 10, 22)],
  ['2026-11-22T10:00', Date.UTC(2026, 10, 22, 10)],
  ['2026-11-22 10:00:30', Date.UTC(2026, 10, 22, 10, 0, 30)],
  ['2026-11-22T10:00Z', Date.UTC(2026, 10, 22, 10)],
  ['2026-11-22T10:00+02:00', Date.UTC(2026, 10, 22, 8)],
])('%s is a moment', (text, expected) => {
  expect(parseMoment(text, '--since', NOW)).toBe(expected);
});

test.each(['yesterday', '2026', '90', '', '2026-13-40', '-5m', '2026-11-22T25:00Z'])('"%s" is refused', (text) => {
  expect(() => parseMoment(text, '--since', NOW)).toThrow(/^--since ".*" is no time: write 2026/);
});
