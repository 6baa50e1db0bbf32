// Whether a value that one schema describes can be one that a contract takes. No is said only where none can: what a contract says
// by other means (not, if, unevaluatedProperties, another resource) counts as a maybe.
import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from '../forms/json-schema.ts';
import { compileContract } from './contract.ts';
import type { Draft } from './contract-draft.ts';
import { draftOf } from './contract-draft.ts';
import type { LinearPattern } from './linear-pattern.ts';
import { compilePattern } from './linear-pattern.ts';
import type { Part } from './schema-part.ts';
import { isPart, unescaped } from './schema-part.ts';

/** Steps of one comparison: a contract may have alternatives in alternatives. After so many everything counts as a maybe. */
const STEPS_MAX = 50_000;
/** Schemas that are compiled to judge single values, each in some milliseconds. */
const JUDGES_MAX = 100;
/** Keywords that say all by themselves. */
const OWN = [
  ...['type', 'nullable', 'enum', 'const', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'pattern', 'format'],
];
/** Formats whose texts look alike: when an example of another form is none of them, no text of that form is. */
const SHAPED = new Set(['date', 'time', 'date-time', 'duration', 'uuid', 'email', 'ipv4', 'ipv6', 'uri']);
const MOMENTS = ['2026-11-24T10:00:00Z', '2026-11-24T10:00:00.123Z'];

export class ContractView {
  readonly #root: Part;
  readonly #draft: Draft | undefined;
  /** A $ref means what it says only where no part has an address of its own. */
  readonly #isOneResource: boolean;
  readonly #judges = new Map<unknown, (value: unknown) => boolean>();
  readonly #patterns = new Map<string, LinearPattern>();
  #left = STEPS_MAX;

  constructor(contract: Part) {
    this.#root = contract;
    this.#draft = draftOf(contract);
    const { $id: _, id: __, ...inner } = contract;
    this.#isOneResource = !/"\$?id":"/.test(JSON.stringify(inner));
  }

  /** All that has to hold beside each other: the schema, what its $ref leads to, the parts of allOf. `false`: nothing fits. */
  partsOf(schema: unknown, seen = new Set<unknown>()): (Part | false)[] {
    this.#left -= 1;
    if (schema === false) return [false];
    if (!isPart(schema) || seen.has(schema) || this.#left < 0) return [];
    seen.add(schema);
    const { $ref, allOf } = schema;
    const { const: later, ...known } = schema;
    const referred = typeof $ref === 'string' ? this.partsOf(this.#within($ref), seen) : [];
    if ($ref !== undefined && this.#draft?.isRefAlone) return referred;
    const parts = Array.isArray(allOf) ? allOf.flatMap((part) => this.partsOf(part, seen)) : [];
    // Draft-04 does not know it.
    const own = later !== undefined && this.#draft?.id === 'id' ? known : schema;
    return [own, ...referred, ...parts];
  }

  /** What a part says of a name of an object. */
  ofName({ properties, patternProperties, additionalProperties }: Part, name: string): unknown[] {
    const said: unknown[] = [];
    if (isPart(properties) && Object.hasOwn(properties, name)) said.push(properties[name]);
    if (isPart(patternProperties))
      for (const [pattern, schema] of Object.entries(patternProperties))
        if (this.#pattern(pattern).test(name)) said.push(schema);
    return said.length > 0 || additionalProperties === undefined ? said : [additionalProperties];
  }

  /** @param made in the newest draft, as forms.ts describes values @returns why none of them fits; undefined: one may */
  whyNever(made: JsonSchema, wanted: unknown): string | undefined {
    const { anyOf } = made;
    if (Array.isArray(anyOf)) {
      const reasons = anyOf.map((choice: JsonSchema) => this.whyNever(choice, wanted));
      return reasons.every((reason) => reason !== undefined) ? reasons[0] : undefined;
    }
    for (const part of this.partsOf(wanted)) {
      const reason = part === false ? 'is there, and the contract takes nothing there' : this.#whyNot(made, part);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  #whyNot(made: JsonSchema, part: Part): string | undefined {
    if (!this.#mayBe(made, part)) return `is ${shownMade(made)}, and the contract wants ${this.#shownWanted(part)}`;
    return this.#whyNotInside(made, part) ?? this.#whyNoAlternative(made, part);
  }

  #mayBe(made: JsonSchema, part: Part): boolean {
    const [mine, theirs] = [typesOf(made), typesOf(part)];
    if (!meet(mine, theirs)) return false;
    const values = valuesOf(made);
    const own = Object.fromEntries(OWN.filter((word) => word in part).map((word) => [word, part[word]]));
    if (values !== undefined) return Object.keys(own).length === 0 || values.some(this.#judge(part, own));
    const wanted = valuesOf(part);
    if (wanted !== undefined) return wanted.some(this.#judge(made, made));
    if (mine?.every(isNumeric) && !boundsMeet(made, part)) return false;
    const { format } = part;
    if (typeof format !== 'string' || !SHAPED.has(format)) return true;
    const examples = examplesOf(made);
    return examples.length === 0 || examples.some(this.#judge(format, { format }));
  }

  /** An object of names that are all there. */
  #whyNotInside(made: JsonSchema, part: Part): string | undefined {
    const { properties, required = [], additionalProperties } = made;
    if (!isPart(properties) || additionalProperties !== false) return undefined;
    for (const name of required as readonly string[])
      for (const wanted of this.ofName(part, name)) {
        const reason = this.whyNever(properties[name] as JsonSchema, wanted);
        if (reason !== undefined) return `has "${name}", which ${reason}`;
      }
    const missing = namesIn(part['required']).find((name) => !Object.hasOwn(properties, name));
    return missing === undefined ? undefined : `has no "${missing}", which the contract requires`;
  }

  #whyNoAlternative(made: JsonSchema, part: Part): string | undefined {
    for (const choices of alternativesOf(part)) {
      const reasons = choices.map((choice) => this.whyNever(made, choice));
      if (reasons.length > 0 && reasons.every((reason) => reason !== undefined)) return reasons[0];
    }
    return undefined;
  }

  /** @param key is compiled once */
  #judge(key: object | string, schema: JsonSchema): (value: unknown) => boolean {
    const known = this.#judges.get(key) ?? plainJudge(schema);
    if (known) return known;
    if (this.#judges.size >= JUDGES_MAX) return () => true;
    const isOurs = key === schema;
    const $schema = isOurs ? 'https://json-schema.org/draft/2020-12/schema' : this.#draft?.address;
    const contract = compileContract({ ...($schema && { $schema }), properties: { value: schema } });
    const judge = (value: unknown): boolean => contract({ value }) === undefined;
    this.#judges.set(key, judge);
    return judge;
  }

  #pattern(source: string): LinearPattern {
    const known = this.#patterns.get(source) ?? compilePattern(source);
    this.#patterns.set(source, known);
    return known;
  }

  #within(ref: string): unknown {
    if (!this.#isOneResource || !/^#(\/|$)/.test(ref)) return undefined;
    let to: unknown = this.#root;
    for (const step of ref.split('/').slice(1)) {
      const name = unescaped(step);
      to = typeof to === 'object' && to !== null && Object.hasOwn(to, name) ? (to as Part)[name] : undefined;
    }
    return to;
  }

  #shownWanted(part: Part): string {
    const values = valuesOf(part);
    if (values !== undefined) return shownValues(values);
    const { format, minimum, maximum, pattern } = part;
    const kinds = typesOf(part)?.map((type) => TYPES[type] ?? type) ?? [];
    const limits = [
      ...(typeof format === 'string' ? [`of the format ${format}`] : []),
      ...(typeof pattern === 'string' ? [`that matches ${pattern}`] : []),
      ...(typeof minimum === 'number' ? [`from ${minimum}`] : []),
      ...(typeof maximum === 'number' ? [`to ${maximum}`] : []),
    ];
    return [kinds.join(' or ') || 'something else', ...limits].join(' ');
  }
}

export const namesIn = (list: unknown): string[] =>
  Array.isArray(list) ? list.filter((name): name is string => typeof name === 'string') : [];

/** Lists of schemas of which one has to hold. */
export const alternativesOf = ({ anyOf, oneOf }: Part): unknown[][] =>
  [anyOf, oneOf].filter((choices): choices is unknown[] => Array.isArray(choices));

/** What can be judged without compiling anything. */
const PLAIN = new Set(['type', 'nullable', 'enum', 'const', 'minimum', 'maximum', 'description', 'examples']);

function plainJudge(schema: JsonSchema): ((value: unknown) => boolean) | undefined {
  if (!Object.keys(schema).every((word) => PLAIN.has(word))) return undefined;
  const [types, values] = [typesOf(schema), valuesOf(schema)];
  return (value) =>
    isOfType(value, types) &&
    (values === undefined || values.some((known) => isDeepStrictEqual(known, value))) &&
    (typeof value !== 'number' || boundsMeet({ minimum: value, maximum: value }, schema));
}

/** Whether the part takes values of that type of JSON. */
export const takesType = (part: Part, type: string): boolean => meet([type], typesOf(part));

/** @returns undefined when it may be of any type */
function typesOf(schema: Part): readonly string[] | undefined {
  const { type, nullable } = schema;
  // OpenAPI says so of null.
  if (type !== undefined) return [type, ...(nullable === true ? ['null'] : [])].flat() as string[];
  return valuesOf(schema)?.map(typeOf);
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

const isNumeric = (type: string): boolean => type === 'integer' || type === 'number';

const meet = (mine: readonly string[] | undefined, theirs: readonly string[] | undefined): boolean =>
  mine === undefined ||
  theirs === undefined ||
  mine.some((type) => theirs.includes(type) || (isNumeric(type) && theirs.some(isNumeric)));

const isOfType = (value: unknown, types: readonly string[] = [typeOf(value)]): boolean =>
  types.includes(typeOf(value)) || (typeof value === 'number' && Number.isInteger(value) && types.includes('number'));

function valuesOf(schema: Part): readonly unknown[] | undefined {
  if ('const' in schema) return [schema['const']];
  return Array.isArray(schema['enum']) ? schema['enum'] : undefined;
}

function boundsMeet(made: JsonSchema, part: Part): boolean {
  const number = (value: unknown, without: number): number => (typeof value === 'number' ? value : without);
  const [low, high] = [number(made['minimum'], -Infinity), number(made['maximum'], Infinity)];
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = part;
  if (high < number(minimum, -Infinity) || low > number(maximum, Infinity)) return false;
  return high > number(exclusiveMinimum, -Infinity) && low < number(exclusiveMaximum, Infinity);
}

/** Of texts that all look like them. */
function examplesOf({ type, format, pattern, examples }: JsonSchema): readonly unknown[] {
  if (type !== 'string' || pattern === undefined) return [];
  return format === 'date-time' ? MOMENTS : ((examples as unknown[] | undefined) ?? []);
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  object: 'an object',
};

/** As many values are shown. */
const SHOWN_MAX = 8;

function shownValues(values: readonly unknown[]): string {
  const shown = values.slice(0, SHOWN_MAX).map((value) => JSON.stringify(value).slice(0, 100));
  const more = values.length > SHOWN_MAX ? ', …' : '';
  return values.length === 1 ? (shown[0] as string) : `one of ${shown.join(', ')}${more}`;
}

function shownMade(made: JsonSchema): string {
  const values = valuesOf(made);
  if (values !== undefined) return shownValues(values);
  const [example] = examplesOf(made);
  const kinds = typesOf(made)?.map((type) => TYPES[type] ?? type) ?? ['a value'];
  return `${kinds.join(' or ')}${example === undefined ? '' : ` such as ${JSON.stringify(example)}`}`;
}
