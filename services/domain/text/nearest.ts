// Finds the valid name a person most likely meant.

/** At most this many names are listed when none is near. */
const LISTED = 12;

/** Longer names have no near ones: the distance takes the product of the two lengths. */
const NAME_CHARS_MAX = 100;
/** As many are compared. */
const COMPARED_MAX = 1_000;

/** The candidate with the fewest edits, or undefined when even that one looks like another word. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 2)) + 1;
  if (name.length > NAME_CHARS_MAX) return undefined;
  let compared = 0;
  for (const candidate of candidates) {
    compared += 1;
    if (compared > COMPARED_MAX) break;
    if (candidate.length > NAME_CHARS_MAX) continue;
    // A difference in case counts half, so that `scope` is nearer to `Scope` than `slope` is.
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase()) + (name === candidate ? 0 : 0.5);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `did you mean "x"?`, or the list of what there is. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const found = nearest(name, candidates);
  if (found !== undefined) return `did you mean "${found}"?`;
  if (candidates.length === 0) return 'remove it';
  const more = candidates.length > LISTED ? ', …' : '';
  return `use one of ${candidates.slice(0, LISTED).join(', ')}${more}`;
}

/** Levenshtein distance, two rows at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
