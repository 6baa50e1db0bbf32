// An allow-list as a function: what a schema names is copied, and nothing else can pass. Compiled once from the Avro schema,
// so that a new field stays inside until somebody writes it into the public schema.
import type { AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches, isUnion } from '@ess/schemas/avro-schema.ts';
import { EssError } from '../text/error.ts';

/** The consumer group of the projector: where it stands is what public.rules and rules.latest tell of. */
export const PROJECTOR_GROUP = 'ess.public';

type Project = (value: unknown) => unknown;

/**
 * @param schema the record that may be seen
 * @returns a function from a decoded record to a new one that has only the fields of the schema; it never throws, and a
 *   value that does not fit the schema is left to the encoder to refuse
 * @throws EssError ESS_CONFIG when a union of the schema has several records: which one is meant could not be told
 */
export function compileProjection(schema: AvroRecord): (record: object) => Record<string, unknown> {
  return projectRecord(schema, new Map()) as (record: object) => Record<string, unknown>;
}

function projectRecord(schema: AvroRecord, named: Map<string, Project>): Project {
  const fields: Array<readonly [name: string, project: Project]> = [];
  const project: Project = (value) => {
    if (typeof value !== 'object' || value === null) return undefined;
    const seen: Record<string, unknown> = {};
    for (const [name, inner] of fields)
      if (Object.hasOwn(value, name)) seen[name] = inner((value as Record<string, unknown>)[name]);
    return seen;
  };
  named.set(schema.name, project); // before its fields: a record may contain itself
  for (const field of schema.fields) fields.push([field.name, projectionOf(field.type, named)]);
  return project;
}

function projectionOf(schema: AvroSchemaJson, named: Map<string, Project>): Project {
  if (typeof schema === 'string') return named.get(schema.split('.').at(-1) as string) ?? leaf;
  if (isUnion(schema)) return projectUnion(schema, named);
  switch (schema.type) {
    case 'record':
      return projectRecord(schema, named);
    case 'array': {
      const inner = projectionOf(schema.items, named);
      return (value) => (Array.isArray(value) ? value.map(inner) : undefined);
    }
    case 'map': {
      const inner = projectionOf(schema.values, named);
      return (value) =>
        typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inner(one)]))
          : undefined;
    }
    default:
      return leaf;
  }
}

function projectUnion(union: readonly AvroSchemaJson[], named: Map<string, Project>): Project {
  const inner = branches(union).map((branch) => projectionOf(branch, named));
  const deep = inner.filter((project) => project !== leaf);
  if (deep.length > 1)
    throw new EssError('ESS_CONFIG', 'a public schema may have one record, map or array in a union, not several');
  const project = deep[0] ?? leaf;
  return (value) => (typeof value === 'object' && value !== null && !isBytes(value) ? project(value) : leaf(value));
}

/** A value without an inside. An object where the schema has none is dropped: it could carry anything. */
function leaf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !isBytes(value) ? undefined : value;
}

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
