// What a partner at its own window is told of who runs what here: that somebody does, and not who and where.
import type { PartnerStatus } from '@ess/domain/control/partner-status.ts';
import type { ShownCell } from '@ess/view/answer.ts';
import type { ShownAttempt } from './attempts.ts';
import type { ShownPart } from './orders.ts';
import type { PartnerCard } from './overview.ts';

const OPERATOR = 'the operator';

/** Workers by number, nobody by name. */
export function statusForGuest(status: PartnerStatus): PartnerStatus {
  const named = new Map(status.workers.map(({ worker }, index) => [worker, `worker ${index + 1}`]));
  const of = (worker: string): string => named.get(worker) ?? 'a worker';
  const { paused, replay } = status;
  return {
    ...status,
    workers: status.workers.map((one) => ({ ...one, worker: of(one.worker), host: '' })),
    partitions: status.partitions.map((one) => ({ ...one, worker: one.worker === null ? null : of(one.worker) })),
    paused: paused && { ...paused, by: OPERATOR, reason: null },
    replay: replay && { ...replay, by: OPERATOR },
  };
}

interface Ordered {
  readonly by: string;
  readonly reason: string | null;
  readonly status: string;
  readonly approvedBy?: string | null;
  readonly partitions?: readonly ShownPart[];
}

/** An order: of its own a guest is told what it said itself. */
export const orderForGuest = <T extends Ordered>(order: T, guest: string): T => ({
  ...order,
  status: order.status.replace(/ asked for by .*$/s, ' asked for'),
  ...(order.by !== guest && { by: OPERATOR, reason: null }),
  ...(order.approvedBy != null && { approvedBy: OPERATOR }),
  ...(order.partitions && { partitions: order.partitions.map((one) => ({ ...one, worker: null })) }),
});

/** How many of its topic are for others is not told either. */
export const cardForGuest = (card: PartnerCard): PartnerCard => ({
  ...card,
  byState: { ...card.byState, outOfScope: 0 },
  cause:
    card.cause?.replace(
      /^(paused(?: since \d\d:\d\d UTC)?) by .*?((?:, \d+ waiting)?(?:; \d+ not known)?)$/s,
      '$1$2',
    ) ?? null,
});

interface Told {
  isGuestAt(partner: string): boolean;
}

/** A cell as somebody is told of it. */
export const cellFor =
  (subject: Told) =>
  (cell: ShownCell): ShownCell =>
    subject.isGuestAt(cell.partner) ? { ...cell, why: cell.why.replace(/^(paused since \S+) by .*$/s, '$1') } : cell;

/** How many cells there are in each state, without those of others. */
export const totalsFor =
  (subject: Told) =>
  <T extends { readonly partner: string; readonly byState: PartnerCard['byState'] }>(totals: T): T =>
    subject.isGuestAt(totals.partner) ? { ...totals, byState: { ...totals.byState, outOfScope: 0 } } : totals;

export const attemptForGuest = (one: ShownAttempt): ShownAttempt => ({
  ...one,
  worker: '',
  reason: one.outcome === 'moved' ? null : one.reason,
});
