// The bilingual dictionary between a record and a partner's document, compiled once into a plan and used in both directions.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type { JsonSchema } from '../forms/json-schema.ts';
import { Unwritable } from '../forms/logical-text.ts';
import type { Path } from '../text/paths.ts';
import { EACH, overlaps, readPath, setPath, showPath } from '../text/paths.ts';
import type { FilePlace, Problem } from '../text/problem.ts';
import type { Place } from './body-shape.ts';
import { bodyShape } from './body-shape.ts';
import type { GivenValue, MappedField } from './line.ts';
import { carryOf, sent } from './line.ts';
import { carry, cut, eachPlace, placed, routeOf } from './lists.ts';
import { mappedSchema } from './mapped-schema.ts';
import { checkMapping } from './mapping-check.ts';
import type { Json, MappingFile } from './mapping-file.ts';

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
  /** The same, place by place, with the lines that make it. */
  shape(source: AvroSchemaJson | undefined): Place;
  /** Every target path that may be written, e.g. to find a clash with auth. */
  readonly targets: readonly Path[];
  /** Line by line, for doors: they name every bad field of a body, not the first. */
  readonly fields: readonly MappedField[];
  readonly lines: MappingLines;
  /** Documents may hold numbers as their digits, which a contract has to be shown as numbers. */
  readonly holdsDigits: boolean;
}

export interface MappingOptions {
  /** Names the file and finds the lines of its fields. */
  readonly place?: FilePlace;
  /** An inbound hook uses the mapping backwards, so two ways back are an error. */
  readonly invertible?: boolean;
}

/** What a mapping consists of, once it is checked. */
export interface MappingLines {
  readonly fields: readonly MappedField[];
  readonly constants: readonly GivenValue[];
  readonly defaults: readonly GivenValue[];
}

/** Checks the file against the schema of its source (when that is known) and compiles it; `mapping` is absent when there are problems. */
export function compileMapping(
  file: MappingFile,
  sourceSchema: AvroSchemaJson | undefined,
  { place = { file: 'mapping.json', lineOf: () => undefined }, invertible = false }: MappingOptions = {},
): { mapping?: Mapping; problems: Problem[] } {
  const { lines, problems } = checkMapping(file, sourceSchema, place, invertible);
  if (problems.length > 0) return { problems };
  const { fields, constants, defaults } = lines;
  const targets = [...fields, ...constants, ...defaults].map(({ target }) => target);
  const way = invertible ? 'taken' : 'sent';
  const shape = (source: AvroSchemaJson | undefined) => bodyShape(lines, source, way);
  const bodySchema = (source: AvroSchemaJson) => mappedSchema(shape(source));
  const holdsDigits = fields.some(({ write, join }) => write !== undefined && join === undefined);
  const [forward, inverse] = [forwardPlan(lines), inversePlan(fields)];
  return { mapping: { forward, inverse, bodySchema, shape, targets, fields, lines, holdsDigits }, problems };
}

function forwardPlan({ fields, constants, defaults }: MappingLines): Mapping['forward'] {
  const lines = fields.map((field) => ({ ...field, carry: carryOf(field) }));
  const given = [...inLists(constants, true), ...inLists(defaults, false)];
  const first = constants.filter(({ target }) => !target.includes(EACH));
  const last = defaults.filter(({ target }) => !target.includes(EACH));
  return (source) => {
    const document: Record<string, unknown> = {};
    for (const { target, value } of first) setPath(document, target, copyOf(value));
    for (const line of lines) {
      const indexes: number[] = line.carry === undefined ? NONE : [];
      try {
        if (line.carry === undefined) carryOne(line, source, document);
        else line.carry(source, document, indexes);
      } catch (error) {
        return { ok: false, reason: whyUnwritable(placedName(line, indexes), error) };
      }
    }
    for (const give of given) give(document);
    for (const { target, value } of last) if (isMissing(document, target)) setPath(document, target, copyOf(value));
    return { ok: true, document };
  };
}

const NONE: number[] = [];

/** From one place to another, as most lines are. @throws Unwritable */
function carryOne(line: MappedField, source: object, document: object): void {
  const value = readPath(source, line.source);
  if (value !== undefined) setPath(document, line.target, value === null ? null : sent(line, value));
}

/** What is given to each element of a list. @param always else only where there is nothing, or null */
function inLists(given: readonly GivenValue[], always: boolean): ((document: object) => void)[] {
  return given
    .filter(({ target }) => target.includes(EACH))
    .map(({ target, value }) => {
      const path = cut(target);
      return (document) =>
        eachPlace(document, path, (list, way) => {
          if (always || isMissing(list, way)) setPath(list, way, copyOf(value));
        });
    });
}

const isMissing = (document: object, path: Path): boolean => (readPath(document, path) ?? null) === null;

/** Copied: auth may be added inside the document, and the next record starts from the file's value again. */
const copyOf = (value: Json): Json => (typeof value === 'object' ? structuredClone(value) : value);

/** A key of a map may be of any length. */
const STEP_CHARS_MAX = 100;

function whyUnwritable(name: string, error: unknown): string {
  if (!(error instanceof Unwritable)) return `${name}: the value cannot be written as JSON`;
  const steps = error.path.map((step) =>
    typeof step === 'number' ? `[${step}]` : `.${step.slice(0, STEP_CHARS_MAX)}`,
  );
  return `${name}${steps.join('')}: ${error.message}`;
}

const placedName = ({ name, source }: MappedField, indexes: readonly number[]): string =>
  source.includes(EACH) ? showPath(placed(source, indexes)) : name;

function inversePlan(fields: readonly MappedField[]): Mapping['inverse'] {
  const blocked = fields.find(
    (field, index) =>
      field.dictionary?.ambiguous !== undefined ||
      field.join !== undefined ||
      fields.some((other, at) => at !== index && overlaps(field.source, other.source)),
  );
  if (blocked !== undefined) {
    return () => ({ ok: false, reason: `${blocked.name}: the mapping has no single way back` });
  }
  const lines = fields.map((field) => {
    const path = cut(field.target).at(-1) as Path;
    const leaf = (element: unknown) => taken(field, readPath(element, path));
    return { field, leaf, route: routeOf(field.target, field.source) };
  });
  return (body) => {
    const document: Record<string, unknown> = {};
    for (const { field, route, leaf } of lines) {
      const indexes: number[] = [];
      try {
        carry(body, document, route, leaf, indexes);
      } catch (error) {
        return { ok: false, reason: whyUnwritable(placedName(field, indexes), error) };
      }
    }
    return { ok: true, document };
  };
}

/** @throws Unwritable */
function taken({ dictionary, read }: MappedField, value: unknown): unknown {
  if (value === undefined || value === null) return value;
  if (dictionary === undefined) {
    const known = read === undefined ? value : read.read(value);
    if (known === undefined) throw new Unwritable(`must be ${read?.wanted}`);
    return known;
  }
  const looked = dictionary.inverse(value);
  if (looked.found) return looked.value;
  throw new Unwritable(looked.reason);
}
