// Can a record written with one Avro schema be read as another? By Avro's rules: unqualified names and the reader's aliases,
// promotions, defaults. avsc's own resolver compares names with their namespaces, and names no field.
//
// A symbol that the reader's enum has not is the record's fault, not the schema's: the next version of ESS may know more.
//
// Records are handed on as they were written. So what only a conversion would make right is refused here: bytes where text
// is wanted, and unions that avsc wraps ({"long": 5}) where the reader's are plain.
import type { Type } from 'avsc';

/** What a record as written lacks of the reader's fields. */
export interface Missing {
  readonly field: string;
  /** The writer calls it so: the reader has that as an alias. */
  readonly writtenAs?: string;
  readonly defaultValue: () => unknown;
}

/** An enum that may hold symbols which the reader's has not. */
export interface WiderEnum {
  readonly field: string;
  readonly known: readonly string[];
  /** What an unknown one is read as; absent: the record cannot be read. */
  readonly default: string | undefined;
}

export type Resolution =
  | { readonly ok: true; readonly missing: readonly Missing[]; readonly wider: readonly WiderEnum[] }
  | { readonly ok: false; readonly detail: string };

interface Field {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: Type;
  defaultValue(): unknown;
}

/** What avsc's types show of themselves beyond its declarations. */
interface Shape extends Omit<Type, 'typeName'> {
  readonly typeName: string;
  readonly fields?: readonly Field[];
  readonly types?: readonly Type[];
  readonly itemsType?: Type;
  readonly valuesType?: Type;
  readonly symbols?: readonly string[];
  readonly default?: string;
  readonly size?: number;
}
const shapeOf = (type: Type): Shape => type as unknown as Shape;

const PROMOTED: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
};

/** @returns in what the writer's records differ on their uppermost level, or the field that is in the way, as a dotted path */
export function resolveAvro(reader: Type, writer: Type): Resolution {
  const detail = new Comparison().problem(reader, writer, '');
  if (detail !== undefined) return { ok: false, detail };
  const written = shapeOf(writer).fields ?? [];
  const missing = (shapeOf(reader).fields ?? []).flatMap((field) => {
    if (written.some(({ name }) => name === field.name)) return [];
    const writtenAs = fieldIn(written, field)?.name;
    return [
      { field: field.name, ...(writtenAs !== undefined && { writtenAs }), defaultValue: () => field.defaultValue() },
    ];
  });
  const wider = (shapeOf(reader).fields ?? []).flatMap((field) => {
    const found = fieldIn(written, field);
    const own = found && enumOf(field.type);
    const known = own?.symbols;
    if (!found || !known || enumOf(found.type)?.symbols?.every((symbol) => known.includes(symbol))) return [];
    return [{ field: field.name, known, default: own.default }];
  });
  return { ok: true, missing, wider };
}

/** Finds the symbols of an optional enum too. */
function enumOf(type: Type): Shape | undefined {
  const shape = shapeOf(type);
  return (shape.types?.map(shapeOf) ?? [shape]).find(({ symbols }) => symbols !== undefined);
}

class Comparison {
  /** A pair that is met within itself is assumed to fit: what does not will be met elsewhere. */
  readonly #known = new Map<Type, Map<Type, string | undefined>>();

  problem(reader: Type, writer: Type, path: string): string | undefined {
    const known = this.#known.get(reader) ?? new Map<Type, string | undefined>();
    this.#known.set(reader, known);
    if (known.has(writer)) return known.get(writer);
    known.set(writer, undefined);
    const problem = this.#compare(shapeOf(reader), shapeOf(writer), path);
    known.set(writer, problem);
    return problem;
  }

  #compare(reader: Shape, writer: Shape, path: string): string | undefined {
    if (writer.types) return this.#fromUnion(reader, writer, path);
    if (reader.types) return this.#intoUnion(reader.types, writer, path);
    const [to, from] = [kindOf(reader), kindOf(writer)];
    if (to !== from)
      return PROMOTED[from]?.includes(to)
        ? undefined
        : at(path, `is ${nameOf(writer)} where ${nameOf(reader)} is wanted`);
    if (reader.itemsType) return this.problem(reader.itemsType, writer.itemsType as Type, `${path}[]`);
    if (reader.valuesType) return this.problem(reader.valuesType, writer.valuesType as Type, `${path}{}`);
    if (!isNamedLike(reader, writer)) return at(path, `is ${nameOf(writer)} where ${nameOf(reader)} is wanted`);
    if (reader.fields) return this.#fields(reader.fields, writer.fields ?? [], path);
    return reader.size === writer.size
      ? undefined
      : at(path, `has ${writer.size} bytes where ${reader.size} are wanted`);
  }

  #fromUnion(reader: Shape, writer: Shape, path: string): string | undefined {
    if (writer.typeName === 'union:wrapped' && reader.typeName !== 'union:wrapped')
      return at(path, `is one of ${nameOf(writer)}, which are not told apart where ${nameOf(reader)} is wanted`);
    for (const branch of writer.types ?? []) {
      const problem = this.problem(reader as unknown as Type, branch, path);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #intoUnion(branches: readonly Type[], writer: Shape, path: string): string | undefined {
    const problems = new Map<Type, string>();
    for (const branch of branches) {
      const problem = this.problem(branch, writer as unknown as Type, path);
      if (problem === undefined) return undefined;
      problems.set(branch, problem);
    }
    // It is the inner field of an optional record that tells something.
    const alike = branches.find((branch) => kindOf(shapeOf(branch)) === kindOf(writer));
    return (
      (alike && problems.get(alike)) ??
      at(
        path,
        `is ${nameOf(writer)} where one of [${branches.map((one) => nameOf(shapeOf(one))).join(', ')}] is wanted`,
      )
    );
  }

  #fields(wanted: readonly Field[], written: readonly Field[], path: string): string | undefined {
    for (const field of wanted) {
      const inner = path === '' ? field.name : `${path}.${field.name}`;
      const found = fieldIn(written, field);
      const problem = found
        ? this.problem(field.type, found.type, inner)
        : field.defaultValue() === undefined
          ? at(inner, 'is missing and has no default')
          : undefined;
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
}

const at = (path: string, problem: string): string => (path === '' ? problem : `field ${path} ${problem}`);

const kindOf = ({ typeName }: Shape): string => (typeName === 'error' ? 'record' : typeName);

const fieldIn = (written: readonly Field[], { name, aliases }: Field): Field | undefined =>
  written.find((one) => one.name === name) ?? written.find((one) => aliases.includes(one.name));

const unqualified = (name: string | undefined): string | undefined => name?.slice(name.lastIndexOf('.') + 1);

/** Types without a name are all alike. */
function isNamedLike(reader: Shape, writer: Shape): boolean {
  const name = unqualified(writer.name);
  return [reader.name, ...(reader.aliases ?? [])].some((own) => unqualified(own) === name);
}

function nameOf({ types, name, typeName }: Shape): string {
  return types ? `[${types.map((type) => nameOf(shapeOf(type))).join(', ')}]` : (name ?? typeName);
}
