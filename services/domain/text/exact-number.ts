// Numbers that a double cannot hold, digit for digit: JSON knows no bound, JavaScript's number does.

/** A number of JSON as its digits; `JSON.stringify` writes them as they are. Made by `exactNumber` alone. */
export interface ExactNumber {
  readonly rawJSON: string;
}

/** Node has them, the declarations of the language do not yet. */
const { parse, rawJSON, isRawJSON } = JSON as unknown as {
  parse(text: string, revive: (key: string, value: unknown, of: { readonly source?: string }) => unknown): unknown;
  rawJSON(text: string): ExactNumber;
  isRawJSON(value: unknown): value is ExactNumber;
};

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Short of these no number has more digits than a double holds, or an exponent beyond it: nothing has to be parsed. */
const MAYBE_ROUNDED = /[\d.]{16}|[eE][+-]?\d{3}/;
/** Digits that a whole number may have: a few characters of exponent would ask for any number of them. */
const WHOLE_DIGITS_MAX = 400;

export const isExactNumber = isRawJSON;

/** Whether the text is a number as JSON writes them. */
export const isNumberText = (text: string): boolean => NUMBER.test(text);

/** Whether a text may hold a number that is rounded when it is read: a quick no, before each number is looked at. */
export const mayRound = (text: string): boolean => MAYBE_ROUNDED.test(text);

/** Whether reading the number loses digits. @param text as JSON writes it */
export const isRounded = (text: string): boolean =>
  mayRound(text) && canonical(text) !== canonical(String(Number(text)));

/** @param text as JSON writes a number @returns a number when that is written with the same digits, else those digits */
export function exactNumber(text: string): number | ExactNumber {
  const number = Number(text);
  // A whole number with an exponent is not whole to every reader.
  const isPlain = /[eE]/.test(text) || !String(number).includes('e');
  return isPlain && !isRounded(text) ? number : rawJSON(text);
}

/** JSON whose numbers have all of their digits. @throws SyntaxError */
export function parseExact(text: string): unknown {
  if (!mayRound(text)) return JSON.parse(text);
  return parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined ? exactNumber(source) : value,
  );
}

/** Is told the digits of each number that stands for some. @param holder the copy that it is in */
export type Told = (holder: object, key: string, digits: string) => void;

/** The same document with numbers for digits: a contract judges them as the numbers that they are nearly. Uncopied when there are none. */
export function withNumbers<T extends object>(document: T, told?: Told): T {
  let copy: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(document)) {
    const number =
      typeof value !== 'object' || value === null
        ? value
        : isRawJSON(value)
          ? Number(value.rawJSON)
          : withNumbers(value, told);
    if (number === value) continue;
    copy ??= (Array.isArray(document) ? [...document] : { ...document }) as Record<string, unknown>;
    copy[key] = number;
    if (isRawJSON(value)) told?.(copy, key, value.rawJSON);
  }
  return (copy ?? document) as T;
}

/** The digits of a whole number, without an exponent; undefined when it is not whole, or longer than anybody means. */
export function wholeDigits(text: string): string | undefined {
  const { sign, digits, exponent } = decimalParts(text);
  if (exponent < 0 || digits.length + exponent > WHOLE_DIGITS_MAX) return undefined;
  return sign + digits + '0'.repeat(exponent);
}

/** Equal numbers have one text. */
function canonical(text: string): string {
  if (!NUMBER.test(text)) return text; // Infinity
  const { sign, digits, exponent } = decimalParts(text);
  return `${sign}${digits}e${exponent}`;
}

/** The digits without zeros at either end, and the power of ten that they are to be taken times. */
export function decimalParts(text: string): { sign: string; digits: string; exponent: number } {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = (whole + fraction).replace(/^0+/, '');
  if (all === '') return { sign: '', digits: '0', exponent: 0 };
  // No expression: it would try each of the zeros within, all over again.
  let end = all.length;
  while (all[end - 1] === '0') end -= 1;
  const digits = all.slice(0, end);
  return { sign, digits, exponent: Number(power) - fraction.length + all.length - digits.length };
}

/** Digits that a float has at least and at most; below the least of them in the usual form it has fewer. */
const FLOAT_DIGITS = { least: 6, most: 9 };
const FLOAT_LEAST = 2 ** -126;

/** The shortest decimal that reads back as this float. Whole numbers have their digits, which read back as any type. */
export function shortestFloat(value: number): number {
  if (Number.isSafeInteger(value) || Math.fround(value) !== value) return value;
  let digits = Math.abs(value) < FLOAT_LEAST ? 1 : FLOAT_DIGITS.least;
  for (; digits < FLOAT_DIGITS.most; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(digits));
}
