// What a request that may take long costs the others: when partitions move, the whole group waits for it.

/** The fields of `deliver` that decide it. */
export interface Patience {
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** What happens to a request in flight when partitions move. `cut`: after 7 s it is cut, and sent again by the next owner. */
  readonly atRebalance: 'wait' | 'cut';
  /** Requests on one connection. What is behind others may go once more, with its time anew. */
  readonly pipelining: number;
}

/** How long one attempt may take, ms. */
const attemptMs = ({ timeoutMs, pipelining }: Patience): number => (pipelining > 1 ? 2 : 1) * timeoutMs;

/** For the last audit rows, the last commit and the join, after the last request. */
const AFTER_MS = 10_000;
/** After this a stop that hangs is cut, when no request takes longer: below the 30 s that orchestrators grant. */
export const STOP_GRACE_MS = 25_000;
/** What orchestrators grant beyond the time that a stop may take: a process that is cut still says so. */
export const KILL_AFTER_MS = 5_000;
/** A request that ends within this delays nobody: `check` says nothing of it. */
const SHORT_MS = 7_000;

/** How long the group waits for a member when others join, ms. */
export function rebalanceTimeoutMs(patience: Patience, sessionTimeoutMs: number): number {
  const usualMs = 3 * sessionTimeoutMs;
  return patience.atRebalance === 'cut' ? usualMs : Math.max(usualMs, attemptMs(patience) + AFTER_MS);
}

/** How long a process may take to stop that sends for these, ms. */
export function stopGraceMs(partners: Iterable<Patience>): number {
  let graceMs = STOP_GRACE_MS;
  for (const patience of partners)
    if (patience.atRebalance === 'wait') graceMs = Math.max(graceMs, attemptMs(patience) + AFTER_MS);
  return graceMs;
}

/** What `connector check` says of slow requests; undefined: they are not slow. */
export function priceOf(patience: Patience): string | undefined {
  const { atRebalance } = patience;
  const longestMs = attemptMs(patience);
  if (longestMs <= SHORT_MS) return undefined;
  const seconds = (ms: number) => `${Math.ceil(ms / 1000)} s`;
  return atRebalance === 'cut'
    ? `deliver.timeoutMs: when a worker comes, goes or stops, requests that take longer than ${seconds(SHORT_MS)} are cut and sent again under the same webhook-id`
    : `deliver.timeoutMs: when a worker comes, goes or stops, the whole group of this partner may stand still for ${seconds(longestMs + AFTER_MS)}, until its requests are answered; ` +
        `a stop takes as long (grant it ${seconds(KILL_AFTER_MS)} more), and so may a replay (atRebalance: cut ends them after ${seconds(SHORT_MS)} and sends them again)`;
}
