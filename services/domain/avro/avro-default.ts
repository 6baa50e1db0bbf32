// The default of a field as the plain value that a record has there which was written without the field.
import { shortestFloat } from '../text/exact-number.ts';
import type { AvroType } from './avro-type.ts';
import { PARTS_MAX } from './avro-type.ts';

/** Stands for a default that is not of the field's type. */
export const NO_FIT = Symbol('no fit');

/**
 * Shared by all records that get it: nobody may write to a record.
 * @param json the default as the schema has it
 * @returns NO_FIT when it is none of the type's
 * @throws Error when defaults within it unfold to more values than a schema may have parts
 */
export function defaultValue(type: AvroType, json: unknown): unknown {
  let values = 0;

  const plain = (of: AvroType, from: unknown): unknown => {
    if (++values > PARTS_MAX) throw new Error(`a default unfolds to more than ${PARTS_MAX} values`);
    switch (of.kind) {
      case 'null':
        return from === null ? null : NO_FIT;
      case 'boolean':
        return typeof from === 'boolean' ? from : NO_FIT;
      case 'int':
      case 'long':
        return Number.isSafeInteger(from) ? from : NO_FIT;
      case 'float':
        return typeof from === 'number' ? Math.fround(from) : NO_FIT;
      case 'double':
        return typeof from === 'number' ? from : NO_FIT;
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
          const found = plain(branch, from);
          if (found === NO_FIT) continue;
          const isShort = branch.kind === 'float' && of.branches.some(({ kind }) => kind === 'double');
          return isShort ? shortestFloat(found as number) : found;
        }
        return NO_FIT;
      case 'array': {
        const items = Array.isArray(from) ? from.map((item) => plain(of.items, item)) : [NO_FIT];
        return items.includes(NO_FIT) ? NO_FIT : items;
      }
      case 'map':
        return object(from)
          ? entries(Object.entries(from).map(([key, value]) => [key, plain(of.values, value)]))
          : NO_FIT;
      case 'record':
        return object(from)
          ? entries(
              of.fields.map(({ name, type: inner, default: own }) => {
                const value = Object.hasOwn(from, name) ? from[name] : own;
                return [name, value === undefined ? NO_FIT : plain(inner, value)];
              }),
            )
          : NO_FIT;
    }
  };

  return plain(type, json);
}

const object = (from: unknown): from is Record<string, unknown> =>
  typeof from === 'object' && from !== null && !Array.isArray(from);

/** `__proto__` is a key like others here. */
const entries = (all: ReadonlyArray<readonly [string, unknown]>): unknown =>
  all.some(([, value]) => value === NO_FIT) ? NO_FIT : Object.fromEntries(all);
