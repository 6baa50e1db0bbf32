// Avro schema → TypeScript interfaces: what generated/types.ts is made of.
import type { AvroRecord, AvroSchemaJson } from './avro-schema.ts';
import { isUnion } from './avro-schema.ts';

const PRIMITIVES: Record<string, string> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  bytes: 'Buffer',
  string: 'string',
};

/** The one long that others fill as they like: read as a bigint where no number is exact, from 2^53 on. */
const VERSION = 'version';

/** The declarations of every named type in the schema, outermost first, each with its doc as a comment. */
export function declarations(schema: AvroSchemaJson): string[] {
  const named = new Map<string, string>();
  typeOf(schema, named);
  return [...named.values()];
}

function typeOf(schema: AvroSchemaJson, named: Map<string, string>): string {
  if (typeof schema === 'string') return PRIMITIVES[schema] ?? lastName(schema);
  if (isUnion(schema)) {
    const nullLast = [...schema].sort((a, b) => Number(a === 'null') - Number(b === 'null'));
    return nullLast.map((branch) => typeOf(branch, named)).join(' | ');
  }
  switch (schema.type) {
    case 'record':
      named.set(schema.name, ''); // keeps the outer type before those it contains
      named.set(schema.name, recordOf(schema, named));
      return schema.name;
    case 'enum':
      named.set(
        schema.name,
        `${comment(schema.doc)}export type ${schema.name} = ${schema.symbols.map((symbol) => `'${symbol}'`).join(' | ')};`,
      );
      return schema.name;
    case 'array':
      return `Array<${typeOf(schema.items, named)}>`;
    case 'map':
      return `Record<string, ${typeOf(schema.values, named)}>`;
    case 'fixed':
      return 'Buffer';
    default:
      return PRIMITIVES[schema.type] ?? 'unknown';
  }
}

function recordOf(record: AvroRecord, named: Map<string, string>): string {
  const lines = record.fields.map((field) => {
    const doc = [field.doc, unitOf(field.type)].filter((part) => part !== undefined).join(' ');
    const type = typeOf(field.type, named);
    return `${comment(doc, '  ')}  ${field.name}: ${field.name === VERSION ? type.replace('number', 'number | bigint') : type};`;
  });
  return `${comment(record.doc)}export interface ${record.name} {\n${lines.join('\n')}\n}`;
}

/** Avro's logical types vanish in TypeScript, so the comment keeps the unit. */
function unitOf(schema: AvroSchemaJson): string | undefined {
  if (isUnion(schema)) return schema.map(unitOf).find((unit) => unit !== undefined);
  const logical = typeof schema === 'object' && 'logicalType' in schema ? schema.logicalType : undefined;
  return logical === 'timestamp-millis' ? 'Milliseconds since the epoch.' : undefined;
}

const comment = (doc: string | undefined, indent = ''): string => (doc ? `${indent}/** ${doc} */\n` : '');
const lastName = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
