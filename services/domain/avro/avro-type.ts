// An Avro schema as a graph of types, read leniently: what decoding does not need cannot make a schema unreadable. So names may
// hold what Java lets pass, a type may be defined twice, and defaults are looked at when one is needed.
//
// A schema is as foreign as a record: anybody who may publish may have registered it. It is read within bounds.

import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { logicalTypeOf } from './meaning.ts';

/** Types, fields and symbols of one schema: twenty times the largest that we have seen; a reader is built for each. */
export const PARTS_MAX = 10_000;
/** Records, enums and fixed: a program of its own is made for each record. */
const NAMED_MAX = 1_000;
/** How deep definitions lie within one another in the text. */
const NESTED_MAX = 64;
const NAME_CHARACTERS_MAX = 1_024;
/** Kafka takes no larger record unless it is told to. */
const FIXED_BYTES_END = 2 ** 31;

export type Primitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

export interface PrimitiveType {
  readonly kind: Primitive;
  /** What its values are beside that, for people: `a timestamp-millis`. Not of texts, which are the same text whatever they mean. */
  readonly logical?: string | undefined;
}
export interface EnumType {
  readonly kind: 'enum';
  /** With its namespace, as all names of types here. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly symbols: readonly string[];
  readonly default: string | undefined;
}
export interface FixedType {
  readonly kind: 'fixed';
  readonly name: string;
  readonly aliases: readonly string[];
  /** Bytes. */
  readonly size: number;
  readonly logical: string | undefined;
}
export interface ArrayType {
  readonly kind: 'array';
  readonly items: AvroType;
}
export interface MapType {
  readonly kind: 'map';
  readonly values: AvroType;
}
export interface UnionType {
  readonly kind: 'union';
  readonly branches: readonly AvroType[];
}
export interface RecordField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: AvroType;
  /** As the schema has it; undefined: none. */
  readonly default: unknown;
}
export interface RecordType {
  readonly kind: 'record';
  readonly name: string;
  readonly aliases: readonly string[];
  /** Grows while the record is read, which may name itself. */
  readonly fields: RecordField[];
}
export type AvroType = PrimitiveType | EnumType | FixedType | ArrayType | MapType | UnionType | RecordType;

const PRIMITIVES = new Map<unknown, PrimitiveType>(
  (['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const).map((kind) => [kind, { kind }]),
);

/**
 * @param parts the schema, parsed from JSON, behind those that it refers to
 * @throws Error that says why no record can be read with it
 */
export function parseAvro(parts: readonly unknown[]): AvroType {
  const parser = new Parser();
  const types = parts.map((part) => parser.type(part, '', 0));
  return types.at(-1) as AvroType;
}

/** `R` of `a.b.R`. */
export const unqualified = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

class Parser {
  /** By full name; the newest definition counts. */
  readonly #named = new Map<string, AvroType>();
  #parts = 0;
  #definitions = 0;

  type(from: unknown, namespace: string, depth: number): AvroType {
    this.#count(1);
    if (depth > NESTED_MAX) throw new Error(`it is nested more than ${NESTED_MAX} deep`);
    if (typeof from === 'string') return this.#find(from, namespace);
    if (typeof from !== 'object' || from === null) throw new Error(`${String(from)} is no type`);
    const inner = (type: unknown) => this.type(type, namespace, depth + 1);
    if (Array.isArray(from)) {
      if (from.length === 0) throw new Error('an empty union');
      return { kind: 'union', branches: from.map(inner) };
    }
    const json = from as Record<string, unknown>;
    switch (json['type']) {
      case 'array':
        return { kind: 'array', items: inner(json['items']) };
      case 'map':
        return { kind: 'map', values: inner(json['values']) };
      case 'enum':
      case 'fixed':
      case 'record':
      case 'error':
        return this.#definition(json, namespace, depth);
      default: {
        // A primitive or a name with attributes, or a type within a type.
        const type = inner(json['type']);
        return PRIMITIVES.has(json['type']) ? { ...(type as PrimitiveType), logical: logicalOf(json) } : type;
      }
    }
  }

  #definition(json: Record<string, unknown>, enclosing: string, depth: number): AvroType {
    if (++this.#definitions > NAMED_MAX) throw new Error(`it defines more than ${NAMED_MAX} records, enums and fixed`);
    const given = typeName(json['name']);
    const full = given.includes('.') ? given : qualified(given, namespaceOf(json['namespace'], enclosing));
    const namespace = full.slice(0, Math.max(0, full.lastIndexOf('.')));
    const named = { name: full, aliases: this.#texts(json['aliases']) };
    if (json['type'] === 'enum') {
      const symbols = this.#list(json['symbols']).map((symbol) => text(symbol, 'a symbol'));
      const instead = json['default'];
      return this.#define({
        ...named,
        kind: 'enum',
        symbols,
        default: typeof instead === 'string' && symbols.includes(instead) ? instead : undefined,
      });
    }
    if (json['type'] === 'fixed') {
      const size = json['size'];
      if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size >= FIXED_BYTES_END)
        throw new Error(`invalid ${full} size: ${JSON.stringify(size)}`);
      return this.#define({ ...named, kind: 'fixed', size, logical: logicalOf(json) });
    }
    const record: RecordType = { ...named, kind: 'record', fields: [] };
    this.#define(record);
    const names = new Set<string>();
    for (const field of this.#list(json['fields'])) {
      const { name: own, type, default: instead, aliases } = Object(field) as Record<string, unknown>;
      const name = fieldName(own);
      if (names.has(name)) throw new Error(`duplicate field: ${name}`);
      names.add(name);
      record.fields.push({
        name,
        aliases: this.#texts(aliases),
        type: this.type(type, namespace, depth + 1),
        default: instead,
      });
    }
    return record;
  }

  #define<Named extends EnumType | FixedType | RecordType>(type: Named): Named {
    this.#named.set(type.name, type);
    return type;
  }

  #find(name: string, namespace: string): AvroType {
    const found =
      PRIMITIVES.get(name) ??
      (name.includes('.') ? undefined : this.#named.get(qualified(name, namespace))) ??
      this.#named.get(name);
    if (found === undefined) throw new Error(`undefined type: ${name.slice(0, NAME_CHARACTERS_MAX)}`);
    return found;
  }

  #count(more: number): void {
    this.#parts += more;
    if (this.#parts > PARTS_MAX) throw new Error(`it has more than ${PARTS_MAX} types, fields and symbols`);
  }

  #list(from: unknown): unknown[] {
    if (!Array.isArray(from)) throw new Error('its fields or symbols are no list');
    this.#count(from.length);
    return from;
  }

  /** Aliases: what is none is no alias. */
  #texts(from: unknown): readonly string[] {
    return Array.isArray(from) ? this.#list(from).filter((alias) => typeof alias === 'string') : [];
  }
}

/** The full name. @param namespace empty: none */
export const qualified = (name: string, namespace: string): string =>
  namespace === '' ? name : `${namespace}.${name}`;

/** As long as a name: it is in letters. */
function logicalOf(json: Record<string, unknown>): string | undefined {
  const logical = logicalTypeOf(json as unknown as AvroSchemaJson);
  if (logical === undefined || logical.length > NAME_CHARACTERS_MAX || json['type'] === 'string') return undefined;
  return logical === 'decimal' ? `a decimal of ${json['scale'] ?? 0} digits behind the point` : `a ${logical}`;
}

/** Null is said by some for none, which is not the enclosing one. */
function namespaceOf(own: unknown, enclosing: string): string {
  if (own === undefined) return enclosing;
  return own === null || own === '' ? '' : typeName(own);
}

function text(from: unknown, what: string): string {
  if (typeof from !== 'string') throw new Error(`${what} is no text`);
  if (from.length > NAME_CHARACTERS_MAX) throw new Error(`${what} is longer than ${NAME_CHARACTERS_MAX} characters`);
  return from;
}

/** Letters of any script, as Java takes them; never what a program is written with. */
const WORD = /^[\p{L}_$][\p{L}\p{M}\p{N}_$-]*$/u;

function typeName(from: unknown): string {
  const name = text(from, 'a name').replace(/^\./, '');
  for (const word of name.split('.')) if (!WORD.test(word)) throw new Error(`invalid name: ${name}`);
  return refusePrototype(name);
}

function fieldName(from: unknown): string {
  const name = text(from, 'a name');
  if (!WORD.test(name)) throw new Error(`invalid field name: ${name}`);
  return refusePrototype(name);
}

/** As a property it is not a property: it would put another prototype under what was read. */
function refusePrototype(name: string): string {
  if (name.split('.').includes('__proto__')) throw new Error('a name is __proto__');
  return name;
}
