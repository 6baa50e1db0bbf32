// Avro types as JSON Schema (2020-12): what a decoded record looks like once it is JSON.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches, isUnion } from '@ess/schemas/avro-schema.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export const JSON_SCHEMA_DIALECT = 'https://json-schema.org/draft/2020-12/schema';

const PRIMITIVES: Readonly<Record<string, JsonSchema>> = {
  boolean: { type: 'boolean' },
  int: { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  long: { type: 'integer' },
  float: { type: 'number' },
  double: { type: 'number' },
  string: { type: 'string' },
  null: { type: 'null' },
};

/** Whether null is a value of the type. */
export const isNullable = (schema: AvroSchemaJson): boolean =>
  schema === 'null' || (isUnion(schema) && schema.includes('null'));

/** @returns a schema that accepts every value of the Avro type as JSON; bytes have no JSON form and accept nothing */
export function jsonSchemaOf(schema: AvroSchemaJson, named = new Map<string, AvroSchemaJson>()): JsonSchema {
  if (typeof schema === 'string') {
    const other = named.get(schema.split('.').at(-1) as string);
    return PRIMITIVES[schema] ?? (other === undefined ? { not: {} } : jsonSchemaOf(other, named));
  }
  if (isUnion(schema)) return unionOf(schema, named);
  switch (schema.type) {
    case 'record': {
      named.set(schema.name, {} as AvroSchemaJson); // a record inside itself is described no further
      const properties = schema.fields.map(
        ({ name, type, doc }) => [name, described(jsonSchemaOf(type, named), doc)] as const,
      );
      named.set(schema.name, schema);
      const required = schema.fields.map(({ name }) => name);
      return { type: 'object', properties: Object.fromEntries(properties), required, additionalProperties: false };
    }
    case 'enum':
      named.set(schema.name, schema);
      return { type: 'string', enum: [...schema.symbols] };
    case 'array':
      return { type: 'array', items: jsonSchemaOf(schema.items, named) };
    case 'map':
      return { type: 'object', additionalProperties: jsonSchemaOf(schema.values, named) };
    case 'fixed':
      return { not: {} };
    case undefined:
      return {};
    default: {
      const isTime = schema.logicalType === 'timestamp-millis';
      return described(PRIMITIVES[schema.type] ?? { not: {} }, isTime ? 'Milliseconds since the epoch.' : undefined);
    }
  }
}

function unionOf(union: readonly AvroSchemaJson[], named: Map<string, AvroSchemaJson>): JsonSchema {
  const inner = branches(union).map((branch) => jsonSchemaOf(branch, named));
  const [only] = inner;
  if (!isNullable(union)) return inner.length === 1 ? (only as JsonSchema) : { anyOf: inner };
  if (inner.length === 1 && typeof only?.['type'] === 'string' && !('enum' in only))
    return { ...only, type: [only['type'], 'null'] };
  return { anyOf: [...inner, { type: 'null' }] };
}

export const described = (schema: JsonSchema, doc: string | undefined): JsonSchema =>
  doc === undefined ? schema : { ...schema, description: [doc, schema['description']].filter(Boolean).join(' ') };
