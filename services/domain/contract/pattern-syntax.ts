// A pattern as JSON Schema writes it (ECMAScript, flag u) in the words of RE2, which has no backtracking and so no endless
// match. Every set of characters is written out as ranges: what `.`, \s, \w or \p{…} mean is JavaScript's word, not RE2's.

/** Why a pattern cannot be had. */
export class PatternRefused extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** First and last code point, ascending, without overlap. */
type Ranges = readonly (readonly [number, number])[];

const LAST = 0x10ffff;
const DIGIT: Ranges = [[0x30, 0x39]];
const WORD: Ranges = [...DIGIT, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
const LINE_END: Ranges = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];
/** What \s stands for, by the standard. */
const SPACE: Ranges = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };

export interface LinearSyntax {
  /** For RE2. */
  readonly text: string;
  /**
   * Begins at the text's beginning, and only one part may be of more than one length, without choices and groups: then
   * backtracking tries each length of that part once, and the engine of JavaScript is linear too, and faster.
   */
  readonly isPlain: boolean;
  /** Characters that its parts take at least: what is tried for each length. */
  readonly chars: number;
}

/** @throws PatternRefused when it is no pattern, or says what only backtracking can find */
export function toLinear(source: string): LinearSyntax {
  try {
    new RegExp(source, 'u'); // parsed, never run: from here on the syntax is known to be right
  } catch (cause) {
    throw new PatternRefused(
      `is no pattern: ${(cause as Error).message}`,
      'correct it, or escape what is meant as text',
    );
  }
  return new Translator(source).whole();
}

class Translator {
  readonly #source: readonly string[];
  #at = 0;
  readonly #out: string[] = [];
  #chars = 0;
  /** Parts of more than one length. */
  #variable = 0;
  #hasChoices = false;

  constructor(source: string) {
    this.#source = [...source];
  }

  whole(): LinearSyntax {
    while (this.#at < this.#source.length) this.#next();
    const isPlain = this.#source[0] === '^' && this.#variable <= 1 && !this.#hasChoices;
    return { text: this.#out.join(''), isPlain, chars: this.#chars };
  }

  #next(): void {
    const char = this.#take();
    if (char === '(') return this.#open();
    if (char === '|') this.#hasChoices = true;
    if (char === ')' || char === '|' || char === '^') this.#out.push(char);
    else if (char === '$')
      this.#out.push('\\z'); // the very end, as in JavaScript
    else if (char === '*' || char === '+' || char === '?') this.#several(char);
    else if (char === '{') this.#repeat();
    else if (char === '[') this.#part(this.#class());
    else if (char === '.') this.#part(without(LINE_END));
    else if (char === '\\') this.#escape();
    else this.#part(one(char.codePointAt(0) as number));
  }

  #open(): void {
    this.#hasChoices = true;
    this.#out.push('(?:');
    if (this.#source[this.#at] !== '?') return;
    const kind = this.#source.slice(this.#at + 1, this.#at + 3).join('');
    if (kind[0] === ':') this.#at += 2;
    else if (kind[0] === '=' || kind[0] === '!' || kind === '<=' || kind === '<!')
      throw new PatternRefused(
        `looks ahead or behind with "(?${kind[0] === '<' ? kind : kind[0]}"`,
        'say it without: several patterns under allOf, or not',
      );
    else if (kind[0] === '<') this.#skipTo('>');
    else throw new PatternRefused('changes its flags within', 'write both cases, as in [aA]');
  }

  #repeat(): void {
    const braces = `{${this.#skipTo('}')}`;
    const [least = '', most] = braces.slice(1, -1).split(',');
    this.#chars += Math.max(0, Number(least) - 1);
    if (most === undefined || Number(most || -1) === Number(least)) this.#out.push(braces);
    else this.#several(braces);
  }

  #several(quantifier: string): void {
    this.#out.push(quantifier);
    this.#variable += 1;
    if (this.#source[this.#at] === '?') this.#out.push(this.#take()); // lazy
  }

  #class(): Ranges {
    const negated = this.#source[this.#at] === '^';
    if (negated) this.#at += 1;
    const members: (readonly [number, number])[] = [];
    while (this.#source[this.#at] !== ']') {
      const first = this.#member();
      const upTo = this.#source[this.#at] === '-' && this.#source[this.#at + 1] !== ']' && single(first);
      if (upTo === undefined || upTo === false) members.push(...first);
      else {
        this.#at += 1;
        members.push([upTo.point, (single(this.#member()) as { point: number }).point]);
      }
    }
    this.#at += 1;
    const ranges = merged(members);
    return negated ? without(ranges) : ranges;
  }

  #member(): Ranges {
    const char = this.#take();
    if (char !== '\\') return one(char.codePointAt(0) as number);
    if (this.#source[this.#at] !== 'b') return this.#set();
    this.#at += 1;
    return one(8);
  }

  #escape(): void {
    const next = this.#source[this.#at] as string;
    if (next === 'b' || next === 'B') {
      this.#at += 1;
      this.#out.push(`\\${next}`);
    } else if (/[1-9k]/.test(next))
      throw new PatternRefused(
        'refers back to what a group has found',
        'write the part out, or leave it to another tool',
      );
    else this.#part(this.#set());
  }

  /** What stands after a backslash. */
  #set(): Ranges {
    const char = this.#take();
    if (char === 'd') return DIGIT;
    if (char === 'D') return without(DIGIT);
    if (char === 'w') return WORD;
    if (char === 'W') return without(WORD);
    if (char === 's') return SPACE;
    if (char === 'S') return without(SPACE);
    if (char === 'p' || char === 'P') return property(`\\${char}${this.#skipTo('}')}`);
    if (char === 'c') return one((this.#take().codePointAt(0) as number) % 32);
    if (char === 'x') return one(this.#hex(2));
    if (char === 'u') return one(this.#unicode());
    return one(CONTROLS[char] ?? (char.codePointAt(0) as number));
  }

  #unicode(): number {
    if (this.#source[this.#at] === '{') return Number.parseInt(this.#skipTo('}').slice(1, -1), 16);
    const first = this.#hex(4);
    const pair = this.#source.slice(this.#at, this.#at + 6).join('');
    if (first < 0xd800 || first > 0xdbff || !/^\\u[dD][c-fC-F]/.test(pair)) return first;
    this.#at += 2;
    return String.fromCharCode(first, this.#hex(4)).codePointAt(0) as number;
  }

  #hex(digits: number): number {
    this.#at += digits;
    return Number.parseInt(this.#source.slice(this.#at - digits, this.#at).join(''), 16);
  }

  #part(ranges: Ranges): void {
    this.#chars += 1;
    this.#out.push(classOf(ranges));
  }

  #take(): string {
    this.#at += 1;
    return this.#source[this.#at - 1] as string;
  }

  /** @returns what was passed, the end included */
  #skipTo(end: string): string {
    const from = this.#at;
    this.#at = this.#source.indexOf(end, from) + 1;
    return this.#source.slice(from, this.#at).join('');
  }
}

const one = (point: number): Ranges => [[point, point]];

function single(ranges: Ranges): { readonly point: number } | undefined {
  const [only] = ranges;
  return ranges.length === 1 && only !== undefined && only[0] === only[1] ? { point: only[0] } : undefined;
}

function merged(ranges: readonly (readonly [number, number])[]): Ranges {
  const made: [number, number][] = [];
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = made.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else made.push([from, to]);
  }
  return made;
}

function without(ranges: Ranges): Ranges {
  const made: [number, number][] = [];
  let next = 0;
  for (const [from, to] of ranges) {
    if (from > next) made.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= LAST) made.push([next, LAST]);
  return made;
}

function classOf(ranges: Ranges): string {
  const hex = (point: number) => `\\x{${point.toString(16)}}`;
  if (ranges.length === 0) return `[^${hex(0)}-${hex(LAST)}]`;
  return `[${ranges.map(([from, to]) => (from === to ? hex(from) : `${hex(from)}-${hex(to)}`)).join('')}]`;
}

const properties = new Map<string, Ranges>();
/** All characters, in two texts: between them are the halves of pairs. Made when first asked for (4 MB). */
let planes: readonly string[] = [];

function textOf(from: number, to: number): string {
  let text = '';
  for (let point = from; point <= to; point += 1) text += String.fromCodePoint(point);
  return text;
}

/** Which characters JavaScript takes a \p{…} for: it is asked, so that its version of Unicode counts. */
function property(name: string): Ranges {
  const known = properties.get(name);
  if (known) return known;
  if (planes.length === 0) planes = [textOf(0, 0xd7ff), textOf(0xe000, LAST)];
  const found: [number, number][] = new RegExp(`^${name}$`, 'u').test('\ud800') ? [[0xd800, 0xdfff]] : [];
  for (const text of planes)
    for (const [run] of text.matchAll(new RegExp(`${name}+`, 'gu')))
      found.push([run.codePointAt(0) as number, [...run.slice(-2)].at(-1)?.codePointAt(0) as number]);
  const ranges = merged(found);
  properties.set(name, ranges);
  return ranges;
}
