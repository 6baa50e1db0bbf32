// The bilingual dictionary between a record and a partner's document, compiled once into a plan and used in both directions.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type { Write } from '../forms/forms.ts';
import type { JsonSchema } from '../forms/json-schema.ts';
import { Unwritable } from '../forms/logical-text.ts';
import type { Path } from '../text/paths.ts';
import { overlaps, readPath, setPath } from '../text/paths.ts';
import type { FilePlace, Problem } from '../text/problem.ts';
import { mappedSchema } from './mapped-schema.ts';
import { checkMapping } from './mapping-check.ts';
import type { ValueDictionary } from './value-dictionary.ts';

/** Anything JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** mapping.json as written (schemas/mapping.schema.json describes each part). */
export interface MappingFile {
  readonly fields: Record<string, string | MappingTarget>;
  readonly values?: Record<string, Record<string, Json>>;
  readonly defaults?: Record<string, Json>;
}

/** A target with the form that its value takes; as text it is the target alone. */
export interface MappingTarget {
  readonly to: string;
  /** One of the forms that the type of the source has (forms/forms.ts). */
  readonly as?: string;
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
  /** Documents may hold numbers as their digits, which a contract has to be shown as numbers. */
  readonly holdsDigits: boolean;
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
  readonly as?: string;
  /** How its value is sent; absent: as it is. */
  readonly write: Write | undefined;
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
  const bodySchema = (source: AvroSchemaJson) => mappedSchema(fields, defaults, source, invertible ? 'taken' : 'sent');
  const [forward, inverse] = [forwardPlan(fields, defaults), inversePlan(fields)];
  const holdsDigits = fields.some(({ write }) => write !== undefined);
  return { mapping: { forward, inverse, bodySchema, targets, fields, holdsDigits }, problems };
}

function forwardPlan(fields: readonly MappedField[], defaults: readonly DefaultValue[]): Mapping['forward'] {
  return (source) => {
    const document: Record<string, unknown> = {};
    for (const field of fields) {
      let value = readPath(source, field.source);
      if (value === undefined) continue;
      if (value !== null) {
        try {
          value = sent(field, value);
        } catch (error) {
          return { ok: false, reason: whyUnwritable(field.name, error) };
        }
      }
      setPath(document, field.target, value);
    }
    for (const { target, value } of defaults) {
      // Copied: auth may be added inside the document, and the next record starts from the file's value again.
      if ((readPath(document, target) ?? null) === null) setPath(document, target, copyOf(value));
    }
    return { ok: true, document };
  };
}

/** @throws Unwritable */
function sent({ dictionary, write }: MappedField, value: unknown): unknown {
  const written = write === undefined ? value : write(value);
  if (dictionary === undefined) {
    if (isWritable(written)) return written;
    throw new Unwritable('the value cannot be written as JSON');
  }
  const looked = dictionary.forward(written);
  if (looked.found) return looked.value;
  throw new Unwritable(looked.reason);
}

/** A key of a map may be of any length. */
const STEP_CHARS_MAX = 100;

function whyUnwritable(name: string, error: unknown): string {
  if (!(error instanceof Unwritable)) return `${name}: the value cannot be written as JSON`;
  const steps = error.path.map((step) =>
    typeof step === 'number' ? `[${step}]` : `.${step.slice(0, STEP_CHARS_MAX)}`,
  );
  return `${name}${steps.join('')}: ${error.message}`;
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
    for (const { name, source, target, dictionary } of fields) {
      let value = readPath(body, target);
      if (value === undefined) continue;
      if (value !== null && dictionary !== undefined) {
        const looked = dictionary.inverse(value);
        if (!looked.found) return { ok: false, reason: `${name}: ${looked.reason}` };
        value = looked.value;
      }
      setPath(document, source, value);
    }
    return { ok: true, document };
  };
}

/** For a value that is sent as it is, since its schema has nothing in it that JSON cannot hold: what lies inside is not looked at. */
const isWritable = (value: unknown): boolean =>
  typeof value === 'number' ? Number.isFinite(value) : !['bigint', 'function', 'symbol'].includes(typeof value);
