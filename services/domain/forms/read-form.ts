// From a text of the form that goes out by default to the value that a record has, which is `forms.ts` the other way round.
// It is more lenient than what is written, so that whoever wrote a value otherwise can be told how it goes out.
import type { AvroMeaning, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type { Meaning } from '../avro/meaning.ts';
import { meaningOf } from '../avro/meaning.ts';

/** @returns undefined when no record can hold what the text says, or the branch has no text of its own */
export const readForm = (text: string, branch: AvroSchemaJson): unknown => READ[meaningOf(branch)]?.(text, branch);

/** As a record has it: a `number` where that is safe. @returns undefined when it takes more bits */
export function wholeIn(bits: number, value: bigint): number | bigint | undefined {
  if (BigInt.asIntN(bits, value) !== value) return undefined;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

type Read = (text: string, branch: AvroSchemaJson) => unknown;

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{2}:\d{2}(?::\d{2}(?:\.(\d+))?)?$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2})[T ](.+)$/;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;
const DURATION =
  /^P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DAY_MS = 86_400_000;
/** Months, days and milliseconds of a duration have 32 bits each. */
const DURATION_PART_MAX = 2 ** 32 - 1;

const local =
  (places: number): Read =>
  (text) => {
    const [, date = '', time = ''] = MOMENT.exec(text) ?? [];
    return momentOf(date, time, places);
  };
const timeOfDay =
  (places: number): Read =>
  (text) =>
    momentOf('1970-01-01', text, places);

const READ: Partial<Record<Meaning, Read>> = {
  uuid: (text, branch) => {
    if ((branch as { type: string }).type !== 'fixed') return text;
    return UUID.test(text) ? Buffer.from(text.replaceAll('-', ''), 'hex') : undefined;
  },
  decimal: (text, branch) => decimalOf(text, branch as AvroMeaning & { readonly size?: number }),
  date: daysOf,
  'time-millis': timeOfDay(3),
  'time-micros': timeOfDay(6),
  'local-timestamp-millis': local(3),
  'local-timestamp-micros': local(6),
  'local-timestamp-nanos': local(9),
  duration: durationOf,
};

/** @returns days since 1970; undefined for a day that no month has, which `Date` takes for one of the next */
function daysOf(text: string): number | undefined {
  const ms = DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text) ? ms / DAY_MS : undefined;
}

/** @returns undefined, too, when the unit has not as many digits as the fraction */
function momentOf(date: string, time: string, places: number): number | bigint | undefined {
  const days = daysOf(date);
  const [, fraction = ''] = TIME.exec(time) ?? [];
  const second = TIME.test(time) ? Date.parse(`1970-01-01T${time.split('.')[0]}Z`) / 1000 : Number.NaN;
  const digits = digitsOf(fraction, places);
  if (days === undefined || digits === undefined || !Number.isFinite(second)) return undefined;
  return wholeIn(64, (BigInt(days) * 86_400n + BigInt(second)) * 10n ** BigInt(places) + BigInt(digits));
}

/** The fraction in as many digits; undefined when it has more that are not zero. */
function digitsOf(fraction: string, places: number): string | undefined {
  return /[1-9]/.test(fraction.slice(places)) ? undefined : fraction.padEnd(places, '0').slice(0, places);
}

function decimalOf(
  text: string,
  { scale = 0, precision = 0, size }: AvroMeaning & { readonly size?: number },
): Buffer | undefined {
  const [, sign = '', whole, fraction = ''] = DECIMAL.exec(text) ?? [];
  const behind = digitsOf(fraction, scale);
  if (whole === undefined || behind === undefined) return undefined;
  const digits = (whole + behind).replace(/^0+(?=.)/, '');
  return digits.length > precision ? undefined : twosComplement(BigInt(sign + digits), size);
}

/** @param size bytes; absent: as many as it takes @returns undefined when it takes more */
function twosComplement(value: bigint, size?: number): Buffer | undefined {
  const bits = (value < 0n ? -value - 1n : value).toString(2).length + 1;
  const bytes = size ?? Math.ceil(bits / 8);
  if (8 * bytes < bits) return undefined;
  const unsigned = BigInt.asUintN(8 * bytes, value);
  return Buffer.from(unsigned.toString(16).padStart(2 * bytes, '0'), 'hex');
}

function durationOf(text: string): Buffer | undefined {
  const parts = DURATION.exec(text);
  const millis = digitsOf(parts?.[8] ?? '', 3);
  if (parts === null || millis === undefined) return undefined;
  const [years, months, weeks, days, hours, minutes, seconds] = parts.slice(1, 8).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 + Number(millis);
  const numbers = [12 * years + months, 7 * weeks + days, ms];
  if (numbers.some((number) => number > DURATION_PART_MAX)) return undefined;
  const bytes = Buffer.alloc(12);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32LE(number, 4 * index);
  return bytes;
}
