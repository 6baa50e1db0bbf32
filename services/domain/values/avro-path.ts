// Follows a dotted path through an Avro schema, so that a wrong field name is found before any record is.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches, isUnion } from '@ess/schemas/avro-schema.ts';
import { didYouMean } from '../text/nearest.ts';
import type { Path } from '../text/paths.ts';

export type Resolved = { readonly type: AvroSchemaJson } | { readonly unknown: string; readonly remedy: string };

/** The type at the path, or which step is unknown and what was probably meant. */
export function resolvePath(schema: AvroSchemaJson, path: Path): Resolved {
  const named = namedTypes(schema);
  let type = schema;
  for (const [index, step] of path.entries()) {
    const children = childrenOf(type, named);
    if (children === 'any') {
      type = valuesOf(type, named);
      continue;
    }
    const before = path.slice(0, index).join('.');
    if (children.size === 0) {
      return { unknown: `"${before}" has no fields inside`, remedy: before === '' ? 'remove it' : `use "${before}"` };
    }
    const child = children.get(step);
    if (child === undefined) {
      const prefix = before === '' ? '' : `${before}.`;
      return {
        unknown: `unknown source field "${prefix}${step}"`,
        remedy: didYouMean(
          `${prefix}${step}`,
          [...children.keys()].map((name) => prefix + name),
        ),
      };
    }
    type = child;
  }
  return { type: dereference(type, named) };
}

/** Fields of the record branches; 'any' for a map, whose keys the schema does not know. */
function childrenOf(schema: AvroSchemaJson, named: Map<string, AvroSchemaJson>): Map<string, AvroSchemaJson> | 'any' {
  const fields = new Map<string, AvroSchemaJson>();
  for (const branch of branches(dereference(schema, named))) {
    const type = dereference(branch, named);
    if (typeof type !== 'object' || isUnion(type)) continue;
    if (type.type === 'map') return 'any';
    if (type.type === 'record') for (const field of type.fields) fields.set(field.name, field.type);
  }
  return fields;
}

function valuesOf(schema: AvroSchemaJson, named: Map<string, AvroSchemaJson>): AvroSchemaJson {
  for (const branch of branches(dereference(schema, named))) {
    const type = dereference(branch, named);
    if (typeof type === 'object' && !isUnion(type) && type.type === 'map') return type.values;
  }
  return schema;
}

const dereference = (schema: AvroSchemaJson, named: Map<string, AvroSchemaJson>): AvroSchemaJson =>
  typeof schema === 'string' ? (named.get(schema) ?? schema) : schema;

/** Every named type inside the schema, by its name and by its full name. */
export function namedTypes(schema: AvroSchemaJson): Map<string, AvroSchemaJson> {
  const named = new Map<string, AvroSchemaJson>();
  collectNamed(schema, named);
  return named;
}

function collectNamed(schema: AvroSchemaJson, named: Map<string, AvroSchemaJson>): void {
  if (typeof schema === 'string') return;
  if (isUnion(schema)) {
    for (const branch of schema) collectNamed(branch, named);
    return;
  }
  if ('name' in schema) {
    named.set(schema.name, schema);
    if (schema.namespace !== undefined) named.set(`${schema.namespace}.${schema.name}`, schema);
  }
  if (schema.type === 'record') for (const field of schema.fields) collectNamed(field.type, named);
  else if (schema.type === 'array') collectNamed(schema.items, named);
  else if (schema.type === 'map') collectNamed(schema.values, named);
}

/** Names of the primitive and complex types a value of this schema may have, null left out: `int`, `string`, `enum`, … */
export function kindsOf(schema: AvroSchemaJson): string[] {
  return branches(schema).map((branch) => {
    if (typeof branch === 'string') return branch;
    return isUnion(branch) ? 'union' : branch.type;
  });
}

/** The symbols when every branch is an enum; undefined otherwise. */
export function symbolsOf(schema: AvroSchemaJson): readonly string[] | undefined {
  const symbols: string[] = [];
  for (const branch of branches(schema)) {
    if (typeof branch !== 'object' || isUnion(branch) || branch.type !== 'enum') return undefined;
    symbols.push(...branch.symbols);
  }
  return symbols;
}
