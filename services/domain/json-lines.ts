// Where each key of a JSON text is, and where its first mistake is. JSON.parse names no position for most mistakes, keeps
// the last of two equal keys in silence, and forgets lines; people need all three.
import type { FieldPath } from './problem.ts';

export interface JsonLines {
  /** The first mistake; when there is none, JSON.parse accepts the text. */
  readonly mistake?: { readonly line: number; readonly message: string };
  /** Keys written twice in one object. */
  readonly twice: readonly FieldPath[];
  lineOf(path: FieldPath): number | undefined;
}

class Mistake extends Error {}

const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const LITERAL = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;
/** Far beyond any file a person writes; keeps a hostile one from exhausting the stack. */
const MAX_DEPTH = 200;

export function scanJson(text: string): JsonLines {
  const offsets = new Map<string, number>();
  const twice: FieldPath[] = [];
  let at = 0;

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const peek = (): string | undefined => {
    take(SPACE);
    return text[at];
  };
  const fail = (wanted: string): never => {
    throw new Mistake(`expected ${wanted}, found ${text[at] === undefined ? 'the end of the file' : `"${text[at]}"`}`);
  };

  const value = (path: FieldPath): void => {
    if (path.length > MAX_DEPTH) fail('less nesting');
    const first = peek();
    if (first === '{') object(path);
    else if (first === '[') array(path);
    else if (take(STRING) === undefined && take(LITERAL) === undefined) fail('a value');
  };
  const object = (path: FieldPath): void => {
    at++;
    if (peek() === '}') return void at++;
    for (;;) {
      peek();
      const start = at;
      const quoted = take(STRING) ?? fail('a name in double quotes');
      const here = [...path, JSON.parse(quoted) as string];
      if (offsets.has(keyOf(here))) twice.push(here);
      offsets.set(keyOf(here), start);
      if (peek() !== ':') fail('":"');
      at++;
      value(here);
      if (!another('}')) return;
    }
  };
  const array = (path: FieldPath): void => {
    at++;
    if (peek() === ']') return void at++;
    for (let index = 0; ; index++) {
      peek();
      const here = [...path, index];
      offsets.set(keyOf(here), at);
      value(here);
      if (!another(']')) return;
    }
  };
  const another = (end: string): boolean => {
    const next = peek();
    if (next !== ',' && next !== end) fail(`"," or "${end}"`);
    at++;
    return next === ',';
  };

  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;
  const lineOf = (path: FieldPath): number | undefined => {
    for (let length = path.length; length > 0; length--) {
      const offset = offsets.get(keyOf(path.slice(0, length)));
      if (offset !== undefined) return lineAt(offset);
    }
    return 1;
  };
  try {
    value([]);
    if (peek() !== undefined) fail('the end of the file');
    return { twice, lineOf };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return { mistake: { line: lineAt(at), message: error.message }, twice, lineOf };
  }
}

const keyOf = (path: FieldPath): string => JSON.stringify(path);
