// What one body may cost under a partner's contract. Every keyword that ajv runs is counted before it runs, whatever $ref led
// to it, so no schema and no body makes a judgement that never ends: it ends with an error, which becomes a dead letter.
import { createRequire } from 'node:module';
import type { Ajv, CodeKeywordDefinition, KeywordCxt } from 'ajv';
import type { DataValidationCxt } from 'ajv/dist/types/index.js';
import { isMultipleOf } from '../text/multiple.ts';
import { compilePattern } from './linear-pattern.ts';

/** Less than a second at worst; a list of 20,000 items under a usual contract needs a quarter of it. */
export const STEPS_MAX = 2_000_000;
/** Characters of text that meets a pattern: the engine is linear, but slower than the one that may never end. */
const PATTERN_CHARS_MAX = 65_536;
/** What one step stands for: so many characters that a pattern meets, for so many instructions of its program … */
const PATTERN_CHARS_PER_STEP = 4;
const INSTRUCTIONS_PER_STEP = 16;
/** … characters that are measured, or compared with a constant. */
const CHARS_PER_STEP = 16;

/** Their work grows with the text, the list or the object that they look at. */
const BY_SIZE: ReadonlySet<string> = new Set([
  ...['minLength', 'maxLength', 'format', 'pattern'],
  ...['items', 'additionalItems', 'prefixItems', 'contains', 'unevaluatedItems'],
  ...[
    'additionalProperties',
    'patternProperties',
    'propertyNames',
    'unevaluatedProperties',
    'minProperties',
    'maxProperties',
  ],
]);
/** They hand on which fields have been looked at, for unevaluatedProperties to know. */
const MERGES: ReadonlySet<string> = new Set([
  ...[
    '$ref',
    '$dynamicRef',
    '$recursiveRef',
    'allOf',
    'anyOf',
    'oneOf',
    'not',
    'if',
    'dependentSchemas',
    'dependencies',
  ],
]);

/** Their values may be lists of names. */
const NAMES: ReadonlySet<string> = new Set(['dependencies', 'dependentRequired']);

const load = createRequire(import.meta.url);
/** What ajv writes code with. */
const codegen = () => load('ajv/dist/compile/codegen/index.js') as typeof import('ajv/dist/compile/codegen/index.js');

/** Why a body was not judged to the end. */
export class NotJudged extends Error {}

export class ContractWork {
  /** Steps that are left for this body. Without an end while the schema itself is compiled. */
  left = Number.POSITIVE_INFINITY;
  /** Digits of numbers that are judged as the nearest double: by the object that holds them, and the name or index. */
  readonly digits = new Map<object, Map<string, string>>();
  readonly #perMerge: number;

  /** @param perMerge names that a schema with unevaluatedProperties hands on at each applicator */
  constructor(perMerge: number) {
    this.#perMerge = perMerge;
  }

  spent(): NotJudged {
    return new NotJudged(`cannot be judged: it takes more than ${STEPS_MAX} steps`);
  }

  tooLong(instancePath: string): NotJudged {
    const field = instancePath === '' ? 'a name' : instancePath.slice(1).replaceAll('/', '.');
    return new NotJudged(`${field} is longer than ${PATTERN_CHARS_MAX} characters, which a pattern may meet`);
  }

  take(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw this.spent();
  }

  /** Patterns as ajv asks for them; what it returns is told apart by its text. */
  readonly regExp = Object.assign(
    (source: string) => {
      const pattern = compilePattern(source);
      const perChar = (1 + pattern.size / INSTRUCTIONS_PER_STEP) / PATTERN_CHARS_PER_STEP;
      return {
        test: (text: string) => {
          if (text.length > PATTERN_CHARS_MAX) throw this.tooLong('');
          this.take(text.length * perChar);
          return pattern.test(text);
        },
        toString: () => source,
      };
    },
    { code: 'linear' },
  );

  /** Keywords that ajv answers by comparing each with each, or by dividing doubles. */
  replace(ajv: Ajv): void {
    ajv.removeKeyword('uniqueItems');
    ajv.addKeyword({
      keyword: 'uniqueItems',
      type: 'array',
      schemaType: 'boolean',
      errors: false,
      error: { message: 'must NOT have duplicate items' },
      validate: (wanted: boolean, items: unknown[]) => !wanted || this.#areUnique(items),
    });
    ajv.removeKeyword('enum');
    ajv.addKeyword({
      keyword: 'enum',
      schemaType: 'array',
      errors: false,
      error: { message: 'must be equal to one of the allowed values' },
      compile: (values: readonly unknown[]) => this.#isOneOf(values),
    });
    ajv.removeKeyword('multipleOf');
    ajv.addKeyword({
      keyword: 'multipleOf',
      type: 'number',
      schemaType: 'number',
      errors: false,
      error: { message: ({ schemaCode }) => codegen().str`must be multiple of ${schemaCode}` },
      compile: (divisor: number) => this.#isMultipleOf(divisor),
    });
  }

  /** From here on everything that this ajv compiles counts. */
  countIn(ajv: Ajv): void {
    for (const rule of Object.values(ajv.RULES.all)) {
      if (typeof rule !== 'object' || !('code' in rule.definition)) continue;
      const definition = rule.definition as CodeKeywordDefinition; // this ajv's own copy
      const { code } = definition;
      Object.assign(definition, {
        code: (cxt: KeywordCxt, type?: string) => {
          this.#count(cxt);
          code.call(definition, cxt, type);
        },
      });
    }
  }

  #count({ gen, data, keyword, schema, it }: KeywordCxt): void {
    const { _ } = codegen();
    const names = load('ajv/dist/compile/names.js') as typeof import('ajv/dist/compile/names.js');
    const work = gen.scopeValue('obj', { ref: this });
    if (keyword === 'pattern')
      gen.if(_`${data}.length > ${PATTERN_CHARS_MAX}`, () =>
        gen.throw(_`${work}.tooLong(${names.default.instancePath} + ${it.errorPath})`),
      );
    const steps = weight(keyword, schema) + (MERGES.has(keyword) ? this.#perMerge : 0);
    const size = BY_SIZE.has(keyword) ? _`${steps} * ${gen.scopeValue('func', { ref: sizeOf })}(${data})` : _`${steps}`;
    gen.if(_`(${work}.left -= ${size}) < 0`, () => gen.throw(_`${work}.spent()`));
  }

  #areUnique(items: readonly unknown[]): boolean {
    const seen = new Set<string>();
    for (const item of items) {
      const text = this.#text(item);
      if (seen.has(text)) return false;
      seen.add(text);
    }
    return true;
  }

  #isOneOf(values: readonly unknown[]): (data: unknown) => boolean {
    const scalars = new Set(values.filter((value) => !isDeep(value)));
    const texts = new Set(values.filter(isDeep).map(canonical));
    return (data) => (isDeep(data) ? texts.size > 0 && texts.has(this.#text(data)) : scalars.has(data));
  }

  #isMultipleOf(divisor: number): (data: number, at?: DataValidationCxt) => boolean {
    return (data, at) => {
      this.take(1);
      const exact = at && this.digits.get(at.parentData)?.get(String(at.parentDataProperty));
      return isMultipleOf(exact ?? data, divisor);
    };
  }

  #text(value: unknown): string {
    const text = canonical(value);
    this.take(1 + text.length / CHARS_PER_STEP);
    return text;
  }
}

function weight(keyword: string, value: unknown): number {
  if (!isDeep(value) || keyword === 'enum') return 1;
  if (keyword === 'const') return 1 + Math.ceil(JSON.stringify(value).length / CHARS_PER_STEP);
  // Lists of names, one for each field that they hang on, are looked at name by name.
  const names = NAMES.has(keyword) ? Object.values(value).reduce((sum, one) => sum + sizeOf(one), 0) : 0;
  return 1 + Object.keys(value).length + names;
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string') return 1 + data.length / CHARS_PER_STEP;
  return isDeep(data) ? 1 + (Array.isArray(data) ? data.length : Object.keys(data).length) : 1;
}

const isDeep = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Equal values have one text, in whatever order their fields are. */
function canonical(value: unknown): string {
  if (!isDeep(value)) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}
