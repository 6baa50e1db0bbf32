// Guarantee 5: every attempt is on record, and no offset is committed before the audit rows below it are in Kafka. The
// commits are read from Kafka's own __consumer_offsets, each with the time at which the coordinator had it.
import type { Commit, Ended, Violation } from './evidence.ts';
import { nameOf } from './nothing-lost.ts';
import type { PartnerStories, Story } from './story.ts';

/** Rows wait in the worker while brokers are away; a worker that ends this long after a receipt may take its row along. */
const ROW_WAITS_MS = 60_000;
/** What a worker sent before it was killed lies in the connection until a partner on a busy machine reads it. */
const READ_LATE_MS = 2_000;

/** An ack that nobody wrote down is lost to those who ask; but a worker may end before its row, and a newer version come first. */
export function everyAckOnRecord({ evidence, due }: PartnerStories): Violation[] {
  const missing = due.filter(({ acked, rows, parked }) => {
    const says = rows.some(({ outcome }) => outcome === 'delivered' || outcome === 'superseded');
    return acked && !says && parked.length === 0;
  });
  return missing.map((story) => ({
    guarantee: 5,
    partner: evidence.name,
    what: `${nameOf(story)} was delivered and no audit row says so`,
    at: story.record,
  }));
}

/** Attempts without a row: allowed only to a worker that ended before it could write it. */
export function attemptsOnRecord({ evidence, due }: PartnerStories, ended: readonly Ended[]) {
  const unrecorded = due.flatMap((story) => {
    const rows = story.rows.filter(({ attempt }) => attempt > 0).length;
    const missing = story.receipts.length - rows;
    return missing > 0 ? [{ story, missing }] : [];
  });
  const violations = unrecorded.flatMap(({ story, missing }): Violation[] => {
    const excuses = story.receipts.filter(({ atMs }) =>
      ended.some((end) => end.atMs - atMs > -READ_LATE_MS && end.atMs - atMs < ROW_WAITS_MS),
    );
    if (excuses.length >= missing) return [];
    const what = `${missing} of ${story.receipts.length} attempts of ${nameOf(story)} are on no audit row`;
    return [{ guarantee: 5, partner: evidence.name, what, at: story.record }];
  });
  return { unrecorded: unrecorded.reduce((sum, { missing }) => sum + missing, 0), violations };
}

export function nothingCommittedBeforeItsRow({ evidence, all }: PartnerStories): Violation[] {
  const byPartition = Map.groupBy(all, ({ record }) => record.partition);
  const violations: Violation[] = [];
  for (const [partition, commits] of Map.groupBy(evidence.commits, (commit) => commit.partition)) {
    const stories = byPartition.get(partition) ?? [];
    // For each record the story, up to it, whose row was written last.
    let latest: Story | undefined;
    const latestUpTo = stories.map((story) => {
      if (!latest || rowAtMs(story) > rowAtMs(latest)) latest = story;
      return latest;
    });
    for (const commit of commits) {
      const covered = [latestUpTo[indexOf(stories, commit.offset) - 1], ...above(stories, commit)];
      const late = covered.find((story) => story && rowAtMs(story) > commit.atMs);
      if (late) violations.push(tooEarly(evidence.name, late, commit));
    }
  }
  return violations;
}

function above(stories: readonly Story[], { settled }: Commit): Story[] {
  return settled.flatMap(([first, last]) => stories.slice(indexOf(stories, first), indexOf(stories, last + 1)));
}

/** Of the first story at or after `offset`; they ascend. */
function indexOf(stories: readonly Story[], offset: number): number {
  let low = 0;
  let high = stories.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stories[middle] as Story).record.offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

const rowAtMs = ({ settledBy }: Story): number => settledBy?.writtenAtMs ?? Number.POSITIVE_INFINITY;

function tooEarly(partner: string, story: Story, commit: Commit): Violation {
  const row = story.settledBy
    ? `${story.settledBy.writtenAtMs - commit.atMs} ms before its audit row`
    : 'without an audit row';
  const what = `offset ${commit.offset} of partition ${commit.partition} was committed, which settles ${nameOf(story)}, ${row}`;
  return { guarantee: 5, partner, what, at: story.record };
}
