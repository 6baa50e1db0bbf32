// Values as a connector's files name them, beside those of records: `where` and dictionaries speak of the form that goes out.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches } from '@ess/schemas/avro-schema.ts';
import { typeOf } from '../avro/avro-path.ts';
import { linked } from '../avro/linked-schema.ts';
import { isExactNumber, isNumberText, shortestFloat } from '../text/exact-number.ts';
import type { Write } from './forms.ts';
import { formOf } from './forms.ts';
import { Invalid } from './logical-text.ts';
import { readForm, wholeIn } from './read-form.ts';
import { compileSentForm } from './sent-form.ts';

type Scalar = string | number | boolean;

/** Equal to nothing that a file can hold. */
const INCOMPARABLE = Symbol('incomparable');

/**
 * From a record's value to what a file may call it; a whole number that is not safe becomes its digits. Undefined: the value is
 * compared as it is. What is no value of its type becomes the Invalid that says why.
 */
export function comparableWrite(type: AvroSchemaJson): Write | undefined {
  // What cannot be sent can be compared: as it is.
  const { write, faults } = compileSentForm(type, '');
  if (write === undefined && faults.length === 0) return undefined;
  return (value) => {
    if (value === null || value === undefined) return value;
    try {
      const written = write === undefined ? value : write(value);
      if (typeof value === 'bigint' && typeof written !== 'string') return String(value);
      return isExactNumber(written) ? written.rawJSON : written;
    } catch (error) {
      return error instanceof Invalid ? error : INCOMPARABLE; // NaN, say
    }
  };
}

/** A float may be written with more digits than it has. @returns the same value for other types */
export const asFloat = (value: unknown, type: AvroSchemaJson): unknown =>
  typeof value === 'number' && branchesOf(type).every((branch) => branch === 'float')
    ? shortestFloat(Math.fround(value))
    : value;

/** The types of JSON that a value of the Avro type is compared as; one that has no single form goes by its own name. */
export const comparedTypes = (type: AvroSchemaJson): string[] =>
  branchesOf(type).map((branch) => {
    const schemaType = formOf(branch)?.schema['type'];
    if (schemaType === undefined) return typeOf(branch);
    return schemaType === 'integer' ? 'number' : String(schemaType);
  });

/** Whether records can hold the value. */
export const canEqual = (value: Scalar, type: AvroSchemaJson): boolean => formIn(value, type) === value;

/** What a file says that means the value: another one when it is written otherwise, undefined when no record can hold it. */
export function formIn(given: Scalar, type: AvroSchemaJson): Scalar | undefined {
  const compared = asFloat(given, type);
  const forms = formsIn(given, type);
  return forms.includes(compared as Scalar) ? given : forms[0];
}

/** The same for a key of JSON, which is always a text. */
export function keyIn(text: string, type: AvroSchemaJson): string | undefined {
  const forms = formsIn(text, type).map(String);
  return forms.includes(text) ? text : forms[0];
}

/** What values look like that the type can have. */
export const valuesOf = (type: AvroSchemaJson): string =>
  [...new Set(branchesOf(type).map(shownValues))].filter((shown) => shown !== '').join(' or ');

const branchesOf = (type: AvroSchemaJson): readonly AvroSchemaJson[] => branches(linked(type));

/** What records are compared as that hold what is given, for each branch that can. */
function formsIn(given: Scalar, type: AvroSchemaJson): Scalar[] {
  const write = comparableWrite(type);
  return branchesOf(type)
    .map((branch) => held(given, branch))
    .filter((value) => value !== undefined)
    .map((value) => (write === undefined ? value : write(value)))
    .filter((form): form is Scalar => ['string', 'number', 'boolean'].includes(typeof form));
}

/** The value that a record has, when one can hold what is given; numbers may be given as text. */
function held(given: Scalar, branch: AvroSchemaJson): unknown {
  const { type, enum: symbols } = (formOf(branch)?.schema ?? {}) as { type?: string; enum?: readonly unknown[] };
  const below = typeOf(branch);
  if (symbols !== undefined) return symbols.includes(given) ? given : undefined;
  switch (type) {
    case 'boolean':
      if (given === 'true' || given === 'false') return given === 'true';
      return typeof given === 'boolean' ? given : undefined;
    case 'number': {
      const number = typeof given === 'string' && !isNumberText(given) ? Number.NaN : Number(given);
      if (typeof given === 'boolean' || !Number.isFinite(number)) return undefined;
      return below === 'float' ? Math.fround(number) : number;
    }
    case 'integer': {
      // A number that is not safe has been rounded.
      if (typeof given === 'number' ? !Number.isSafeInteger(given) : !/^-?\d+$/.test(String(given))) return undefined;
      return wholeIn(below === 'int' ? 32 : 64, BigInt(given));
    }
    case 'string':
      if (typeof given !== 'string') return undefined;
      return below === 'string' ? given : readForm(given, branch);
    default:
      return undefined;
  }
}

function shownValues(branch: AvroSchemaJson): string {
  const { type, enum: symbols, examples } = formOf(branch)?.schema ?? {};
  if (symbols !== undefined) return `one of ${(symbols as string[]).join(', ')}`;
  if (examples !== undefined) return `a value such as "${(examples as string[])[0]}"`;
  if (type === 'string') return typeOf(branch) === 'fixed' ? 'a uuid in lower case' : 'a text in quotes';
  if (type === 'boolean') return 'true or false';
  if (type === 'number') return typeOf(branch) === 'float' ? 'a number up to 3.4e38' : 'a number';
  if (type !== 'integer') return '';
  return typeOf(branch) === 'int'
    ? `a whole number from ${-(2 ** 31)} to ${2 ** 31 - 1}`
    : `a whole number from ${-(2n ** 63n)} to ${2n ** 63n - 1n}, in quotes beyond 2^53`;
}
