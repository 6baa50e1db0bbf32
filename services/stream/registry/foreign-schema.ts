// A schema from the registry is as foreign as a record: anybody who may publish may have registered it. What reading needs of
// it is copied into a new one, within bounds. Defaults, aliases and documentation are for others, and defaults can unfold
// to any size.
import type { Schema } from 'avsc';

/** Types, fields and symbols of one schema: twenty times the largest that we have seen; a reader is built for each. */
const PARTS_MAX = 10_000;
/** Records, enums and fixed: a program of its own is made for each. */
const NAMED_MAX = 1_000;
/** How deep definitions lie within one another in the text. */
const NESTED_MAX = 64;
const NAME_CHARACTERS_MAX = 1_024;

/**
 * @param json the schema as the registry has it, parsed
 * @throws Error that says why it is not used
 */
export function plainSchema(json: unknown): Schema {
  let parts = 0;
  let definitions = 0;

  const count = (more: number) => {
    parts += more;
    if (parts > PARTS_MAX) throw new Error(`it has more than ${PARTS_MAX} types, fields and symbols`);
  };

  const copy = (from: unknown, depth: number): Schema => {
    count(1);
    if (depth > NESTED_MAX) throw new Error(`it is nested more than ${NESTED_MAX} deep`);
    if (typeof from === 'string') return name(from);
    if (typeof from !== 'object' || from === null) throw new Error(`${String(from)} is no type`);
    if (Array.isArray(from)) return from.map((branch) => copy(branch, depth + 1)) as Schema;
    const type = from as Record<string, unknown>;
    if (['record', 'error', 'enum', 'fixed'].includes(String(type['type'])) && ++definitions > NAMED_MAX)
      throw new Error(`it defines more than ${NAMED_MAX} records, enums and fixed`);
    switch (type['type']) {
      case 'array':
        return { type: 'array', items: copy(type['items'], depth + 1) } as Schema;
      case 'map':
        return { type: 'map', values: copy(type['values'], depth + 1) } as Schema;
      case 'enum':
        return { ...named(type), type: 'enum', symbols: list(type['symbols']).map(name) } as Schema;
      case 'fixed':
        return { ...named(type), type: 'fixed', size: type['size'] } as Schema;
      case 'record':
      case 'error':
        return {
          ...named(type),
          type: 'record',
          fields: list(type['fields']).map((field) => {
            const { name: fieldName, type: fieldType } = Object(field) as Record<string, unknown>;
            return { name: name(fieldName), type: copy(fieldType, depth + 1) };
          }),
        } as Schema;
      default:
        // A primitive with attributes.
        return name(type['type']) as Schema;
    }
  };

  const list = (from: unknown): unknown[] => {
    if (!Array.isArray(from)) throw new Error('its fields or symbols are no list');
    count(from.length);
    return from;
  };

  return copy(json, 0);
}

function named(type: Record<string, unknown>): { name?: string; namespace?: string } {
  const { name: own, namespace } = type;
  return {
    ...(own !== undefined && { name: name(own) }),
    // Null is said by some for none, which is not the enclosing one.
    ...(namespace !== undefined && { namespace: name(namespace ?? '') }),
  };
}

function name(from: unknown): string {
  if (typeof from !== 'string') throw new Error('a name is no text');
  if (from.length > NAME_CHARACTERS_MAX) throw new Error(`a name is longer than ${NAME_CHARACTERS_MAX} characters`);
  // As a property it is not a property: it would put another prototype under what was read.
  if (from.split('.').includes('__proto__')) throw new Error('a name is __proto__');
  return from;
}
