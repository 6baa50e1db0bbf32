// How long a partner's group lingers, so that one commit, or one fetch, is for more records. Fetches and commits are what a
// partner of a quiet topic costs: each group has its own. A process with many partners therefore lingers longer, at the price
// of a few milliseconds (bench S6: 200 partners).

export interface Linger {
  /** How long settled records are collected for one commit, ms. */
  readonly gatherMs: number;
  /** How long a group rests once it has reached the end of a partition, ms. */
  readonly restMs: number;
}

const GATHER_MS = 250;
const GATHER_PER_PARTNER_MS = 5;
const GATHER_MAX_MS = 1_000;
/** Up to so many partners none rests. */
const EAGER_PARTNERS = 20;
const REST_MAX_MS = 100;

export function lingerOf(partners: number): Linger {
  return {
    gatherMs: Math.min(GATHER_MAX_MS, GATHER_MS + GATHER_PER_PARTNER_MS * (partners - 1)),
    restMs: Math.min(REST_MAX_MS, Math.max(0, partners - EAGER_PARTNERS)),
  };
}
