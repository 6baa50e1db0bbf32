// A YAML or JSON file as a value that still knows its lines; mistakes of syntax are problems, not exceptions.

import type { Document } from 'yaml';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import { scanJson } from './json-lines.ts';
import type { FieldPath, FilePlace, Problem } from './problem.ts';
import { PROBLEMS_MAX } from './problem.ts';

export interface SourceText extends FilePlace {
  /** Undefined when the text could not be read; `problems` says why. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Numbers whose digits are lost in `value`; absent: none. */
  readonly rounded?: readonly FieldPath[];
}

/** What is said of each of `rounded` where digits count. */
export const ROUNDED = ['is a number that cannot be held exactly', 'write it in quotes, or with fewer digits'] as const;

/** @param file as shown in messages */
export function readJson(file: string, text: string): SourceText {
  const { mistake, twice, rounded, lineOf } = scanJson(text);
  if (mistake !== undefined) {
    const problem = {
      file,
      line: mistake.line,
      field: '',
      message: mistake.message,
      remedy: 'correct the JSON here or just before',
    };
    return { file, value: undefined, problems: [problem], lineOf };
  }
  const problems = twice.map((path) => {
    const line = lineOf(path);
    const place = line === undefined ? { file } : { file, line };
    return { ...place, field: path.join('.'), message: 'is written twice', remedy: 'keep one of them' };
  });
  return { file, value: JSON.parse(text), problems, rounded, lineOf };
}

/** The remedy for the mistakes people make most. */
const REMEDIES: Record<string, string> = {
  TAB_AS_INDENT: 'indent with spaces, never with tabs',
  BAD_INDENT: 'align the line with those beside it',
  MULTIPLE_DOCS: 'keep one document: remove the "---" line',
};

/** The parser reports a mistake at every level, and keeps each: this much takes it less than a second. */
const YAML_CHARS_MAX = 64_000;

/** @param file as shown in messages */
export function readYaml(file: string, text: string): SourceText {
  if (text.length > YAML_CHARS_MAX) {
    const message = `has ${text.length} characters, more than ${YAML_CHARS_MAX}`;
    const problem = { file, field: '', message, remedy: 'leave only what belongs to the connector' };
    return { file, value: undefined, lineOf: () => undefined, problems: [problem] };
  }
  const lines = new LineCounter();
  let document: Document;
  try {
    // The parser would compare each key of a map with each of the others.
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  } catch (error) {
    return { file, value: undefined, lineOf: () => undefined, problems: [tooDeep(file, error)] };
  }
  const lineOf = (path: FieldPath): number | undefined => {
    const offset = offsetOf(document, path);
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
  const deep = document.errors.find(({ message }) => message.includes('call stack'));
  if (deep) return { file, value: undefined, lineOf, problems: [tooDeep(file, new RangeError())] };
  const problems: Problem[] = document.errors.slice(0, PROBLEMS_MAX).map((error) => ({
    file,
    line: lines.linePos(error.pos[0]).line,
    field: '',
    message: shortened(error.message),
    remedy: REMEDIES[error.code] ?? 'correct the YAML here or just before',
  }));
  problems.push(...writtenTwice(file, document, lines).slice(0, PROBLEMS_MAX - problems.length));
  if (problems.length > 0) return { file, value: undefined, problems, lineOf };
  try {
    return { file, value: document.toJS({ maxAliasCount: 20 }), problems, lineOf };
  } catch (error) {
    if (error instanceof RangeError) return { file, value: undefined, lineOf, problems: [tooDeep(file, error)] };
    const message = 'an alias (*name) has no anchor before it, or repeats too much';
    return { file, value: undefined, lineOf, problems: [{ file, field: '', message, remedy: 'write the values out' }] };
  }
}

function writtenTwice(file: string, document: Document, lines: LineCounter): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) {
          const line = lines.linePos(key.range?.[0] ?? 0).line;
          problems.push({ file, line, field: '', message: 'Map keys must be unique', remedy: 'keep one of them' });
        }
        seen.add(name);
      }
    },
  });
  return problems;
}

/** The parser goes down as deep as the file does. */
const tooDeep = (file: string, error: unknown): Problem => ({
  file,
  field: '',
  message: error instanceof RangeError ? 'is nested too deep' : 'cannot be read as YAML',
  remedy: 'write it flatter',
});

/** The parser quotes what it found, which may be a secret someone typed in. */
const shortened = (message: string): string => message.replace(/:? ?["'`][\s\S]*$/, '').replace(/\n[\s\S]*$/, '');

/** Start of the key (or list item) that the path names, or of the innermost one around it that exists. */
function offsetOf(document: Document, path: FieldPath): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) break;
      offset = isScalar(pair.key) ? pair.key.range?.[0] : offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = (node as { range?: [number] } | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}
