// Can a new Avro schema read what was written with the old one (BACKWARD)? If not, which field is in the way.
// The registry only answers no, and avsc names a field only when it is missing, so the two are compared field by field.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type { Schema, Type } from 'avsc';
import avro from 'avsc';
import { nearest } from '../text/nearest.ts';

export interface Incompatibility {
  /** Dotted path of the field in the new schema; `[]` stands for the items of an array or the values of a map. */
  readonly field: string;
  readonly message: string;
  readonly remedy: string;
}

/** What avsc's types show of themselves beyond its declarations. */
interface Shape {
  readonly fields?: ReadonlyArray<{
    readonly name: string;
    readonly aliases: readonly string[];
    readonly type: Type;
    defaultValue(): unknown;
  }>;
  readonly itemsType?: Type;
  readonly valuesType?: Type;
  readonly symbols?: readonly string[];
  readonly types?: readonly Type[];
}
const shapeOf = (type: Type): Shape => type as unknown as Shape;

/** Everything that keeps `next` from reading records written with `previous`; empty when it can. */
export function explainIncompatibility(next: AvroSchemaJson, previous: AvroSchemaJson): Incompatibility[] {
  const reader = avro.Type.forSchema(next as Schema);
  const writer = avro.Type.forSchema(previous as Schema);
  const found = compare(reader, writer, '');
  if (found.length > 0 || canRead(reader, writer)) return found;
  return [
    { field: '', message: `${nameOf(reader)} cannot read ${nameOf(writer)}`, remedy: 'keep the name of the record' },
  ];
}

function compare(reader: Type, writer: Type, field: string): Incompatibility[] {
  if (canRead(reader, writer)) return [];
  const [to, from] = [onlyBranch(reader), onlyBranch(writer)];
  const [next, previous] = [shapeOf(to), shapeOf(from)];
  if (next.fields && previous.fields) return compareFields(next.fields, previous.fields, field);
  if (next.itemsType && previous.itemsType) return compare(next.itemsType, previous.itemsType, `${field}[]`);
  if (next.valuesType && previous.valuesType) return compare(next.valuesType, previous.valuesType, `${field}[]`);
  if (next.symbols && previous.symbols && to.name === from.name) {
    const gone = previous.symbols.filter((symbol) => !next.symbols?.includes(symbol));
    const message = `old records hold ${gone.join(', ')}, which the enum has no more`;
    return [{ field, message, remedy: `keep ${gone.join(', ')}, or give the enum a default` }];
  }
  const message = `was ${nameOf(writer)}, and ${nameOf(reader)} cannot read that`;
  return [{ field, message, remedy: 'keep the type, or add a field with another name and default null' }];
}

function compareFields(
  next: NonNullable<Shape['fields']>,
  previous: NonNullable<Shape['fields']>,
  parent: string,
): Incompatibility[] {
  const found: Incompatibility[] = [];
  for (const { name, aliases, type, defaultValue } of next) {
    const field = parent === '' ? name : `${parent}.${name}`;
    const old = previous.find((candidate) => candidate.name === name || aliases.includes(candidate.name));
    if (old !== undefined) found.push(...compare(type, old.type, field));
    else if (defaultValue() === undefined) {
      const gone = previous.map((other) => other.name).filter((other) => !next.some((one) => one.name === other));
      const renamed = nearest(name, gone);
      const remedy =
        renamed === undefined
          ? 'give it a default, e.g. type ["null", …], default null'
          : `was it "${renamed}"? then add "aliases": ["${renamed}"]`;
      found.push({ field, message: 'is new and has no default, so old records cannot be read', remedy });
    }
  }
  return found;
}

function canRead(reader: Type, writer: Type): boolean {
  try {
    reader.createResolver(writer);
    return true;
  } catch {
    return false;
  }
}

/** `["null", X]` is compared as X: whether null itself fits has been decided by avsc when nothing inside X differs. */
function onlyBranch(type: Type): Type {
  const rest = shapeOf(type).types?.filter((branch) => branch.typeName !== 'null');
  return rest?.length === 1 ? rest[0]! : type;
}

function nameOf(type: Type): string {
  const { types } = shapeOf(type);
  return types ? `[${types.map(nameOf).join(', ')}]` : (type.name ?? type.typeName);
}
