// JSON from strangers: what JSON.parse lets pass in silence is refused here by name. Two equal keys (which one counts?),
// __proto__ and its kin, numbers that a double cannot hold, half of a surrogate pair, nesting without end. RFC 8259, I-JSON (RFC 7493).
import type { Json } from './mapping-file.ts';

export interface JsonFault {
  /** Steps to the value at fault; empty when the text as a whole is. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export type StrictJson = { readonly ok: true; readonly value: Json } | ({ readonly ok: false } & JsonFault);

class Fault extends Error {
  readonly path: (string | number)[] = [];
}

const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const WORDS: Readonly<Record<string, Json>> = { true: true, false: false, null: null };
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
/** A number with more digits than this is a way to keep a parser busy. */
const MAX_NUMBER_CHARS = 40;

/** @param maxDepth how many arrays and objects may be inside each other */
export function parseStrictJson(text: string, maxDepth: number): StrictJson {
  try {
    return { ok: true, value: new Parser(text, maxDepth).whole() };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, path: error.path, message: error.message };
    throw error;
  }
}

class Parser {
  readonly #text: string;
  readonly #maxDepth: number;
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  whole(): Json {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected('the end');
    return value;
  }

  #value(depth: number): Json {
    this.#space();
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth + 1);
    if (first === '[') return this.#array(depth + 1);
    if (first === '"') return this.#string();
    const word = this.#take(WORD);
    if (word !== undefined) return WORDS[word] as Json;
    return this.#number();
  }

  #object(depth: number): Json {
    this.#enter(depth);
    const made: Record<string, Json> = {};
    if (this.#skip('}')) return made;
    do {
      this.#space();
      const name = this.#string();
      if (FORBIDDEN.has(name)) throw inside(name, new Fault('is not allowed as a name'));
      if (Object.hasOwn(made, name)) throw inside(name, new Fault('is there twice'));
      if (!this.#skip(':')) throw this.#unexpected('":"');
      try {
        made[name] = this.#value(depth);
      } catch (fault) {
        throw inside(name, fault);
      }
    } while (this.#skip(','));
    if (!this.#skip('}')) throw this.#unexpected('"," or "}"');
    return made;
  }

  #array(depth: number): Json {
    this.#enter(depth);
    const made: Json[] = [];
    if (this.#skip(']')) return made;
    do {
      try {
        made.push(this.#value(depth));
      } catch (fault) {
        throw inside(made.length, fault);
      }
    } while (this.#skip(','));
    if (!this.#skip(']')) throw this.#unexpected('"," or "]"');
    return made;
  }

  #enter(depth: number): void {
    if (depth > this.#maxDepth) throw new Fault(`is nested more than ${this.#maxDepth} deep`);
    this.#at += 1;
  }

  #string(): string {
    const quoted = this.#take(STRING);
    if (quoted === undefined) throw this.#unexpected('a text in double quotes');
    const text = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
    if (!text.isWellFormed()) throw new Fault('holds half of a surrogate pair, which no UTF-8 can carry');
    return text;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const found = NUMBER.exec(this.#text);
    if (found === null) throw this.#unexpected('a value');
    const [digits, fraction, exponent] = found;
    this.#at += digits.length;
    const value = Number(digits);
    const whole = fraction === undefined && exponent === undefined;
    if (digits.length > MAX_NUMBER_CHARS || !Number.isFinite(value) || (whole && !Number.isSafeInteger(value)))
      throw new Fault('is a number that cannot be held exactly');
    return value;
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

  /** What was found is not shown: it may be a secret in the wrong place. */
  #unexpected(wanted: string): Fault {
    const place = this.#at >= this.#text.length ? 'the text ends' : `character ${this.#at + 1} is not it`;
    return new Fault(`is not JSON: ${wanted} is expected, but ${place}`);
  }
}

/** A fault gets its path on its way out. */
function inside(step: string | number, fault: unknown): unknown {
  if (fault instanceof Fault) fault.path.unshift(typeof step === 'string' ? step.slice(0, 100) : step);
  return fault;
}
