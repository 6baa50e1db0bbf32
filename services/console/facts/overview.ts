// What the page is told of all partners at once. The types are shared by server and page; nothing here runs in the browser.
import type { PartnerStatus } from '@ess/domain/control/partner-status.ts';
import type { PartnerTotals } from '@ess/view/answer.ts';
import { causeOf } from './cause.ts';

export interface PartnerCard extends PartnerTotals {
  /** What keeps the partner from being in step, in words; null: nothing does. */
  readonly cause: string | null;
  /** Null: its workers could not be asked, or it has none by its nature (it streams). */
  readonly group: GroupFacts | null;
}

export interface GroupFacts {
  readonly state: PartnerStatus['state'];
  readonly workers: number;
  readonly lagRecords: number;
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

/** Drifting partners first, the one with the oldest drift at the top. */
export const byUrgency = (cards: readonly PartnerCard[]): PartnerCard[] =>
  cards.toSorted(
    (a, b) => (b.oldestDriftSeconds ?? -1) - (a.oldestDriftSeconds ?? -1) || (a.partner < b.partner ? -1 : 1),
  );

/** @param status undefined: its workers could not be asked, or it has none */
export function cardOf(totals: PartnerTotals, status: PartnerStatus | undefined): PartnerCard {
  return { ...totals, cause: causeOf(totals, status), group: status ? groupFacts(status) : null };
}

const groupFacts = ({ state, workers, lag, trend, etaSeconds }: PartnerStatus): GroupFacts => ({
  state,
  workers: workers.length,
  lagRecords: lag.records,
  trend: trend?.direction ?? null,
  etaSeconds,
});
