// How long requests may go on: as long as the partitions are surely ours. What is in flight then is cut, so that the next owner does
// not send for a key that we still send for.
import type { Group } from '@ess/stream/group/group.ts';
import { DOUBT_MS } from '../item/timers.ts';
import type { RowsOnTheirWay } from '../record/rows-on-their-way.ts';
import type { Attempts } from './attempts.ts';

/** A request that starts with less would hardly get an answer. */
export const START_MIN_MS = 2_000;
/** Timers may be late. The last audit rows are not waited for: the next owner finds them. */
export const CUT_RESERVE_MS = 1_000;
/** What is left, after the cut at the end of an assignment, for its last audit rows, its last commit and the join. */
export const END_RESERVE_MS = 3_000;

/** Cuts what is in flight when the partitions cease to be ours, until the assignment ends. */
export function watchOwnership(
  group: Pick<Group, 'ownedForMs'>,
  requests: Pick<Attempts, 'cutAll'>,
  later: (waitMs: number, then: () => void) => void,
): void {
  const leftMs = group.ownedForMs - CUT_RESERVE_MS;
  if (leftMs <= 0) requests.cutAll();
  later(Math.max(DOUBT_MS, leftMs), () => watchOwnership(group, requests, later));
}

/**
 * The end of an assignment: resolves when nothing is in flight and Kafka has the rows of what was, or when there is no more time.
 * @param ownedForMs for how long requests may still be waited for; asked again and again, as heartbeats are answered meanwhile
 * @param rowsMs for how long rows are waited for after that, at most
 * @returns whether all of it is on record
 */
export async function landed(
  requests: Pick<Attempts, 'landed' | 'cutAll' | 'inflight'>,
  rows: Pick<RowsOnTheirWay, 'none' | 'count'>,
  ownedForMs: () => number,
  rowsMs: number,
): Promise<boolean> {
  await whileTime(requests.landed(), () => ownedForMs() - END_RESERVE_MS);
  const rowsUntilMs = performance.now() + rowsMs;
  if (requests.inflight > 0) requests.cutAll();
  const rowsLeftMs = () => Math.min(ownedForMs(), rowsUntilMs - performance.now()) - END_RESERVE_MS / 2;
  await whileTime(
    requests.landed().then(() => rows.none()),
    rowsLeftMs,
  );
  return requests.inflight === 0 && rows.count === 0;
}

/** Waits for `work`, until there is no time left. */
async function whileTime(work: Promise<unknown>, leftMs: () => number): Promise<void> {
  let isDone = false;
  const done = work.then(() => {
    isDone = true;
  });
  for (let ms = leftMs(); !isDone && ms > 0; ms = leftMs()) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([done, late]);
    clearTimeout(timer);
  }
}
