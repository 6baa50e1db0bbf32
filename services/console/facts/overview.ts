// What the page is told of all partners at once. The types are shared by server and page; nothing here runs in the browser.
import type { PartnerStatus } from '@ess/domain/control/partner-status.ts';
import { replayReach } from '@ess/domain/control/replay-reach.ts';
import type { LetterPlace } from '@ess/domain/delivery/dead-letters.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import type { PartnerTotals } from '@ess/view/answer.ts';
import type { TopicStarts } from '@ess/view/follow/log-starts.ts';
import { causeOf } from './cause.ts';
import type { Latency } from './history.ts';

export interface PartnerCard extends Omit<PartnerTotals, 'oldestWaitingSeconds'> {
  /** What keeps the partner from being in step, in words; null: nothing does. */
  readonly cause: string | null;
  /** Orders for it that wait for a second person. */
  readonly proposals: number;
  /** Null: its workers could not be asked, or it has none by its nature (it streams). */
  readonly group: GroupFacts | null;
  /** Rules of which a dead letter is open. */
  readonly deadLetters: number;
  /** Null: nothing was delivered in the last minutes. */
  readonly latency: Latency | null;
  /** Null: it is not known, or the partner reads for itself. */
  readonly reach: Reach | null;
}

/** How far back a replay can reach. */
export interface Reach {
  /** All that was written since then is there, as `timeText` says it; null: there is nothing to replay. */
  readonly since: string | null;
  /** Retention has taken what was before. */
  readonly isCut: boolean;
  /** How long its source keeps a record, s; null: for ever, or nobody may ask. */
  readonly keptSeconds: number | null;
}

/** What a card says beside the view. */
export interface BesideView {
  proposalsOf(partner: string): number;
  reachOf(partner: string): Reach | null;
  /** Whether retention has left the dead letter. */
  isThere(place: LetterPlace): boolean;
}

export interface GroupFacts {
  readonly state: PartnerStatus['state'];
  readonly workers: number;
  readonly lagRecords: number;
  /** Since the oldest of them was published that is the newest of its rule, s; null: none of them is, or it is not known. */
  readonly lagSeconds: number | null;
  /** Null: not known yet. */
  readonly trend: 'growing' | 'shrinking' | 'steady' | null;
  /** When nothing waits any more, at the rate of now, s; null: it cannot be said. */
  readonly etaSeconds: number | null;
}

export interface Overview {
  /** When this was found, ISO 8601. */
  readonly at: string;
  /** The age of the topic that was read least far, s. */
  readonly behindSeconds: number;
  readonly partners: readonly PartnerCard[];
}

/** One partner, with its partitions and workers. */
export interface PartnerFacts {
  readonly card: PartnerCard;
  /** Null: as `group` of the card. */
  readonly status: PartnerStatus | null;
}

/** @param starts of its source; undefined: not known */
export function reachOf(starts: TopicStarts | undefined): Reach | null {
  if (!starts) return null;
  const { sinceMs, isCut } = replayReach(starts.starts);
  const { retentionMs = Number.POSITIVE_INFINITY } = starts;
  const keptSeconds = Number.isFinite(retentionMs) ? Math.round(retentionMs / 1_000) : null;
  return { since: sinceMs === undefined ? null : timeText(sinceMs), isCut, keptSeconds };
}

/** Drifting partners first, the one with the oldest drift at the top. */
export const byUrgency = (cards: readonly PartnerCard[]): PartnerCard[] =>
  cards.toSorted(
    (a, b) => (b.oldestDriftSeconds ?? -1) - (a.oldestDriftSeconds ?? -1) || (a.partner < b.partner ? -1 : 1),
  );

/** @param status undefined: its workers could not be asked, or it has none */
export function cardOf(
  { oldestWaitingSeconds, ...totals }: PartnerTotals,
  status: PartnerStatus | undefined,
  more: Pick<PartnerCard, 'deadLetters' | 'latency' | 'proposals' | 'reach'>,
): PartnerCard {
  return {
    ...totals,
    ...more,
    cause: causeOf(totals, status),
    group: status ? groupFacts(status, oldestWaitingSeconds) : null,
  };
}

const groupFacts = (
  { state, workers, lag, trend, etaSeconds }: PartnerStatus,
  oldestSeconds: number | null,
): GroupFacts => ({
  state,
  workers: workers.length,
  lagRecords: lag.records,
  lagSeconds: lag.records === 0 ? 0 : oldestSeconds,
  trend: trend?.direction ?? null,
  etaSeconds,
});
