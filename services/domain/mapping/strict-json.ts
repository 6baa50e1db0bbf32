// JSON from strangers: what JSON.parse lets pass in silence is refused here by name. Two equal keys (which one counts?),
// __proto__ and its kin, numbers that a double cannot hold, half of a surrogate pair, nesting without end. RFC 8259, I-JSON (RFC 7493).
// Who reads only some fields is strict in those alone: what else there is has to be JSON, and is passed over.
import { wholeDigits } from '../text/exact-number.ts';
import type { Json } from './mapping-file.ts';

export interface JsonFault {
  /** Steps to the value at fault; empty when the text as a whole is. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export type StrictJson = { readonly ok: true; readonly value: Json } | ({ readonly ok: false } & JsonFault);

/** Which values are read: all that is in this one, or those under these names. Lists are as each of their elements. */
export type Reads = true | ReadonlyMap<string, Reads>;

/** What is not read has its name there and `undefined` as its value. `fault`: the first thing that is wrong in what is read. */
export type ReadJson =
  | { readonly ok: true; readonly value: Json | undefined; readonly fault?: JsonFault }
  /** It is no JSON at all. */
  | ({ readonly ok: false } & JsonFault);

class NoJson extends Error {}

const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const WORDS: Readonly<Record<string, Json>> = { true: true, false: false, null: null };
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
/** A number with more digits than this is a way to keep a parser busy. */
const MAX_NUMBER_CHARS = 40;
const MAX_STEP_CHARS = 100;

/** A whole number that is rounded, or one that has become whole: `1.00000000000000001` is not 1, and `1e-400` is not 0. */
const isOtherWhole = (digits: string, value: number): boolean =>
  /^-?\d+$/.test(digits) ? !Number.isSafeInteger(value) : Number.isInteger(value) && wholeDigits(digits) === undefined;

/** @param maxDepth how many arrays and objects may be inside each other */
export function parseStrictJson(text: string, maxDepth: number): StrictJson {
  const read = readJson(text, maxDepth, true);
  if (read.ok && read.fault === undefined) return { ok: true, value: read.value as Json };
  const { path, message } = read.ok ? (read.fault as JsonFault) : read;
  return { ok: false, path, message };
}

/** @param maxDepth of what is read; what is passed over may be nested as deep as it likes */
export function readJson(text: string, maxDepth: number, reads: Reads): ReadJson {
  const parser = new Parser(text, maxDepth);
  try {
    const value = parser.whole(reads);
    return { ok: true, value, ...(parser.fault && { fault: parser.fault }) };
  } catch (error) {
    if (error instanceof NoJson) return { ok: false, path: parser.path, message: error.message };
    throw error;
  }
}

class Parser {
  fault: JsonFault | undefined;
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #steps: (string | number)[] = [];
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  get path(): readonly (string | number)[] {
    return this.#steps.map((step) => (typeof step === 'string' ? step.slice(0, MAX_STEP_CHARS) : step));
  }

  whole(reads: Reads): Json | undefined {
    const value = this.#value(reads, 0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected('the end');
    return value;
  }

  /** @returns undefined: it is not read, or is at fault */
  #value(reads: Reads | undefined, depth: number): Json | undefined {
    this.#space();
    const first = this.#text[this.#at];
    const isNested = first === '{' || first === '[';
    if (reads === undefined || (reads !== true && !isNested)) return this.#pass();
    if (isNested && depth === this.#maxDepth) {
      this.#blame(`is nested more than ${this.#maxDepth} deep`);
      return this.#pass();
    }
    if (first === '{') return this.#object(reads, depth + 1);
    if (first === '[') return this.#array(reads, depth + 1);
    if (first === '"') return this.#string();
    const word = this.#take(WORD);
    return word === undefined ? this.#number() : WORDS[word];
  }

  #object(reads: Reads, depth: number): Json {
    const made: Record<string, Json | undefined> = {};
    this.#at += 1;
    if (this.#skip('}')) return made as Json;
    do {
      const name = this.#name();
      this.#steps.push(name);
      const read = reads === true ? this.#nameFault(made, name) : reads.get(name);
      if (read !== undefined && reads !== true && Object.hasOwn(made, name)) this.#blame('is there twice');
      const isNew = !Object.hasOwn(made, name);
      const value = this.#value(isNew ? read : undefined, depth);
      if (isNew && !FORBIDDEN.has(name)) made[name] = value;
      this.#steps.pop();
    } while (this.#skip(','));
    if (!this.#skip('}')) throw this.#unexpected('"," or "}"');
    return made as Json;
  }

  /** @returns undefined: the value of such a name is not to be had */
  #nameFault(made: object, name: string): true | undefined {
    if (FORBIDDEN.has(name)) this.#blame('is not allowed as a name');
    else if (Object.hasOwn(made, name)) this.#blame('is there twice');
    else if (!name.isWellFormed()) this.#blame(HALF);
    else return true;
    return undefined;
  }

  #array(reads: Reads, depth: number): Json {
    const made: (Json | undefined)[] = [];
    this.#at += 1;
    if (this.#skip(']')) return made as Json[];
    do {
      this.#steps.push(made.length);
      made.push(this.#value(reads, depth));
      this.#steps.pop();
    } while (this.#skip(','));
    if (!this.#skip(']')) throw this.#unexpected('"," or "]"');
    return made as Json[];
  }

  #string(): string {
    const text = decoded(this.#quoted());
    if (!text.isWellFormed()) this.#blame(HALF);
    return text;
  }

  #number(): number {
    const digits = this.#digits();
    const value = Number(digits);
    if (digits.length > MAX_NUMBER_CHARS || !Number.isFinite(value) || isOtherWhole(digits, value))
      this.#blame('is a number that cannot be held exactly');
    return value;
  }

  /** Over one value, however deep and whatever it says, as long as it is JSON. */
  #pass(): undefined {
    const closers: string[] = [];
    do {
      this.#space();
      const first = this.#text[this.#at];
      if (first === '{' || first === '[') {
        const closer = first === '{' ? '}' : ']';
        this.#at += 1;
        if (!this.#skip(closer)) {
          closers.push(closer);
          if (closer === '}') this.#name();
          continue;
        }
      } else if (first === '"') this.#quoted();
      else if (this.#take(WORD) === undefined) this.#digits();
      this.#close(closers);
    } while (closers.length > 0);
  }

  /** A value has ended: what it is in goes on, or ends too. */
  #close(closers: string[]): void {
    for (let closer = closers.at(-1); closer !== undefined; closer = closers.at(-1)) {
      if (this.#skip(',')) {
        if (closer === '}') this.#name();
        return;
      }
      if (!this.#skip(closer)) throw this.#unexpected(`"," or "${closer}"`);
      closers.pop();
    }
  }

  #name(): string {
    this.#space();
    const name = decoded(this.#quoted());
    if (!this.#skip(':')) throw this.#unexpected('":"');
    return name;
  }

  #quoted(): string {
    const quoted = this.#take(STRING);
    if (quoted === undefined) throw this.#unexpected('a text in double quotes');
    return quoted;
  }

  #digits(): string {
    const digits = this.#take(NUMBER);
    if (digits === undefined) throw this.#unexpected('a value');
    return digits;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #space(): void {
    const code = this.#text.charCodeAt(this.#at);
    if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) this.#take(SPACE);
  }

  #skip(wanted: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== wanted) return false;
    this.#at += 1;
    return true;
  }

  #blame(message: string): void {
    this.fault ??= { path: this.path, message };
  }

  /** What was found is not shown: it may be a secret in the wrong place. */
  #unexpected(wanted: string): NoJson {
    const place = this.#at >= this.#text.length ? 'the text ends' : `character ${this.#at + 1} is not it`;
    return new NoJson(`is not JSON: ${wanted} is expected, but ${place}`);
  }
}

const HALF = 'holds half of a surrogate pair, which no UTF-8 can carry';

const decoded = (quoted: string): string =>
  quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
