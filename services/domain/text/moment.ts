// A moment as a person types it: a time, or how long ago.
import { EssError } from './error.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Shorter numbers are more likely a year or a forgotten unit than a time in 1970. */
const EPOCH_MS = /^\d{12,14}$/;
/** A date, or a date and time; without a zone it is UTC, so that everybody who repeats the command means the same. */
const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/** The calendar of JavaScript ends 100,000,000 days before and after 1970. */
const CALENDAR_MS = 8.64e15;

/** ISO 8601 of a time that a record or a command carries: whoever wrote it may have written any number. */
export function timeText(ms: number): string {
  return Math.abs(ms) <= CALENDAR_MS ? new Date(ms).toISOString() : `${ms} ms (beyond the calendar)`;
}

/** The same without milliseconds. */
export function secondsText(ms: number): string {
  return timeText(ms).replace(/\.\d{3}Z$/, 'Z');
}

/**
 * `2026-11-22T10:00Z`, `1764000000000` or a duration before now such as `90m`.
 * @returns ms since 1970
 * @throws EssError ESS_USAGE naming the option
 */
export function parseMoment(text: string, option: string, nowMs: number = Date.now()): number {
  const duration = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  // Nothing is older than 1970, and Kafka gives negative times a meaning of its own.
  if (duration)
    return Math.max(0, nowMs - Math.round(Number(duration[1]) * (UNIT_MS[duration[2] as string] as number)));
  if (EPOCH_MS.test(text)) return Number(text);
  if (ISO.test(text)) {
    const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(text) || text.length === 10 ? text : `${text}Z`;
    const ms = Date.parse(zoned.replace(' ', 'T'));
    if (Number.isFinite(ms)) return Math.max(0, ms);
  }
  throw new EssError(
    'ESS_USAGE',
    `${option} "${text}" is no time: write 2026-11-22T10:00Z, ms since 1970, or a duration such as 90m or 7d`,
  );
}
