// A schema that refers to others, as one that holds them: each type is written out where it is named first.

import { qualified } from './avro-type.ts';

const NAMED: readonly unknown[] = ['record', 'error', 'enum', 'fixed'];

type Json = Readonly<Record<string, unknown>>;

/**
 * @param referred the schemas that it refers to, those that they refer to before them
 * @returns JSON of a schema; names that nobody defines stay as they are
 */
export function inlined(schema: unknown, referred: readonly unknown[]): unknown {
  if (referred.length === 0) return schema;
  /** By full name; a type may be defined within another. The newest counts. */
  const definitions = new Map<string, { readonly json: Json; readonly namespace: string }>();
  /** By full name, what has been written out. */
  const written = new Map<string, Json>();

  const collect = (json: unknown, namespace: string): unknown => {
    if (isNamed(json)) definitions.set(fullName(json, namespace), { json, namespace: namespaceOf(json, namespace) });
    return withInner(json, namespace, collect);
  };

  const whole = (json: unknown, namespace: string): unknown => {
    if (typeof json === 'string') {
      const near = json.includes('.') ? json : qualified(json, namespace);
      const name = written.has(near) || definitions.has(near) ? near : json;
      const definition = definitions.get(name);
      if (definition === undefined || written.has(name)) return json;
      written.set(name, definition.json);
      // Its own namespace, or none: not that of where it stands now.
      return withInner({ ...definition.json, namespace: definition.namespace }, '', whole);
    }
    if (isNamed(json)) {
      const name = fullName(json, namespace);
      if (written.get(name) === json) return name;
      written.set(name, json);
    }
    return withInner(json, namespace, whole);
  };

  for (const part of referred) collect(part, '');
  return whole(schema, '');
}

/** A copy in which each type directly within it is what is made of it. @param namespace of the type around it */
function withInner(json: unknown, namespace: string, of: (inner: unknown, namespace: string) => unknown): unknown {
  if (Array.isArray(json)) return json.map((branch) => of(branch, namespace));
  if (typeof json !== 'object' || json === null) return json;
  const type = json as Json;
  const isDefinition = isNamed(json);
  const own = isDefinition ? namespaceOf(type, namespace) : namespace;
  if (Array.isArray(type['fields']))
    return {
      ...type,
      fields: type['fields'].map((field: Json) => ({ ...field, type: of(field?.['type'], own) })),
    };
  if (type['type'] === 'array') return { ...type, items: of(type['items'], own) };
  if (type['type'] === 'map') return { ...type, values: of(type['values'], own) };
  return isDefinition ? type : { ...type, type: of(type['type'], own) };
}

const isNamed = (json: unknown): json is Json =>
  typeof json === 'object' && json !== null && NAMED.includes((json as Json)['type']);

function namespaceOf({ name, namespace }: Json, enclosing: string): string {
  const own = String(name);
  if (own.includes('.')) return own.slice(0, own.lastIndexOf('.'));
  return namespace === undefined ? enclosing : String(namespace ?? '');
}

function fullName(json: Json, enclosing: string): string {
  const own = String(json['name']);
  return own.includes('.') ? own : qualified(own, namespaceOf(json, enclosing));
}
