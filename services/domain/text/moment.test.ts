import { expect, test } from '@jest/globals';
import { parseMoment, readTime, secondsText, timeText } from './moment.ts';

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
  ['2026-11-22T10:00:00.123456+0200', Date.UTC(2026, 10, 22, 8, 0, 0, 123)],
  ['1764000000000000', 1_764_000_000_000],
])('%s is a moment', (text, expected) => {
  expect(parseMoment(text, '--since', NOW)).toBe(expected);
});

test.each(['yesterday', '90', '', '2026-13-40', '-5m', '2026-11-22T25:00Z'])('"%s" is refused', (text) => {
  expect(() => parseMoment(text, '--since', NOW)).toThrow(/^--since ".*" is no time: write milliseconds since 1970/);
});

const AT_TEN = Date.UTC(2026, 10, 24, 10);
test.each([
  ['without a zone it is UTC', '2026-11-24T10:00:00', AT_TEN],
  ['without seconds too', '2026-11-24T10:00', AT_TEN],
  ['a day is its beginning in UTC', '2026-11-24', Date.UTC(2026, 10, 24)],
  ['a zone', '2026-11-24T12:00:00+02:00', AT_TEN],
  ['a zone whose + became a space', '2026-11-24T12:00:00 02:00', AT_TEN],
  ['a space between day and time, and one for +', '2026-11-24 12:00:00 02:00', AT_TEN],
  ['a zone of hours alone', '2026-11-24T05:00:00-05', AT_TEN],
  ['small letters', '2026-11-24t10:00:00z', AT_TEN],
  ['microseconds', '2026-11-24T10:00:00.123456', AT_TEN + 123],
  ['nanoseconds', '2026-11-24T10:00:00.123456789Z', AT_TEN + 123],
  ['milliseconds since 1970', String(AT_TEN), AT_TEN],
  ['microseconds since 1970', `${AT_TEN}999`, AT_TEN],
  ['the beginning', '0', 0],
  ['the beginning in full', '0000000000', 0],
  ['before 1970', '1969-12-31', 0],
])('%s: %s', (_, text, ms) => {
  expect(readTime(text)).toEqual({ ms });
});

test.each([
  ['years', '2026', '2026 is a year: write 2026-01-01'],
  ['days without hyphens', '20261124', '20261124 is no time: write a day as 2026-11-24'],
  ['minutes, or whatever', '90', 'write milliseconds since 1970'],
  ['milliseconds of 1970', '86400000', 'write milliseconds since 1970'],
  ['seconds', '1764000000', '1764000000 are seconds: write milliseconds, 1764000000000'],
  ['a day that no month has', '2026-02-30T10:00Z', 'write milliseconds since 1970'],
  ['a month that no year has', '2026-13-01', 'write milliseconds since 1970'],
  ['an hour that no day has', '2026-11-24T25:00', 'write milliseconds since 1970'],
  ['a zone without a time', '2026-11-24Z', 'write milliseconds since 1970'],
  ['words', 'yesterday', 'write milliseconds since 1970'],
  ['more than nanoseconds', '17640000000000000000', 'write milliseconds since 1970'],
  ['nothing', '', 'write milliseconds since 1970'],
])('%s are no time: the remedy is said', (_, text, problem) => {
  expect(readTime(text)).toEqual({ problem: expect.stringContaining(problem) });
});

test('the command line takes what a query takes, and says the same', () => {
  expect(parseMoment('0', '--since', NOW)).toBe(0);
  expect(() => parseMoment('2026', '--since', NOW)).toThrow(
    '--since "2026" is no time: 2026 is a year: write 2026-01-01, or a duration such as 90m or 7d',
  );
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
