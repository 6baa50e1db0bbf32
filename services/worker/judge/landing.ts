// The end of an assignment's requests: they are answered, or cut while there is still time to put that on record.
import type { RowsOnTheirWay } from '../record/rows-on-their-way.ts';
import type { Attempts } from './attempts.ts';

/** What is left of the session, after the cut, for the last audit rows, the last commit and the join. */
const RESERVE_MS = 3_000;

/**
 * Resolves when nothing is in flight and Kafka has the rows of what was, or when there is no more time.
 * @param ownedForMs how long the partitions are surely ours
 * @returns whether all of it is on record
 */
export async function landed(
  attempts: Pick<Attempts, 'landed' | 'cutAll' | 'inflight'>,
  rows: Pick<RowsOnTheirWay, 'none' | 'count'>,
  ownedForMs: number,
): Promise<boolean> {
  const budgetMs = Math.max(0, ownedForMs - RESERVE_MS);
  const late = Promise.withResolvers<void>();
  const cut = setTimeout(() => attempts.cutAll(), budgetMs);
  const giveUp = setTimeout(late.resolve, budgetMs + RESERVE_MS / 2);
  const quiet = attempts.landed().then(() => rows.none());
  await Promise.race([quiet, late.promise]);
  clearTimeout(cut);
  clearTimeout(giveUp);
  return attempts.inflight === 0 && rows.count === 0;
}
