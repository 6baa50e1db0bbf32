// The default of a field as the plain value that a record has there which was written without the field.
import { isExactNumber, isNumberText, shortestFloat, wholeDigits } from '../text/exact-number.ts';
import type { AvroType } from './avro-type.ts';
import { PARTS_MAX } from './avro-type.ts';

/** Stands for a default that is not of the field's type. */
export const NO_FIT = Symbol('no fit');
/** One that holds itself has no end. */
const DEPTH_MAX = 64;
/** As Java writes what JSON has no number for. */
const NO_NUMBER_OF_JSON = /^(?:NaN|-?Infinity)$/;

/**
 * Shared by all records that get it: nobody may write to a record.
 * @param json the default as the schema has it; numbers may be exact ones
 * @returns NO_FIT when it is none of the type's, or holds itself
 * @throws Error when defaults within it unfold to more values than a schema may have parts
 */
export function defaultValue(type: AvroType, json: unknown): unknown {
  let values = 0;
  let isEndless = false;

  const plain = (of: AvroType, from: unknown, depth: number): unknown => {
    if (++values > PARTS_MAX) throw new Error(`a default unfolds to more than ${PARTS_MAX} values`);
    isEndless ||= depth > DEPTH_MAX;
    if (isEndless) return NO_FIT;
    switch (of.kind) {
      case 'null':
        return from === null ? null : NO_FIT;
      case 'boolean':
        return typeof from === 'boolean' ? from : NO_FIT;
      case 'int':
      case 'long':
        return wholeWithin(of.kind === 'int' ? 32 : 64, from);
      case 'float':
      case 'double': {
        const number = isExactNumber(from) ? Number(from.rawJSON) : from;
        if (typeof number !== 'number') return NO_FIT;
        return of.kind === 'float' ? Math.fround(number) : number;
      }
      case 'string':
        return typeof from === 'string' ? from : NO_FIT;
      case 'bytes':
        // A character for each byte.
        return typeof from === 'string' ? Buffer.from(from, 'latin1') : NO_FIT;
      case 'fixed':
        return typeof from === 'string' && from.length === of.size ? Buffer.from(from, 'latin1') : NO_FIT;
      case 'enum':
        return typeof from === 'string' && of.symbols.includes(from) ? from : NO_FIT;
      case 'union':
        for (const branch of of.branches) {
          const found = plain(branch, from, depth + 1);
          if (found === NO_FIT) continue;
          const isShort = branch.kind === 'float' && of.branches.some(({ kind }) => kind === 'double');
          return isShort ? shortestFloat(found as number) : found;
        }
        return NO_FIT;
      case 'array': {
        const items = Array.isArray(from) ? from.map((item) => plain(of.items, item, depth + 1)) : [NO_FIT];
        return items.includes(NO_FIT) ? NO_FIT : items;
      }
      case 'map':
        return object(from)
          ? entries(Object.entries(from).map(([key, value]) => [key, plain(of.values, value, depth + 1)]))
          : NO_FIT;
      case 'record':
        return object(from)
          ? entries(
              of.fields.map(({ name, type: inner, default: own }) => {
                const value = Object.hasOwn(from, name) ? from[name] : numeric(inner, own);
                return [name, value === undefined ? NO_FIT : plain(inner, value, depth + 1)];
              }),
            )
          : NO_FIT;
    }
  };

  return plain(type, numeric(type, json), 0);
}

/** Java takes texts for the numbers of a field, though not within a union, a list or a map. */
function numeric({ kind }: AvroType, json: unknown): unknown {
  const isText = (kind === 'float' || kind === 'double') && typeof json === 'string';
  return isText && (isNumberText(json) || NO_NUMBER_OF_JSON.test(json)) ? Number(json) : json;
}

/** A bigint where no number is exact. */
function wholeWithin(bits: 32 | 64, from: unknown): unknown {
  if (typeof from !== 'number' && !isExactNumber(from)) return NO_FIT;
  const digits = wholeDigits(typeof from === 'number' ? String(from) : from.rawJSON);
  if (digits === undefined) return NO_FIT;
  const whole = BigInt(digits);
  if (BigInt.asIntN(bits, whole) !== whole) return NO_FIT;
  return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole;
}

const object = (from: unknown): from is Record<string, unknown> =>
  typeof from === 'object' && from !== null && !Array.isArray(from) && !isExactNumber(from);

/** `__proto__` is a key like others here. */
const entries = (all: ReadonlyArray<readonly [string, unknown]>): unknown =>
  all.some(([, value]) => value === NO_FIT) ? NO_FIT : Object.fromEntries(all);
