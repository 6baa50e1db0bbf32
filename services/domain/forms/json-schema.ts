// Avro types as JSON Schema (2020-12): what a decoded record looks like once it is JSON.
import type { AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches, isUnion } from '@ess/schemas/avro-schema.ts';
import { isNullable, symbolsOf, typeOf } from '../avro/avro-path.ts';
import { linked } from '../avro/linked-schema.ts';
import { JSON_TEXT } from './asked-form.ts';
import { formOf } from './forms.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export const JSON_SCHEMA_DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** Which way a document goes: as it is sent, values have the forms of JSON; what a door takes has Avro's own. */
export type Way = 'sent' | 'taken';

/** Avro's own forms, for doors. */
const TAKEN: Readonly<Record<string, JsonSchema>> = {
  boolean: { type: 'boolean' },
  int: { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  long: { type: 'integer' },
  float: { type: 'number' },
  double: { type: 'number' },
  string: { type: 'string' },
  null: { type: 'null' },
};

const NOTHING: JsonSchema = { not: {} };

/** Types of one schema that are described: records in records may be more than anybody could read, or hold. */
const PARTS_MAX = 5_000;

/**
 * @param as the form that the mapping asks for
 * @returns a schema that accepts every value of the Avro type as JSON; what has no JSON form accepts nothing. A record inside
 *   itself, and what lies behind the first few thousand types, is described no further
 */
export const jsonSchemaOf = (schema: AvroSchemaJson, way: Way = 'sent', as?: string): JsonSchema =>
  new Description(way).of(linked(schema), as);

class Description {
  readonly #way: Way;
  /** Records around the type that is being described. */
  readonly #open = new Set<AvroSchemaJson>();
  #left = PARTS_MAX;

  constructor(way: Way) {
    this.#way = way;
  }

  of(schema: AvroSchemaJson, as?: string): JsonSchema {
    this.#left -= 1;
    if (this.#left < 0) return {};
    if (isUnion(schema)) return this.#union(schema, as);
    if (as === JSON_TEXT) return { type: 'string', contentMediaType: 'application/json' };
    if (typeof schema === 'object') {
      if (schema.type === 'record') return this.#record(schema);
      if (schema.type === 'array') return { type: 'array', items: this.of(schema.items, as) };
      if (schema.type === 'map') return { type: 'object', additionalProperties: this.of(schema.values, as) };
    }
    const form = formOf(schema, as)?.schema ?? NOTHING;
    if (this.#way === 'sent' || as !== undefined) return form;
    const symbols = symbolsOf(schema);
    // Avro's own form of bytes is none of JSON: those that have another one are taken in it.
    return symbols ? { type: 'string', enum: [...symbols] } : (TAKEN[typeOf(schema)] ?? form);
  }

  #record(schema: AvroRecord): JsonSchema {
    if (this.#open.has(schema)) return { type: 'object' };
    this.#open.add(schema);
    const properties = schema.fields.map(({ name, type, doc }) => [name, described(this.of(type), doc)] as const);
    this.#open.delete(schema);
    const required = schema.fields.map(({ name }) => name);
    return { type: 'object', properties: Object.fromEntries(properties), required, additionalProperties: false };
  }

  #union(union: readonly AvroSchemaJson[], as?: string): JsonSchema {
    const inner = branches(union).map((branch) => this.of(branch, as));
    const [only] = inner;
    if (!isNullable(union)) return inner.length === 1 ? (only as JsonSchema) : { anyOf: inner };
    if (inner.length === 1 && typeof only?.['type'] === 'string' && !('enum' in only))
      return { ...only, type: [only['type'], 'null'] };
    return { anyOf: [...inner, { type: 'null' }] };
  }
}

export const described = (schema: JsonSchema, doc: string | undefined): JsonSchema =>
  doc === undefined ? schema : { ...schema, description: [doc, schema['description']].filter(Boolean).join(' ') };
