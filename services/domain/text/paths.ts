// Dotted paths into records and documents. Parsed once; reading and writing never touch a prototype.

export type Path = readonly string[];

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** What is written along them has to be read by recursion, here and at the partner's. */
const STEPS_MAX = 50;

/** The steps of `a.b.c`, or why the text is no path. */
export function parsePath(text: string): { path: Path } | { problem: string } {
  const path = text.split('.');
  if (path.length > STEPS_MAX) return { problem: `the path has ${path.length} steps, more than ${STEPS_MAX}` };
  if (path.some((step) => step === '')) return { problem: `"${text}" has an empty step` };
  const forbidden = path.find((step) => FORBIDDEN.has(step));
  return forbidden === undefined ? { path } : { problem: `"${forbidden}" is not allowed as a name` };
}

/** The value at the path; undefined when any step is absent. Inherited properties do not count. */
export function readPath(from: unknown, path: Path): unknown {
  let value = from;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/** Sets the value, making the objects on the way. The caller has checked that no written path is a prefix of another. */
export function setPath(into: Record<string, unknown>, path: Path, value: unknown): void {
  let holder = into;
  const last = path.length - 1;
  for (let index = 0; index < last; index++) {
    const step = path[index]!;
    if (!Object.hasOwn(holder, step)) holder[step] = {};
    holder = holder[step] as Record<string, unknown>;
  }
  holder[path[last]!] = value;
}

/** Whether both paths are the same or one leads through the other: both cannot be written in one document. */
export function overlaps(a: Path, b: Path): boolean {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return false;
  return true;
}
