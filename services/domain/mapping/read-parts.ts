// Which parts of a body a door reads, as a tree of names, and what it read: the rest is nobody's business.
import { createHash } from 'node:crypto';
import type { Path } from '../text/paths.ts';
import type { Reads } from './strict-json.ts';

/** @param paths of everything that is read; a path that leads through another one is part of it */
export function readsOf(paths: Iterable<Path>): Reads {
  const top = new Map<string, Reads>();
  // Of a list all elements are read alike, whichever of them a path asks for.
  for (const path of paths)
    put(
      top,
      path.filter((step) => typeof step === 'string'),
    );
  return top;
}

function put(top: Map<string, Reads>, path: readonly string[]): void {
  let holder = top;
  for (const [index, step] of path.entries()) {
    const known = holder.get(step);
    if (known === true) return;
    if (index === path.length - 1) holder.set(step, true);
    else {
      const next = (known as Map<string, Reads> | undefined) ?? new Map<string, Reads>();
      holder.set(step, next);
      holder = next;
    }
  }
}

/**
 * Tells bodies apart by what is read of them: names that nobody reads, secrets, spaces and the order of names change nothing.
 * @returns SHA-256, 43 characters of base64url
 */
export function digestOfParts(bodies: readonly object[], reads: Reads): string {
  const text = JSON.stringify(bodies.map((body) => picked(body, reads)));
  return createHash('sha256').update(text).digest('base64url');
}

/** The same with names in order, and without what is not read. */
function picked(value: unknown, reads: Reads | undefined): unknown {
  if (reads === undefined || typeof value !== 'object' || value === null) return reads === true ? value : undefined;
  if (Array.isArray(value)) return value.map((element) => picked(element, reads));
  const names = Object.keys(value).sort();
  return Object.fromEntries(
    names.map((name) => [
      name,
      picked((value as Record<string, unknown>)[name], reads === true ? true : reads.get(name)),
    ]),
  );
}
