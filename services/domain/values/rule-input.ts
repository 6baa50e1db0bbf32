// What a person or program hands to `ess publish`, checked before anything is sent: every wrong field is named at once.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type avro from 'avsc';
import { heldType } from '../avro/held-type.ts';
import { nearest } from '../text/nearest.ts';

export interface InputProblem {
  /** Dotted path of the field. */
  readonly field: string;
  readonly message: string;
}

/**
 * Checks a plain JSON object against a record schema: unknown fields (with the nearest name), missing fields without a
 * default, values of a wrong type. @returns nothing when it can be encoded
 */
export function checkRecord(schema: AvroSchemaJson, input: unknown): InputProblem[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return [{ field: '', message: 'must be a JSON object' }];
  const type = heldType(schema) as avro.types.RecordType;
  const names = type.fields.map(({ name }) => name);
  const problems: InputProblem[] = Object.keys(input)
    .filter((name) => !names.includes(name))
    .map((name) => {
      const near = nearest(name, names);
      return {
        field: name,
        message: `is not a field of ${type.name}${near === undefined ? '' : `; did you mean "${near}"?`}`,
      };
    });
  for (const field of type.fields) {
    const value = (input as Record<string, unknown>)[field.name];
    if (value === undefined && field.defaultValue() === undefined)
      problems.push({ field: field.name, message: 'is missing' });
    else if (value !== undefined) problems.push(...checkValue(field.type, field.name, value));
  }
  return problems;
}

function checkValue(type: avro.Type, name: string, value: unknown): InputProblem[] {
  const problems: InputProblem[] = [];
  type.isValid(value, {
    errorHook: (path, found, expected) => {
      problems.push({
        field: [name, ...path].join('.'),
        message: `must be ${describe(expected)}, not ${JSON.stringify(found) ?? 'absent'}`,
      });
    },
  });
  return problems;
}

function describe(type: avro.Type): string {
  const schema = type.schema() as { type?: string; symbols?: string[] } | string | unknown[];
  if (Array.isArray(schema))
    return schema
      .map((branch) => (typeof branch === 'string' ? branch : (branch as { name?: string }).name))
      .join(' or ');
  if (typeof schema === 'object' && schema.symbols) return `one of ${schema.symbols.join(', ')}`;
  return type.typeName;
}
