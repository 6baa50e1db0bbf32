// How long deliveries took, counted in bins: small, and the same however many there are.

/** Each bin is so much wider than the one before: what is read from them is right within 8 %. */
const WIDER = 1.16;
/** The last one begins at 20 minutes: beyond that nobody asks how many. */
export const BINS = 96;
const MAX = 65_535;

export const binOf = (ms: number): number =>
  Math.min(BINS - 1, Math.floor(Math.log(Math.max(0, ms) + 1) / Math.log(WIDER)));

/** The middle of a bin, ms. */
export const msOf = (bin: number): number => Math.round(WIDER ** (bin + 0.5) - 1);

/** Counts no further than it can. */
export function count(bins: Uint16Array, ms: number): void {
  const bin = binOf(ms);
  bins[bin] = Math.min(MAX, (bins[bin] ?? 0) + 1);
}

/** @param share such as 0.99 @returns ms; undefined: nothing was counted */
export function percentile(counts: ArrayLike<number>, share: number): number | undefined {
  let all = 0;
  for (let bin = 0; bin < counts.length; bin += 1) all += counts[bin] ?? 0;
  if (all === 0) return undefined;
  let below = 0;
  for (let bin = 0; bin < counts.length; bin += 1) {
    below += counts[bin] ?? 0;
    if (below >= all * share) return msOf(bin);
  }
  return undefined;
}
