// Guarantee 6: a record is parked for what the partner said of it, or for what the endpoint did only if others got through
// meanwhile; and a run of refusals with no success between them ends after 10 per worker.
import type { Row, Violation } from './evidence.ts';
import { isAck } from './evidence.ts';
import { nameOf } from './nothing-lost.ts';
import type { PartnerStories, Story } from './story.ts';

const REFUSED_RUN_MAX = 10;
const RECORD_LEVEL = new Set([400, 409, 413, 415, 422]);
/** Reasons of bytes that cannot be read. */
const UNREADABLE = new Set(['decode', 'tombstone', 'unknown-schema', 'unreadable-schema', 'wrong-schema']);

export function nothingParkedForTheEndpoint(stories: PartnerStories): Violation[] {
  const { evidence, due } = stories;
  const acks = evidence.receipts.filter(isAck);
  return due.flatMap((story) =>
    story.parked.flatMap(({ reason, writtenAtMs }): Violation[] => {
      if (isJust(story, reason, writtenAtMs, acks)) return [];
      const what = `${nameOf(story)} was parked as ${reason}, for which there is no ground`;
      return [{ guarantee: 6, partner: evidence.name, what, at: story.record }];
    }),
  );
}

function isJust(
  { record, id, receipts, rows }: Story,
  reason: string,
  parkedAtMs: number,
  acks: readonly { readonly atMs: number; readonly id: string }[],
): boolean {
  if (!record.rule) return UNREADABLE.has(reason);
  const status = Number(/^status-(\d+)$/.exec(reason)?.[1] ?? 0);
  if (RECORD_LEVEL.has(status)) return receipts.some((receipt) => receipt.status === status);
  if (reason !== 'exhausted' && status === 0) return false;
  // A request that the partner never took in whole is in no log of its own.
  const tried = rows.filter(({ attempt, outcome }) => attempt > 0 && outcome !== 'deadLettered');
  const failedAtMs = Math.min(...receipts.map(({ atMs }) => atMs), ...tried.map(({ attemptedAt }) => attemptedAt));
  return acks.some((ack) => ack.id !== id && ack.atMs >= failedAtMs && ack.atMs <= parkedAtMs);
}

export function refusedRunsBounded({ evidence }: PartnerStories): Violation[] {
  const receipts = Map.groupBy(evidence.receipts, ({ id }) => id);
  // A dead letter's row waits for the letter, and tells when it was settled.
  const answered = ({ deliveryId, status, outcome, attemptedAt }: Row): Judged => {
    const times = (receipts.get(deliveryId) ?? [])
      .filter((receipt) => receipt.status === status && receipt.answeredAtMs <= attemptedAt)
      .map(({ answeredAtMs }) => answeredAtMs);
    return { outcome, status, atMs: times.length > 0 ? Math.max(...times) : attemptedAt };
  };
  const runs = [...Map.groupBy(evidence.rows, ({ worker }) => worker)].map(([worker, rows]) => ({
    worker,
    longest: longestRun(rows.map(answered)),
  }));
  return runs
    .filter(({ longest }) => longest > REFUSED_RUN_MAX)
    .map(({ worker, longest }) => ({
      guarantee: 6,
      partner: evidence.name,
      what: `${worker} parked ${longest} refused records in a row; ${REFUSED_RUN_MAX} is the bound`,
    }));
}

type Judged = Pick<Row, 'outcome' | 'status'> & { readonly atMs: number };

/** Of one worker; what was refused in the very millisecond of a success belongs to no run. */
function longestRun(rows: readonly Judged[]): number {
  const successes = new Set(rows.filter(({ outcome }) => outcome === 'delivered').map(({ atMs }) => atMs));
  const refused = (row: Judged) =>
    row.outcome === 'deadLettered' && RECORD_LEVEL.has(row.status ?? 0) && !successes.has(row.atMs);
  let run = 0;
  let longest = 0;
  for (const row of rows.toSorted((a, b) => a.atMs - b.atMs)) {
    if (row.outcome === 'delivered') run = 0;
    else if (refused(row)) run += 1;
    longest = Math.max(longest, run);
  }
  return longest;
}
