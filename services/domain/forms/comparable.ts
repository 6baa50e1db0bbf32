// Values as a connector's files name them, beside those of records: `where` and dictionaries speak of the form that goes out.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches } from '@ess/schemas/avro-schema.ts';
import { typeOf } from '../avro/avro-path.ts';
import { linked } from '../avro/linked-schema.ts';
import { exactNumber, isExactNumber, isNumberText, shortestFloat } from '../text/exact-number.ts';
import type { Write } from './forms.ts';
import { formOf } from './forms.ts';
import { compileSentForm } from './sent-form.ts';

type Scalar = string | number | boolean;

/** Equal to nothing that a file can hold. */
const INCOMPARABLE = Symbol('incomparable');

/**
 * From a record's value to what a file may call it; numbers that no double holds become their digits. Undefined: the value is
 * compared as it is.
 */
export function comparableWrite(type: AvroSchemaJson): Write | undefined {
  const { write, faults } = compileSentForm(type, '');
  if (write === undefined || faults.length > 0) return undefined;
  return (value) => {
    if (value === null || value === undefined) return value;
    try {
      const written = write(value);
      return isExactNumber(written) ? written.rawJSON : written;
    } catch {
      return INCOMPARABLE; // NaN, say
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

/** Whether records can hold the value, by its type and the text that it has. */
export const canEqual = (value: Scalar, type: AvroSchemaJson): boolean =>
  branchesOf(type).some((branch) => fits(value, branch));

/** Whether a text is that of a value that records can hold: keys of JSON are all text. */
export const canRead = (text: string, type: AvroSchemaJson): boolean =>
  branchesOf(type).some((branch) => {
    if (fits(text, branch)) return true;
    if (branch === 'boolean') return text === 'true' || text === 'false';
    return isNumberText(text) && fits(Number(text), branch) && digitsOf(text, branch) === text;
  });

/** What a value looks like that the type can have. */
export const exampleOf = (type: AvroSchemaJson): string | undefined => {
  for (const branch of branchesOf(type)) {
    const examples = formOf(branch)?.schema['examples'] as readonly string[] | undefined;
    if (examples) return examples[0];
  }
  return undefined;
};

const branchesOf = (type: AvroSchemaJson): readonly AvroSchemaJson[] => branches(linked(type));

function fits(value: Scalar, branch: AvroSchemaJson): boolean {
  const schema = formOf(branch)?.schema ?? {};
  const { type, pattern } = schema;
  const symbols = schema['enum'] as readonly unknown[] | undefined;
  if (symbols) return symbols.includes(value);
  switch (typeof value) {
    case 'string':
      // Digits that a number cannot hold are written in quotes.
      if (type === 'integer') return /^-?[1-9][0-9]*$/.test(value) && typeof exactNumber(value) !== 'number';
      return type === 'string' && (typeof pattern !== 'string' || new RegExp(pattern).test(value));
    case 'number':
      return type === 'number' || (type === 'integer' && Number.isSafeInteger(value));
    default:
      return type === typeof value;
  }
}

/** As the number is written when it goes out. */
const digitsOf = (text: string, branch: AvroSchemaJson): string =>
  String(branch === 'float' ? shortestFloat(Math.fround(Number(text))) : Number(text));
