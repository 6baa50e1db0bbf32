// Values of a record whose schema is not known: what JSON cannot hold is refused wherever it lies.
import { exactNumber } from '../text/exact-number.ts';
import type { Write } from './forms.ts';
import { Unwritable } from './logical-text.ts';
import { listWrite, mapWrite } from './nested-write.ts';

export const writeUnknown: Write = (value) => {
  if (typeof value === 'bigint') return exactNumber(String(value));
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Unwritable(`is ${value}, which JSON has no number for`);
  if (typeof value === 'function' || typeof value === 'symbol') throw new Unwritable(`is a ${typeof value}`);
  if (typeof value !== 'object' || value === null) return value;
  if (Buffer.isBuffer(value)) throw new Unwritable('holds bytes, which are sent when the schema of the topic is known');
  return (Array.isArray(value) ? list : map)(value);
};
const list = listWrite(writeUnknown) as Write;
const map = mapWrite(writeUnknown) as Write;

/** A form that was asked for needs the schema. */
export const writeNothing: Write = () => {
  throw new Unwritable('cannot be sent in the form that is asked for: the schema of the topic is not known');
};
