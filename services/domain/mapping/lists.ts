// A line whose paths go through lists: what it carries gets over element by element, each to the same place of the other list. So
// a list keeps its length and its order: null stays null, and an element without the value is an object without it.
import { Unwritable } from '../forms/logical-text.ts';
import type { Path } from '../text/paths.ts';
import { EACH, emptyFor, readPath, setPath } from '../text/paths.ts';

/** Where a line goes, cut at each `[]`. */
export interface Route {
  /** From the document, then from an element, to the list within it. */
  readonly lists: readonly Path[];
  /** To the list that is made for each of them; the last one leads to the value, and is empty where the element itself is it. */
  readonly into: readonly Path[];
}

/** What a line makes of the innermost element; undefined: nothing. */
export type Leaf = (element: unknown, indexes: readonly number[]) => unknown;

/** `a[].b.c[].d` → `a`, `b.c`, `d` */
export function cut(path: Path): Path[] {
  const parts: Path[] = [];
  let from = 0;
  for (let at = path.indexOf(EACH); at >= 0; at = path.indexOf(EACH, from)) {
    parts.push(path.slice(from, at));
    from = at + 1;
  }
  return [...parts, path.slice(from)];
}

/** @param from the path that is read @param to the path that is written; both have as many `[]` */
export const routeOf = (from: Path, to: Path): Route => ({ lists: cut(from).slice(0, -1), into: cut(to) });

/**
 * @param indexes is left at the element that something was thrown at
 * @throws Unwritable where a list is wanted and there is none, and what the leaf throws
 */
export function carry(source: unknown, document: object, route: Route, leaf: Leaf, indexes: number[]): void {
  carryInto(document, route.into[0] as Path, source, route, leaf, indexes);
}

function carryInto(holder: object, way: Path, source: unknown, route: Route, leaf: Leaf, indexes: number[]): void {
  const depth = indexes.length;
  const list = route.lists[depth];
  const found = list === undefined ? leaf(source, indexes) : readPath(source, list);
  if (found === undefined) return;
  if (list === undefined || found === null) return setPath(holder, way, found);
  if (!Array.isArray(found)) throw new Unwritable('is no list');
  const made = listAt(holder, way, found.length);
  const inner = route.into[depth + 1] as Path;
  for (const [index, element] of found.entries()) {
    if (element === null || element === undefined) continue;
    if (inner.length > 0) made[index] ??= emptyFor(inner[0]!);
    indexes.push(index);
    carryInto(made, [index, ...inner], element, route, leaf, indexes);
    indexes.pop();
  }
}

/** The one that a line before has made of the same list, or a new one. */
function listAt(holder: object, way: Path, length: number): unknown[] {
  const known = readPath(holder, way);
  if (Array.isArray(known)) return known;
  const made = Array<unknown>(length).fill(null);
  setPath(holder, way, made);
  return made;
}

/** Visits each place that the path leads to, in elements that are there. @param visit is given the list, and the way on from it */
export function eachPlace(document: unknown, path: readonly Path[], visit: (list: object, way: Path) => void): void {
  const [list = [], ...inner] = path;
  const found = readPath(document, list);
  if (!Array.isArray(found)) return;
  for (const [index, element] of found.entries()) {
    if (inner.length > 1) eachPlace(element, inner, visit);
    else if (element !== null || inner[0]?.length === 0) visit(found, [index, ...(inner[0] as Path)]);
  }
}

/** The path to that element, or to the list that it goes on to from there. */
export function placed(path: Path, indexes: readonly number[]): Path {
  const steps: (string | number)[] = [];
  let depth = 0;
  for (const step of path) {
    const index = step === EACH ? indexes[depth++] : step;
    if (index === undefined) break;
    steps.push(index);
  }
  return steps;
}
