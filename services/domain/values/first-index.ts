/**
 * By halving, where a sorted row has its first that is not before what is looked for.
 * @param isBefore true for the first of the row, up to some index, and false from there on
 * @returns `length` when all are before it
 */
export function firstIndex(length: number, isBefore: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
