// Where each key of a JSON text is, and where its first mistake is. JSON.parse names no position for most mistakes, keeps
// the last of two equal keys in silence, and forgets lines; people need all three.
import { isRounded } from './exact-number.ts';
import type { FieldPath } from './problem.ts';
import { PROBLEMS_MAX } from './problem.ts';

export interface JsonLines {
  /** The first mistake; when there is none, JSON.parse accepts the text. */
  readonly mistake?: { readonly line: number; readonly message: string };
  /** Keys written twice in one object. */
  readonly twice: readonly FieldPath[];
  /** Numbers that JSON.parse would give other digits. */
  readonly rounded: readonly FieldPath[];
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
  const top: Spot = { offset: 0, inner: new Map() };
  const twice: FieldPath[] = [];
  const rounded: FieldPath[] = [];
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

  const value = (path: FieldPath, spot: Spot): void => {
    if (path.length > MAX_DEPTH) fail('less nesting');
    const first = peek();
    if (first === '{') object(path, spot);
    else if (first === '[') array(path, spot);
    else if (take(STRING) === undefined) {
      const literal = take(LITERAL) ?? fail('a value');
      if (isRounded(literal) && rounded.length < PROBLEMS_MAX) rounded.push(path);
    }
  };
  const object = (path: FieldPath, spot: Spot): void => {
    at++;
    if (peek() === '}') return void at++;
    for (;;) {
      peek();
      const offset = at;
      const quoted = take(STRING) ?? fail('a name in double quotes');
      const name = JSON.parse(quoted) as string;
      const here = [...path, name];
      if (spot.inner.has(name) && twice.length < PROBLEMS_MAX) twice.push(here);
      const inside: Spot = { offset, inner: new Map() };
      spot.inner.set(name, inside);
      if (peek() !== ':') fail('":"');
      at++;
      value(here, inside);
      if (!another('}')) return;
    }
  };
  const array = (path: FieldPath, spot: Spot): void => {
    at++;
    if (peek() === ']') return void at++;
    for (let index = 0; ; index++) {
      peek();
      const inside: Spot = { offset: at, inner: new Map() };
      spot.inner.set(index, inside);
      value([...path, index], inside);
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
    let spot = top;
    for (const step of path) {
      const inside = spot.inner.get(step);
      if (inside === undefined) break;
      spot = inside;
    }
    return lineAt(spot.offset);
  };
  try {
    value([], top);
    if (peek() !== undefined) fail('the end of the file');
    return { twice, rounded, lineOf };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return { mistake: { line: lineAt(at), message: error.message }, twice, rounded, lineOf };
  }
}

/** Where a key or an item begins, and what is in it. */
interface Spot {
  readonly offset: number;
  readonly inner: Map<string | number, Spot>;
}
