// An Avro schema in which each name of a type is replaced by the type that it names: whoever walks it needs no table of names.
// A type that holds itself becomes an object that leads back to itself, so a walk has to remember where it was.
import type { AvroField, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { isUnion } from '@ess/schemas/avro-schema.ts';

const PRIMITIVES: ReadonlySet<string> = new Set([
  ...['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'],
]);

/** By a schema as it was given; each part of a linked one leads to itself. */
const known = new WeakMap<object, AvroSchemaJson>();

/** The same object for the same schema; a name that nothing declares stays a name. */
export function linked(schema: AvroSchemaJson): AvroSchemaJson {
  if (typeof schema === 'string') return schema;
  const before = known.get(schema);
  if (before !== undefined) return before;
  const made = new Linker().link(schema, '');
  known.set(schema, made);
  return made;
}

class Linker {
  /** By full name. */
  readonly #types = new Map<string, AvroSchemaJson>();

  /** @param space namespace of the type around it */
  link(schema: AvroSchemaJson, space: string): AvroSchemaJson {
    if (typeof schema === 'string') return PRIMITIVES.has(schema) ? schema : this.#named(schema, space);
    if (isUnion(schema)) return made(schema.map((branch) => this.link(branch, space)));
    switch (schema.type as string) {
      case 'record':
      case 'error':
      case 'enum':
      case 'fixed':
        return this.#declared(schema as Declared, space);
      case 'array': {
        const { items } = schema as { items: AvroSchemaJson };
        return made({ type: 'array', items: this.link(items, space) });
      }
      case 'map': {
        const { values } = schema as { values: AvroSchemaJson };
        return made({ type: 'map', values: this.link(values, space) });
      }
      default:
        if (PRIMITIVES.has(schema.type) && 'logicalType' in schema) return made({ ...schema });
        return this.link(schema.type as AvroSchemaJson, space); // attributes around a type, or around its name
    }
  }

  #declared(schema: Declared, space: string): AvroSchemaJson {
    const dot = schema.name.lastIndexOf('.');
    const inner = dot < 0 ? (schema.namespace ?? space) : schema.name.slice(0, dot);
    const name = schema.name.slice(dot + 1);
    const copy = made({ ...schema, name, namespace: inner, type: schema.type === 'error' ? 'record' : schema.type });
    // Known before its fields are: they may name it.
    this.#types.set(joined(inner, name), copy);
    if (schema.fields)
      Object.assign(copy, {
        fields: schema.fields.map((field) => ({ ...field, type: this.link(field.type, inner) })),
      });
    return copy;
  }

  /** A simple name is one of the namespace around it, or else of none. */
  #named(name: string, space: string): AvroSchemaJson {
    return (name.includes('.') ? undefined : this.#types.get(joined(space, name))) ?? this.#types.get(name) ?? name;
  }
}

/** What records, enums and fixed have in common. */
interface Declared {
  readonly type: string;
  readonly name: string;
  readonly namespace?: string | null;
  readonly fields?: readonly AvroField[];
}

const joined = (space: string, name: string): string => (space === '' ? name : `${space}.${name}`);

function made(schema: object): AvroSchemaJson {
  known.set(schema, schema as AvroSchemaJson);
  return schema as AvroSchemaJson;
}
