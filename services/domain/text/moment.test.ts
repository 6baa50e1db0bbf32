import { expect, test } from '@jest/globals';
import { parseMoment, secondsText, timeText } from './moment.ts';

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

test('a time before 1970 is the beginning: Kafka gives −1 and −2 meanings of their own', () => {
  expect(parseMoment('99999999999999d', '--since', NOW)).toBe(0);
  expect(parseMoment(`${'9'.repeat(400)}d`, '--since', NOW)).toBe(0);
  expect(parseMoment('1969-12-31T23:59:59.999Z', '--since', NOW)).toBe(0);
});

test.each([
  [0, '1970-01-01T00:00:00.000Z'],
  [-1, '1969-12-31T23:59:59.999Z'],
  [8.64e15, '+275760-09-13T00:00:00.000Z'],
  [8.64e15 + 1, '8640000000000001 ms (beyond the calendar)'],
  [-8.64e15 - 1, '-8640000000000001 ms (beyond the calendar)'],
  [Number.MAX_SAFE_INTEGER, '9007199254740991 ms (beyond the calendar)'],
  [2 ** 63, '9223372036854776000 ms (beyond the calendar)'],
  [Number.NaN, 'NaN ms (beyond the calendar)'],
  [Number.POSITIVE_INFINITY, 'Infinity ms (beyond the calendar)'],
])('the time %d is shown, whatever it is', (ms, text) => {
  expect(timeText(ms)).toBe(text);
  expect(secondsText(ms)).toBe(text.replace(/\.\d{3}Z/, 'Z'));
});
