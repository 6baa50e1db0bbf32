// A moment as a person types it: a time, or how long ago.
import { EssError } from './error.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** The last is a time to the minute or finer; fractions have up to nine digits, as clocks of other languages write them. */
const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?(?:(Z)|([+ -])(\d\d)(?::?(\d\d))?)?)?$/i;

/** The calendar of JavaScript ends 100,000,000 days before and after 1970. */
export const CALENDAR_MS = 8.64e15;

/** ISO 8601 of a time that a record or a command carries: whoever wrote it may have written any number. */
export function timeText(ms: number): string {
  return Math.abs(ms) <= CALENDAR_MS ? new Date(ms).toISOString() : `${ms} ms (beyond the calendar)`;
}

/** The same without milliseconds. */
export function secondsText(ms: number): string {
  return timeText(ms).replace(/\.\d{3}Z$/, 'Z');
}

/** The same time whoever asks, at the command line or in a query. @returns ms since 1970, or what is wrong and what to write */
export type ReadTime = { readonly ms: number } | { readonly problem: string };

/**
 * `2026-11-22T10:00Z`, `2026-11-22T10:00:00.123456+02:00`, `1764000000000` (ms) or `1764000000000000` (microseconds). Without a
 * zone it is UTC, so that everybody who repeats it means the same. In a query a `+` means a space: both are understood.
 */
export function readTime(text: string): ReadTime {
  if (/^\d+$/.test(text)) return ofNumber(text);
  const [, year, month, day, minute = '00:00', second = ':00', , sign, hours, minutes = '00'] = ISO.exec(text) ?? [];
  if (year === undefined || Number(day) > daysOf(Number(year), Number(month))) return { problem: HOW_TO_WRITE };
  const zone = sign === undefined ? 'Z' : `${sign === '-' ? '-' : '+'}${hours}:${minutes}`;
  const ms = Date.parse(`${year}-${month}-${day}T${minute}${second}${zone}`);
  return Number.isFinite(ms) ? { ms: bounded(ms) } : { problem: HOW_TO_WRITE };
}

const HOW_TO_WRITE = 'write milliseconds since 1970, or a time as 2026-11-24T10:00:00Z';

/** Nothing is older than 1970, and Kafka gives negative times a meaning of its own. */
const bounded = (ms: number): number => Math.max(0, ms);

function ofNumber(digits: string): ReadTime {
  const { length } = digits;
  if (Number(digits) === 0) return { ms: 0 };
  // As milliseconds all shorter ones are of 1970, from which everything is newer: years, days, or the seconds of our lives.
  if (/^(19|20)\d\d$/.test(digits)) return { problem: `${digits} is a year: write ${digits}-01-01` };
  const [, year, month, day] = /^((?:19|20)\d\d)(\d\d)(\d\d)$/.exec(digits) ?? [];
  if (year !== undefined) return { problem: `${digits} is no time: write a day as ${year}-${month}-${day}` };
  if (length < 9) return { problem: HOW_TO_WRITE };
  if (length <= 11) return { problem: `${digits} are seconds: write milliseconds, ${digits}000` };
  if (length <= 15) return { ms: Number(digits) };
  if (length === 16) return { ms: Math.floor(Number(digits) / 1000) };
  return { problem: HOW_TO_WRITE };
}

/** @param date `2026-11-24`: there is a 2026-02-30 to no calendar, but to `Date.parse` */
export const isDay = (date: string): boolean =>
  Number(date.slice(8, 10)) <= daysOf(Number(date.slice(0, 4)), Number(date.slice(5, 7)));

const daysOf = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/**
 * A time as `readTime` takes it, or a duration before now such as `90m`.
 * @returns ms since 1970
 * @throws EssError ESS_USAGE naming the option
 */
export function parseMoment(text: string, option: string, nowMs: number = Date.now()): number {
  const ago = readDuration(text);
  if (ago !== undefined) return bounded(nowMs - ago);
  const read = readTime(text);
  if ('ms' in read) return read.ms;
  throw new EssError('ESS_USAGE', `${option} "${text}" is no time: ${read.problem}, or a duration such as 90m or 7d`);
}

/** `90m`, `1.5h`, `7d`. @returns ms; undefined: it is none */
export function readDuration(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  return count === undefined ? undefined : Math.round(Number(count) * (UNIT_MS[unit] ?? 0));
}
