// What one body may cost under a partner's contract. Every keyword that ajv runs is counted before it runs, whatever $ref led
// to it, so no schema and no body makes a judgement that never ends: it ends with an error, which becomes a dead letter.
import type { Ajv, CodeKeywordDefinition, KeywordCxt } from 'ajv';
import { _ } from 'ajv/dist/compile/codegen/index.js';
import names from 'ajv/dist/compile/names.js';
import { compilePattern } from './linear-pattern.ts';

/** Some tenths of a second at most; a body of 1 MB under a usual contract needs a tenth of it. */
export const STEPS_MAX = 10_000_000;
/** Of text that meets a pattern: the engine is linear, but slower than the one that may never end. */
export const PATTERN_CHARS_MAX = 65_536;
/** Instructions of a pattern's program that are gone through in the time of one step. */
const INSTRUCTIONS_PER_STEP = 2;
/** Characters of a constant that are compared in the time of one step. */
const CONSTANT_CHARS_PER_STEP = 4;

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

/** Why a body was not judged to the end. */
export class NotJudged extends Error {}

export class ContractWork {
  /** Steps that are left for this body. Without an end while the schema itself is compiled. */
  left = Number.POSITIVE_INFINITY;
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
      const perChar = 1 + pattern.size / INSTRUCTIONS_PER_STEP;
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

  /** From here on everything that this ajv compiles counts. */
  countIn(ajv: Ajv): void {
    ajv.removeKeyword('uniqueItems'); // ajv compares each with each
    ajv.addKeyword({
      keyword: 'uniqueItems',
      type: 'array',
      schemaType: 'boolean',
      errors: false,
      error: { message: 'must NOT have duplicate items' },
      validate: (wanted: boolean, items: unknown[]) => !wanted || this.#areUnique(items),
    });
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
      const text = canonical(item);
      this.take(text.length);
      if (seen.has(text)) return false;
      seen.add(text);
    }
    return true;
  }
}

function weight(keyword: string, value: unknown): number {
  if (keyword === 'enum' || keyword === 'const')
    return 1 + Math.ceil(JSON.stringify(value).length / CONSTANT_CHARS_PER_STEP);
  return typeof value === 'object' && value !== null ? 1 + Object.keys(value).length : 1;
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string' || Array.isArray(data)) return 1 + data.length;
  return typeof data === 'object' && data !== null ? 1 + Object.keys(data).length : 1;
}

/** Equal values have one text, in whatever order their fields are. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}
