// What a partner gets, as JSON Schema: its mapping applied to the schema of the record instead of to a record.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches } from '@ess/schemas/avro-schema.ts';
import { isNullable, resolvePath } from '../avro/avro-path.ts';
import type { JsonSchema, Way } from '../forms/json-schema.ts';
import { described, jsonSchemaOf } from '../forms/json-schema.ts';
import type { Path } from '../text/paths.ts';
import type { DefaultValue, Json, MappedField } from './mapping.ts';

interface Leaf {
  readonly target: Path;
  readonly schema: JsonSchema;
  /** In every document. */
  readonly certain: boolean;
}

interface Node {
  readonly children: Map<string, Node>;
  leaf?: Leaf;
}

/** Every document that the mapping can make of a record of this schema is valid, and no other field is. */
export function mappedSchema(
  fields: readonly MappedField[],
  defaults: readonly DefaultValue[],
  source: AvroSchemaJson,
  way: Way,
): JsonSchema {
  const top: Node = { children: new Map() };
  for (const field of fields) put(top, leafOf(field, defaults, source, way));
  for (const { target, value } of defaults)
    if (!fields.some((field) => same(field.target, target)))
      put(top, { target, schema: constant(value), certain: true });
  return schemaOf(top).schema;
}

function leafOf(field: MappedField, defaults: readonly DefaultValue[], source: AvroSchemaJson, way: Way): Leaf {
  const { target, dictionary } = field;
  const resolved = resolvePath(source, field.source);
  if ('unknown' in resolved) return { target, schema: {}, certain: false };
  const { type, certain, field: last } = resolved;
  const fallback = defaults.find((one) => same(one.target, target));
  // A default takes the place of null.
  const nullable = fallback === undefined ? isNullable(type) : fallback.value === null;
  const values = dictionary ? { enum: [...dictionary.values] } : jsonSchemaOf(withoutNull(type), way, field.as);
  const choices = [
    values,
    ...(nullable ? [{ type: 'null' }] : []),
    ...(fallback && fallback.value !== null ? [constant(fallback.value)] : []),
  ];
  const schema = described(choices.length > 1 ? { anyOf: choices } : values, last?.doc);
  return { target, schema, certain: fallback !== undefined || certain };
}

function withoutNull(type: AvroSchemaJson): AvroSchemaJson {
  const left = branches(type);
  return left.length === 1 ? (left[0] as AvroSchemaJson) : left;
}

function put(top: Node, leaf: Leaf): void {
  let node = top;
  for (const step of leaf.target) {
    const next = node.children.get(step) ?? { children: new Map() };
    node.children.set(step, next);
    node = next;
  }
  node.leaf = leaf;
}

function schemaOf(node: Node): { schema: JsonSchema; certain: boolean } {
  if (node.leaf) return node.leaf;
  const inner = [...node.children].map(([name, child]) => ({ name, ...schemaOf(child) }));
  const required = inner.filter(({ certain }) => certain).map(({ name }) => name);
  const properties = Object.fromEntries(inner.map(({ name, schema }) => [name, schema]));
  return {
    schema: {
      type: 'object',
      properties,
      ...(required.length > 0 ? { required } : {}),
      additionalProperties: false,
    },
    certain: required.length > 0,
  };
}

const constant = (value: Json): JsonSchema => ({ const: value });
const same = (a: Path, b: Path): boolean => a.length === b.length && a.every((step, index) => step === b[index]);
