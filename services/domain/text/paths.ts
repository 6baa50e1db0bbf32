// Paths into records and documents: `name`, `a.b`, `list[0]`, `list[]` (each element), `a["name.with.dots"]`. Parsed once;
// reading and writing never touch a prototype.

/** A name, the index of an element, or EACH. */
export type Step = string | number;
export type Path = readonly Step[];
/** One that leads through objects alone. */
export type Names = readonly string[];

/** The step `[]`: all elements of a list, one after the other. No value has it, so a path with it reads as absent. */
export const EACH = -1;

const FORBIDDEN = new Set<Step>(['__proto__', 'constructor', 'prototype']);

/** What is written along them has to be read by recursion, here and at the partner's. */
const STEPS_MAX = 50;
/** Beyond this a list is longer than any that a person numbers. */
const INDEX_DIGITS_MAX = 6;

const NAME = /[^.[\]]+/y;
const BRACKET = /\[(?:(\d*)|("(?:[^"\\]|\\.)*"))\]/y;

const ONE = 'write [0] for the first one';
const BRACKETS = 'count elements from 0, and put a name into double quotes';
const DOTS = 'write names separated by single dots, e.g. "reservation.beds"';

export type Parsed = { readonly path: Path } | { readonly problem: string; readonly remedy: string };

/** The steps of a path to one value, or why the text is none. */
export function parsePath(text: string): Parsed {
  const parsed = parseListPath(text);
  if ('path' in parsed && parsed.path.includes(EACH))
    return { problem: `"${text}" means each element of a list, and one value is asked for`, remedy: ONE };
  return parsed;
}

/** The same, with `[]` for each element of a list. */
export function parseListPath(text: string): Parsed {
  const path = text.includes('[') ? stepsOf(text) : text.split('.');
  if (path === undefined)
    return { problem: `"${text}" has a bracket that is none of [0], [] and ["a name"]`, remedy: BRACKETS };
  if (path.length > STEPS_MAX)
    return { problem: `the path has ${path.length} steps, more than ${STEPS_MAX}`, remedy: 'name a value less deep' };
  if (path.some((step) => step === '')) return { problem: `"${text}" has an empty step`, remedy: DOTS };
  const forbidden = path.find((step) => FORBIDDEN.has(step));
  return forbidden === undefined
    ? { path }
    : { problem: `"${forbidden}" is not allowed as a name`, remedy: 'use another name' };
}

/** @returns undefined when a bracket is wrong */
function stepsOf(text: string): Step[] | undefined {
  const steps: Step[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    at += found?.[0].length ?? 0;
    return found;
  };
  if (text[0] !== '[') steps.push(take(NAME)?.[0] ?? '');
  while (at < text.length && steps.length <= STEPS_MAX) {
    if (text[at] === '.') {
      at += 1;
      steps.push(take(NAME)?.[0] ?? '');
      continue;
    }
    const [, digits, quoted] = take(BRACKET) ?? [];
    const step = quoted === undefined ? indexOf(digits) : nameIn(quoted);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return steps;
}

function indexOf(digits: string | undefined): number | undefined {
  if (digits === undefined || digits.length > INDEX_DIGITS_MAX) return undefined;
  return digits === '' ? EACH : Number(digits);
}

function nameIn(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted);
  } catch {
    return undefined;
  }
}

/** As a person writes it. */
export const showPath = (path: Path): string => path.map(shownStep).join('');

function shownStep(step: Step, index: number): string {
  if (typeof step === 'number') return step === EACH ? '[]' : `[${step}]`;
  // Digits behind a dot would look like an element of a list.
  if (/[.[\]]/.test(step) || (index > 0 && /^\d+$/.test(step))) return `[${JSON.stringify(step)}]`;
  return index === 0 ? step : `.${step}`;
}

/** As a JSON pointer in a URI fragment (RFC 6901 §6), e.g. `#/beds/free`. */
export const pointerOf = (path: Path): string => `#${path.map(pointerStep).join('')}`;

function pointerStep(step: Step): string {
  const text = String(step).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1');
  return `/${encodeURIComponent(text)}`;
}

/** The value at the path; undefined when any step is absent. Inherited properties do not count. */
export function readPath(from: unknown, path: Path): unknown {
  let value = from;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<Step, unknown>)[step];
  }
  return value;
}

/**
 * Sets the value, making the objects and lists on the way; an element that is skipped is null until it is written. The caller
 * has checked that no written path is a prefix of another.
 */
export function setPath(into: object, path: Path, value: unknown): void {
  let holder = into as Record<Step, unknown>;
  const last = path.length - 1;
  for (let index = 0; index < last; index++) {
    const step = path[index]!;
    const inner = Object.hasOwn(holder, step) ? holder[step] : undefined;
    if (inner === undefined || inner === null) put(holder, step, emptyFor(path[index + 1]!));
    holder = holder[step] as Record<Step, unknown>;
  }
  put(holder, path[last]!, value);
}

/** What has to be there for a step to lead into it. */
export const emptyFor = (step: Step): object => (typeof step === 'number' ? [] : {});

function put(holder: Record<Step, unknown>, step: Step, value: unknown): void {
  if (typeof step === 'number')
    while ((holder as unknown as unknown[]).length < step) (holder as unknown as unknown[]).push(null);
  holder[step] = value;
}

/**
 * Whether both cannot be written in one document: they are the same, one leads through the other, or what is a list to one is an
 * object to the other.
 */
export function overlaps(a: Path, b: Path): boolean {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [mine, theirs] = [a[index], b[index]];
    if (mine === theirs) continue;
    if (typeof mine !== typeof theirs) return true;
    return mine === EACH || theirs === EACH;
  }
  return true;
}
