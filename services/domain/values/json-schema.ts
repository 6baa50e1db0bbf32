// Avro types as JSON Schema (2020-12): what a decoded record looks like once it is JSON.
import type { AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches, isUnion } from '@ess/schemas/avro-schema.ts';
import { isNullable } from './avro-path.ts';
import { linked } from './linked-schema.ts';

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

/** Types of one schema that are described: records in records may be more than anybody could read, or hold. */
const PARTS_MAX = 5_000;

/**
 * @returns a schema that accepts every value of the Avro type as JSON; bytes have no JSON form and accept nothing. A record
 *   inside itself, and what lies behind the first few thousand types, is described no further
 */
export const jsonSchemaOf = (schema: AvroSchemaJson): JsonSchema => new Description().of(linked(schema));

class Description {
  /** Records around the type that is being described. */
  readonly #open = new Set<AvroSchemaJson>();
  #left = PARTS_MAX;

  of(schema: AvroSchemaJson): JsonSchema {
    this.#left -= 1;
    if (this.#left < 0) return {};
    if (typeof schema === 'string') return PRIMITIVES[schema] ?? { not: {} };
    if (isUnion(schema)) return this.#union(schema);
    switch (schema.type) {
      case 'record':
        return this.#record(schema);
      case 'enum':
        return { type: 'string', enum: [...schema.symbols] };
      case 'array':
        return { type: 'array', items: this.of(schema.items) };
      case 'map':
        return { type: 'object', additionalProperties: this.of(schema.values) };
      case 'fixed':
        return { not: {} };
      default: {
        const isTime = schema.logicalType === 'timestamp-millis';
        return described(PRIMITIVES[schema.type] ?? { not: {} }, isTime ? 'Milliseconds since the epoch.' : undefined);
      }
    }
  }

  #record(schema: AvroRecord): JsonSchema {
    if (this.#open.has(schema)) return { type: 'object' };
    this.#open.add(schema);
    const properties = schema.fields.map(({ name, type, doc }) => [name, described(this.of(type), doc)] as const);
    this.#open.delete(schema);
    const required = schema.fields.map(({ name }) => name);
    return { type: 'object', properties: Object.fromEntries(properties), required, additionalProperties: false };
  }

  #union(union: readonly AvroSchemaJson[]): JsonSchema {
    const inner = branches(union).map((branch) => this.of(branch));
    const [only] = inner;
    if (!isNullable(union)) return inner.length === 1 ? (only as JsonSchema) : { anyOf: inner };
    if (inner.length === 1 && typeof only?.['type'] === 'string' && !('enum' in only))
      return { ...only, type: [only['type'], 'null'] };
    return { anyOf: [...inner, { type: 'null' }] };
  }
}

export const described = (schema: JsonSchema, doc: string | undefined): JsonSchema =>
  doc === undefined ? schema : { ...schema, description: [doc, schema['description']].filter(Boolean).join(' ') };
