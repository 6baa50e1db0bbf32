// The bilingual dictionary between a record and a partner's document, compiled once into a plan and used in both directions.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type { Path } from '../text/paths.ts';
import { overlaps, readPath, setPath } from '../text/paths.ts';
import type { FilePlace, Problem } from '../text/problem.ts';
import type { JsonSchema } from '../values/json-schema.ts';
import { mappedSchema } from './mapped-schema.ts';
import { checkMapping } from './mapping-check.ts';
import type { ValueDictionary } from './value-dictionary.ts';

/** Anything JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** mapping.json as written (schemas/mapping.schema.json describes each part). */
export interface MappingFile {
  readonly fields: Record<string, string>;
  readonly values?: Record<string, Record<string, Json>>;
  readonly defaults?: Record<string, Json>;
}

export type MapResult =
  | { readonly ok: true; readonly document: Record<string, unknown> }
  | { readonly ok: false; readonly reason: string };

export interface Mapping {
  /** Record → partner's document; never throws. */
  forward(source: object): MapResult;
  /** Partner's document → record fields; never throws. */
  inverse(body: object): MapResult;
  /** JSON Schema of what `forward` makes of records of this schema. */
  bodySchema(source: AvroSchemaJson): JsonSchema;
  /** Every target path that may be written, e.g. to find a clash with auth. */
  readonly targets: readonly Path[];
  /** Line by line, for doors: they name every bad field of a body, not the first. */
  readonly fields: readonly MappedField[];
}

export interface MappingOptions {
  /** Names the file and finds the lines of its fields. */
  readonly place?: FilePlace;
  /** An inbound hook uses the mapping backwards, so two ways back are an error. */
  readonly invertible?: boolean;
}

/** One line of `fields`, with what is needed to carry it over. */
export interface MappedField {
  readonly name: string;
  readonly source: Path;
  readonly target: Path;
  readonly dictionary: ValueDictionary | undefined;
}
export interface DefaultValue {
  readonly target: Path;
  readonly value: Json;
}

/** Checks the file against the schema of its source (when that is known) and compiles it; `mapping` is absent when there are problems. */
export function compileMapping(
  file: MappingFile,
  sourceSchema: AvroSchemaJson | undefined,
  { place = { file: 'mapping.json', lineOf: () => undefined }, invertible = false }: MappingOptions = {},
): { mapping?: Mapping; problems: Problem[] } {
  const { fields, defaults, problems } = checkMapping(file, sourceSchema, place, invertible);
  if (problems.length > 0) return { problems };
  const targets = [...fields.map(({ target }) => target), ...defaults.map(({ target }) => target)];
  const bodySchema = (source: AvroSchemaJson) => mappedSchema(fields, defaults, source);
  return {
    mapping: { forward: forwardPlan(fields, defaults), inverse: inversePlan(fields), bodySchema, targets, fields },
    problems,
  };
}

function forwardPlan(fields: readonly MappedField[], defaults: readonly DefaultValue[]): Mapping['forward'] {
  return (source) => {
    const document: Record<string, unknown> = {};
    for (const { name, source: path, target, dictionary } of fields) {
      let value = readPath(source, path);
      if (value === undefined) continue;
      if (value !== null && dictionary !== undefined) {
        const looked = dictionary.forward(value);
        if (!looked.found) return { ok: false, reason: looked.reason };
        value = looked.value;
      }
      if (!isWritable(value)) return { ok: false, reason: `${name}: the value cannot be written as JSON` };
      setPath(document, target, value);
    }
    for (const { target, value } of defaults) {
      // Copied: auth may be added inside the document, and the next record starts from the file's value again.
      if ((readPath(document, target) ?? null) === null) setPath(document, target, copyOf(value));
    }
    return { ok: true, document };
  };
}

function copyOf(value: Json): Json {
  return typeof value === 'object' ? structuredClone(value) : value;
}

function inversePlan(fields: readonly MappedField[]): Mapping['inverse'] {
  const blocked = fields.find(
    (field, index) =>
      field.dictionary?.ambiguous !== undefined ||
      fields.some((other, at) => at !== index && overlaps(field.source, other.source)),
  );
  if (blocked !== undefined) {
    return () => ({ ok: false, reason: `${blocked.name}: the mapping has no single way back` });
  }
  return (body) => {
    const document: Record<string, unknown> = {};
    for (const { source, target, dictionary } of fields) {
      let value = readPath(body, target);
      if (value === undefined) continue;
      if (value !== null && dictionary !== undefined) {
        const looked = dictionary.inverse(value);
        if (!looked.found) return { ok: false, reason: looked.reason };
        value = looked.value;
      }
      setPath(document, source, value);
    }
    return { ok: true, document };
  };
}

/** JSON has no NaN, no infinity and no bigint; silence about them would send null or throw in the middle of a delivery. */
function isWritable(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isWritable);
  return !['bigint', 'function', 'symbol'].includes(typeof value);
}
