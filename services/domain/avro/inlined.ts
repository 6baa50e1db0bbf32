// A schema that refers to others, as one that holds them: each is written out where it is named first.

const NAMED: readonly unknown[] = ['record', 'error', 'enum', 'fixed'];

type Json = Readonly<Record<string, unknown>>;

/**
 * @param referred the schemas that it refers to, those that they refer to before them
 * @returns JSON of a schema; names that nobody defines stay as they are
 */
export function inlined(schema: unknown, referred: readonly unknown[]): unknown {
  if (referred.length === 0) return schema;
  const definitions = new Map(referred.filter(isNamed).map((json) => [fullName(json, ''), json]));

  const walk = (json: unknown, namespace: string): unknown => {
    if (typeof json === 'string') {
      const name = json.includes('.') || namespace === '' ? json : `${namespace}.${json}`;
      const found = definitions.has(name) ? name : json;
      const definition = definitions.get(found);
      if (definition === undefined) return json;
      definitions.delete(found);
      // Its own namespace, or none: not that of where it stands now.
      return walk({ ...definition, namespace: namespaceOf(definition, '') }, '');
    }
    if (Array.isArray(json)) return json.map((branch) => walk(branch, namespace));
    if (typeof json !== 'object' || json === null) return json;
    const type = json as Json;
    const inner = NAMED.includes(type['type']) ? namespaceOf(type, namespace) : namespace;
    if (Array.isArray(type['fields']))
      return {
        ...type,
        fields: type['fields'].map((field: Json) => ({ ...field, type: walk(field?.['type'], inner) })),
      };
    if (type['type'] === 'array') return { ...type, items: walk(type['items'], inner) };
    if (type['type'] === 'map') return { ...type, values: walk(type['values'], inner) };
    return NAMED.includes(type['type']) ? type : { ...type, type: walk(type['type'], inner) };
  };

  return walk(schema, '');
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
  const namespace = namespaceOf(json, enclosing);
  return own.includes('.') || namespace === '' ? own : `${namespace}.${own}`;
}
