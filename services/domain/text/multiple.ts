// Whether a number is a multiple of another, as decimals say it: 19.99 is one of 0.01, though no division of doubles knows.
import { decimalParts } from './exact-number.ts';

/** @param value digits as JSON writes them, or a number @param divisor greater than zero */
export function isMultipleOf(value: number | string, divisor: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(divisor)) return (value as number) % divisor === 0;
  const [mine, theirs] = [decimalParts(String(value)), decimalParts(String(divisor))];
  if (mine.digits === '0') return true;
  const tens = mine.exponent - theirs.exponent;
  // The digits end with no zero, so they are no multiple of ten.
  if (tens < 0) return false;
  return (BigInt(mine.digits) * 10n ** BigInt(tens)) % BigInt(theirs.digits) === 0n;
}
