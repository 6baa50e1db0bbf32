// What a partner's JSON Schema must not say: a promise instead of an answer ($async), a $ref that leads back to itself without a
// step into the body, patterns that only backtracking can find. ajv would take each, and fail with the first record.

import type { FieldPath } from '../text/problem.ts';
import { DRAFT_ADDRESSES, draftOf } from './contract-draft.ts';
import type { ContractProblem, Node } from './contract-walk.ts';
import { Walk } from './contract-walk.ts';
import { compilePattern } from './linear-pattern.ts';
import { PatternRefused } from './pattern-syntax.ts';
import type { Part } from './schema-part.ts';
import { partOf } from './schema-part.ts';

export interface CheckedContract {
  readonly problems: readonly ContractProblem[];
  /** Names of fields under all `properties`. */
  readonly names: number;
}

/** Different ones; each is compiled to a program of its own. */
const PATTERNS_MAX = 200;
/** Names in lists of `dependencies`: code is made for each. */
const DEPENDENCIES_MAX = 5_000;
/** Of an address, in a message. */
const ADDRESS_CHARS_MAX = 200;
export function checkContract(schema: object): CheckedContract {
  const draft = draftOf(schema);
  if (draft === undefined) return { problems: [unknownDraft(schema as Part)], names: 0 };
  const walk = new Walk(schema as Part, draft.id);
  const patterns = new Set(walk.nodes.flatMap((node) => patternsOf(node).map(({ text }) => text)));
  const many = patterns.size > PATTERNS_MAX;
  const named = walk.nodes.map((node) => Object.keys(partOf(node.schema['properties']) ?? {}).length);
  const dependencies = walk.nodes.reduce((sum, node) => sum + dependenciesOf(node.schema), 0);
  return {
    problems: [
      ...(dependencies > DEPENDENCIES_MAX
        ? [tooMany(dependencies, 'names in lists of dependencies', DEPENDENCIES_MAX)]
        : []),
      ...walk.nodes.flatMap(asksForPromise),
      ...(many ? [tooMany(patterns.size, 'different patterns', PATTERNS_MAX)] : walk.nodes.flatMap(wrongPatterns)),
      ...walk.circles(),
    ],
    names: named.reduce((sum, count) => sum + count, 0),
  };
}

const unknownDraft = ({ $schema }: Part): ContractProblem => ({
  path: ['$schema'],
  message:
    typeof $schema === 'string'
      ? `"${$schema.slice(0, ADDRESS_CHARS_MAX)}" is not a draft of JSON Schema that ESS knows`
      : '$schema is not a text',
  remedy: `write one of ${DRAFT_ADDRESSES.join(', ')}; without $schema it is draft-07`,
});

function asksForPromise({ schema, path }: Node): ContractProblem[] {
  if (schema['$async'] === undefined || schema['$async'] === false) return [];
  const message = 'asks for an asynchronous judgement: no body would ever be refused';
  return [{ path: [...path, '$async'], message, remedy: 'remove it' }];
}

function patternsOf({ schema, path }: Node): { readonly text: string; readonly at: FieldPath }[] {
  const patterns = Object.keys(partOf(schema['patternProperties']) ?? {}).map((text) => ({
    text,
    at: [...path, 'patternProperties', text],
  }));
  if (typeof schema['pattern'] === 'string') patterns.push({ text: schema['pattern'], at: [...path, 'pattern'] });
  return patterns;
}

function dependenciesOf(schema: Part): number {
  const lists = ['dependencies', 'dependentRequired'].flatMap((keyword) =>
    Object.values(partOf(schema[keyword]) ?? {}),
  );
  return lists.reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0);
}

const tooMany = (count: number, what: string, max: number): ContractProblem => ({
  path: [],
  message: `has ${count} ${what}, more than ${max}`,
  remedy: 'leave out those that matter least: the partner looks at its own contract anyway',
});

function wrongPatterns(node: Node): ContractProblem[] {
  return patternsOf(node).flatMap(({ text, at }) => {
    try {
      compilePattern(text);
      return [];
    } catch (error) {
      if (!(error instanceof PatternRefused)) throw error;
      return [{ path: at, message: `the pattern ${error.message}`, remedy: error.remedy }];
    }
  });
}
