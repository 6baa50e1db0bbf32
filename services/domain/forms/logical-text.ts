// Values of Avro's logical types as texts, to the last digit. All are computed with whole numbers: nothing is rounded.

/** Seconds from 1970 to the first and behind the last second of the years 0000 to 9999, which are all that ISO 8601 has without agreement. */
const FIRST_SECOND = -62_167_219_200n;
const BEHIND_LAST_SECOND = 253_402_300_800n;
const DAY_SECONDS = 86_400n;
const DURATION_BYTES = 12;

/** What a value lacks to be written in the form that is wanted. */
export class Unwritable extends Error {
  /** Steps from the value that was to be written to the one that cannot be. */
  readonly path: (string | number)[] = [];
}

/** It is no value of its type: what it is cannot be told, so it is not equal to another, nor unequal. */
export class Invalid extends Unwritable {}

/** A whole number with the point moved to the left: -5, 2 → -0.05. @param scale digits behind the point */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/**
 * @returns reads two's complement, big endian, as Avro writes a decimal; throws Invalid when that has more digits than the
 *   precision, of bytes too long for it before a number is made of them: a megabyte of digits takes a second
 */
export function decimalReader(precision: number): (bytes: Buffer) => bigint {
  const end = 10n ** BigInt(precision);
  const bytesMax = Math.floor(end.toString(2).length / 8) + 1;
  return (bytes) => {
    if (bytes.length === 0) throw new Invalid('is a decimal without any byte');
    const used = withoutSignBytes(bytes);
    const unscaled = used.length > bytesMax ? end : signedOf(used);
    if (unscaled >= end || unscaled <= -end) throw new Invalid(`has more digits than its precision ${precision}`);
    return unscaled;
  };
}

/** The first bytes may say nothing but the sign, which the next one says too. */
function withoutSignBytes(bytes: Buffer): Buffer {
  const sign = (bytes[0] as number) < 128 ? 0 : 255;
  let from = 0;
  while (bytes[from] === sign && from + 1 < bytes.length && ((bytes[from + 1] as number) ^ sign) < 128) from += 1;
  return bytes.subarray(from);
}

function signedOf(bytes: Buffer): bigint {
  const unsigned = BigInt(`0x${bytes.toString('hex')}`);
  return (bytes[0] as number) < 128 ? unsigned : unsigned - (1n << BigInt(8 * bytes.length));
}

/** `2026-11-24` @param days since 1970-01-01 */
export const dateText = (days: bigint): string => secondText(days * DAY_SECONDS).slice(0, 10);

/** `10:00:00.123`, with as many digits as there are @param digits of a second that the unit has: 3 is milliseconds */
export function timeText(value: bigint, digits: number): string {
  const [second, rest] = split(value, digits);
  if (second < 0n || second >= DAY_SECONDS) throw new Invalid(`is no time of a day: ${value}`);
  return secondText(second).slice(11) + fractionText(rest, digits);
}

/** `2026-11-24T10:00:00.123`, with as many digits as there are @param value since 1970, in UTC or in whatever zone is meant */
export function dateTimeText(value: bigint, digits: number): string {
  const [second, rest] = split(value, digits);
  return secondText(second) + fractionText(rest, digits);
}

/** The day in UTC. */
export const dayOf = (value: bigint, digits: number): string => secondText(split(value, digits)[0]).slice(0, 10);

/** The same span in another unit, without zeros at its end @param from digits of a second that its unit has @param to wanted */
export function inUnit(value: bigint, from: number, to: number): string {
  if (from <= to) return String(value * 10n ** BigInt(to - from));
  return decimalText(value, from - to).replace(/\.?0+$/, '');
}

/** ISO 8601: `P1M2DT3H4M5.006S` @param bytes months, days and milliseconds, 4 bytes each, little endian */
export function durationText(bytes: Buffer): string {
  if (bytes.length !== DURATION_BYTES) throw new Invalid(`is a duration of ${bytes.length} bytes`);
  const [months, days, millis] = [0, 4, 8].map((at) => bytes.readUInt32LE(at)) as [number, number, number];
  const seconds = Math.floor(millis / 1000);
  const second = `${seconds % 60}${fractionText(BigInt(millis % 1000), 3)}`;
  const of = (amount: number | string, unit: string): string => (amount === 0 || amount === '0' ? '' : amount + unit);
  const time = of(Math.floor(seconds / 3600), 'H') + of(Math.floor(seconds / 60) % 60, 'M') + of(second, 'S');
  const text = of(months, 'M') + of(days, 'D') + (time === '' ? '' : `T${time}`);
  return text === '' ? 'PT0S' : `P${text}`;
}

/** `f81d4fae-7dec-11d0-a765-00a0c91e6bf6` */
export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Whole seconds, and what is left of one: never negative. */
function split(value: bigint, digits: number): [second: bigint, rest: bigint] {
  const unit = 10n ** BigInt(digits);
  const rest = ((value % unit) + unit) % unit;
  return [(value - rest) / unit, rest];
}

const fractionText = (rest: bigint, digits: number): string =>
  rest === 0n ? '' : `.${String(rest).padStart(digits, '0').replace(/0+$/, '')}`;

function secondText(second: bigint): string {
  if (second < FIRST_SECOND || second >= BEHIND_LAST_SECOND)
    throw new Unwritable('is outside of the years 0000 to 9999, which a date can say');
  return new Date(Number(second) * 1000).toISOString().slice(0, 19);
}
