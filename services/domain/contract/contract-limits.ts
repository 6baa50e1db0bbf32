// A partner's contract beside the types of its mapping: a document obeys both, so its schema may say both.

import type { JsonSchema } from '../forms/json-schema.ts';
import type { Path } from '../text/paths.ts';

/** They mean the same in every draft that a contract may be written in. */
const LIMITS: ReadonlySet<string> = new Set([
  'type',
  'enum',
  'const',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'title',
  'description',
]);

/**
 * The schema and what the contract says of the same fields. What it says by other means ($ref, if, anyOf) stays unsaid: the
 * result may accept more than the contract, never less than the mapping makes of records that the contract lets through.
 * @param hidden paths that are in the checked body only: credentials
 */
export function limitedBy(schema: JsonSchema, contract: unknown, hidden: readonly Path[] = []): JsonSchema {
  if (!isObject(contract) || '$ref' in contract) return schema; // older drafts ignore what stands beside a $ref
  const { properties } = schema;
  if (!isObject(properties)) {
    const limits = Object.fromEntries(Object.entries(contract).filter(([keyword]) => LIMITS.has(keyword)));
    return Object.keys(limits).length === 0 ? schema : { allOf: [schema, limits] };
  }
  const said = isObject(contract['properties']) ? contract['properties'] : {};
  const inner = Object.entries(properties).map(([name, property]) => {
    const below = hidden.filter(([first]) => first === name).map((path) => path.slice(1));
    return [name, Object.hasOwn(said, name) ? limitedBy(property as JsonSchema, said[name], below) : property] as const;
  });
  const needed = Array.isArray(contract['required']) ? (contract['required'] as string[]) : [];
  const required = new Set([
    ...((schema['required'] as readonly string[] | undefined) ?? []),
    // An object may be there for the sake of the credentials in it alone.
    ...needed.filter((name) => Object.hasOwn(properties, name) && !hidden.some(([first]) => first === name)),
  ]);
  return {
    ...schema,
    properties: Object.fromEntries(inner),
    ...(required.size > 0 ? { required: [...required] } : {}),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
