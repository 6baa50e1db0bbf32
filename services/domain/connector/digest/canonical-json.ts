// One text for all that mean the same: JSON as RFC 8785 writes it, with the names of an object in order and no blanks.
import { isExactNumber } from '../../text/exact-number.ts';

/** @param value what JSON can hold; a bigint is its digits, a name whose value is undefined is left out */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || isExactNumber(value)) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const there = Object.entries(value).filter(([, inner]) => inner !== undefined);
  there.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${there.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(',')}}`;
}

/** The same of a list whose order means nothing. */
export function inOrder<T>(set: readonly T[]): T[] {
  const texts = new Map(set.map((one) => [canonicalJson(one), one]));
  return [...texts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
