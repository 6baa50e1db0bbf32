// From a form of JSON back to the value that a record has: what a door takes where its mapping says `as`. The other way round from
// forms.ts, and only where nothing has to be made up.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches } from '@ess/schemas/avro-schema.ts';
import { typeOf } from '../avro/avro-path.ts';
import { linked } from '../avro/linked-schema.ts';
import type { Meaning } from '../avro/meaning.ts';
import { meaningOf } from '../avro/meaning.ts';
import { decimalParts, isNumberText } from '../text/exact-number.ts';
import { JSON_TEXT, shownType } from './asked-form.ts';
import { DEFAULT, formOf } from './forms.ts';
import { readForm, wholeIn } from './read-form.ts';
import type { FormFault } from './sent-form.ts';
import { compileSentForm } from './sent-form.ts';

export interface TakenForm {
  /** @returns undefined when it is no value of the form */
  readonly read: (json: unknown) => unknown;
  /** What it takes, in words. */
  readonly wanted: string;
}

/** @returns no form, and no fault, where a door takes the value as Avro has it */
export function compileTakenForm(
  schema: AvroSchemaJson,
  name: string,
  as: string | undefined,
): { readonly form?: TakenForm; readonly faults: readonly FormFault[] } {
  const types = branches(linked(schema));
  const [type] = types;
  const isBytes = types.some((branch) => ['bytes', 'fixed'].includes(typeOf(branch)));
  if (as === undefined && !isBytes) return { faults: [] };
  const { faults } = compileSentForm(schema, name, as);
  if (faults.length > 0) return { faults };
  const fault = (message: string, remedy: string) => ({ faults: [{ isAs: as !== undefined, message, remedy }] });
  if (types.length !== 1 || type === undefined)
    return fault(`${name} is of several types, and what a door is given does not tell which`, 'leave it out');
  if (typeof type === 'object' && 'type' in type && (type.type === 'array' || type.type === 'map') && as !== JSON_TEXT)
    return fault(`"${as}" has no way back for ${shownType(type)}`, 'map its elements, with "[]"');
  const form = readerOf(type, as ?? DEFAULT);
  if (form !== undefined) return { form, faults: [] };
  const [why, remedy] = NO_WAY[as ?? DEFAULT] ?? ['a door has no number that holds it', 'leave it out'];
  return fault(`"${as}" has no way back: ${why}`, remedy);
}

const NO_WAY: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  [JSON_TEXT]: ['a text says the same value in many ways', 'map the fields inside it'],
  date: ['a day has no time', 'take a date-time, or another field'],
};

type Read = TakenForm['read'];

/** Digits of a second that the unit of a meaning has. */
const PLACES: Partial<Record<Meaning, number>> = {
  'time-millis': 3,
  'time-micros': 6,
  'timestamp-millis': 3,
  'timestamp-micros': 6,
};
const UNITS: Readonly<Record<string, number>> = { 'epoch-s': 0, ms: 3, 'epoch-ms': 3, us: 6 };
const DAY_SECONDS = 86_400;

function readerOf(type: AvroSchemaJson, as: string): TakenForm | undefined {
  const meaning = meaningOf(type);
  const places = PLACES[meaning];
  const size = (type as { size?: number }).size;
  switch (as) {
    case DEFAULT:
      return { read: textual((text) => readForm(text, type)), wanted: wantedText(type) };
    case 'string':
      return {
        read: textual(meaning === 'int' || meaning === 'long' ? wholeText(meaning) : numberText),
        wanted: 'a number in a text',
      };
    case 'number':
      if (meaning !== 'decimal')
        return { read: (json) => (isNumber(json) ? String(json) : undefined), wanted: 'a number' };
      return {
        read: (json) => (isNumber(json) ? readForm(plainDigits(json), type) : undefined),
        wanted: 'a number of its digits',
      };
    case 'integer': {
      const isText = typeOf(type) === 'string';
      const read: Read = (json) => (Number.isSafeInteger(json) ? (isText ? String(json) : json) : undefined);
      return { read, wanted: 'a whole number' };
    }
    case 'base64':
      return { read: textual(bytes(BASE64, 'base64', size)), wanted: 'base64' };
    case 'hex':
      return { read: textual(bytes(HEX, 'hex', size)), wanted: 'hexadecimal digits' };
    case 'text':
      return { read: textual(bytes(ANY, 'utf8', size)), wanted: 'a text' };
    case 'days':
      return { read: (json) => (Number.isInteger(json) ? json : undefined), wanted: 'a whole number of days' };
    case 'date-time':
      return places === undefined
        ? undefined
        : { read: textual((text) => momentIn(text, places)), wanted: 'a date-time as 2026-11-24T10:00:00Z' };
    case 'ms':
    case 'us':
    case 'epoch-s':
    case 'epoch-ms': {
      if (places === undefined) return undefined;
      const end = meaning.startsWith('time-') ? DAY_SECONDS * 10 ** places : Number.POSITIVE_INFINITY;
      const read: Read = (json) => {
        const value = isNumber(json) ? shifted(json, places - (UNITS[as] as number)) : undefined;
        return value !== undefined && (end === Number.POSITIVE_INFINITY || (value >= 0 && value < end))
          ? value
          : undefined;
      };
      return { read, wanted: 'a number in the unit that was agreed' };
    }
    default:
      return undefined;
  }
}

const isNumber = (json: unknown): json is number => typeof json === 'number' && Number.isFinite(json);

const textual =
  (read: (text: string) => unknown): Read =>
  (json) =>
    typeof json === 'string' ? read(json) : undefined;

const wholeText = (meaning: 'int' | 'long') => (text: string) =>
  /^-?\d{1,19}$/.test(text) ? safe(wholeIn(meaning === 'int' ? 32 : 64, BigInt(text))) : undefined;
const numberText = (text: string): number | undefined =>
  isNumberText(text) && Number.isFinite(Number(text)) ? Number(text) : undefined;

/** Records of doors hold no number that a double rounds. */
const safe = (value: number | bigint | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const HEX = /^(?:[0-9A-Fa-f]{2})*$/;
const ANY = /^/;
const bytes = (pattern: RegExp, encoding: BufferEncoding, size: number | undefined) => (text: string) => {
  const made = pattern.test(text) && text.isWellFormed() ? Buffer.from(text, encoding) : undefined;
  return size === undefined || made?.length === size ? made : undefined;
};

/** Without an exponent. */
function plainDigits(number: number): string {
  const { sign, digits, exponent } = decimalParts(String(number));
  if (exponent >= 0) return sign + digits + '0'.repeat(exponent);
  const padded = digits.padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

/** The number with its point so many places to the right; undefined when it is not whole then. */
function shifted(number: number, places: number): number | undefined {
  const { sign, digits, exponent } = decimalParts(String(number));
  const moved = digits === '0' ? '0' : exponent + places >= 0 ? digits + '0'.repeat(exponent + places) : undefined;
  const value = moved === undefined ? Number.NaN : Number(sign + moved);
  return Number.isSafeInteger(value) ? value : undefined;
}

const MOMENT = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/;

function momentIn(text: string, places: number): number | undefined {
  const [, time, fraction = '', zone] = MOMENT.exec(text) ?? [];
  if (time === undefined || zone === undefined || /[1-9]/.test(fraction.slice(places))) return undefined;
  const ms = Date.parse(`${time}${zone}`.toUpperCase());
  const day = Date.parse(`${time}Z`.toUpperCase());
  // `Date` takes a day that no month has for one of the next.
  if (!Number.isFinite(ms) || new Date(day).toISOString().slice(0, 10) !== time.slice(0, 10)) return undefined;
  const value = (ms / 1000) * 10 ** places + Number(fraction.padEnd(places, '0').slice(0, places));
  return Number.isSafeInteger(value) ? value : undefined;
}

function wantedText(type: AvroSchemaJson): string {
  const [example] = (formOf(type)?.schema['examples'] as string[] | undefined) ?? [];
  return example === undefined ? 'a uuid' : `a text such as "${example}"`;
}
