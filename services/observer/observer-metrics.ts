// What the observer exports. Its figures exist also while no worker of a partner runs: they come from the view, not from a worker.
import { actionableLag } from '@ess/domain/view/actionable-lag.ts';
import { CELL_STATES, isDrift } from '@ess/domain/view/cell.ts';
import { DesiredWorkers } from '@ess/domain/view/desired-workers.ts';
import { observerMetrics } from '@ess/runtime/metrics/observer-metrics.ts';
import type { PartnerTotals } from '@ess/view/answer.ts';
import type { View } from '@ess/view/view.ts';

interface ViewedTotals extends Pick<View, 'behindMs' | 'groupOf'> {
  readonly judge: Pick<View['judge'], 'totals'>;
}

export class ObserverMetrics {
  readonly #gauges = observerMetrics();
  readonly registry = this.#gauges.registry;
  readonly #workers = new Map<string, DesiredWorkers>();
  /** Partners with figures. */
  #shown: ReadonlySet<string> = new Set();

  constructor() {
    this.#gauges.behind.set(Number.POSITIVE_INFINITY); // a gauge is born with 0: nobody would miss a view that is not there yet
  }

  /** @param leftOut how many connectors are not in the view and should be */
  refresh(view: ViewedTotals, leftOut: number): void {
    this.#gauges.leftOut.set(leftOut);
    this.#gauges.behind.set(view.behindMs(Date.now(), 'shared') / 1000);
    const { partners } = view.judge.totals();
    this.#forget(new Set(partners.map(({ partner }) => partner)));
    for (const totals of partners) {
      this.#showDrift(totals);
      this.#showGroup(totals, view.groupOf(totals.partner));
    }
  }

  #showDrift({ partner, byState, oldestDriftSeconds, inStepSince }: PartnerTotals): void {
    const { drift, oldest, since } = this.#gauges.ofPartners;
    for (const state of CELL_STATES) if (isDrift(state)) drift.set({ partner, state }, byState[state]);
    oldest.set({ partner }, oldestDriftSeconds ?? 0);
    since.set({ partner }, inStepSince === null ? 0 : Date.parse(inStepSince) / 1000);
  }

  #showGroup({ partner, byState }: PartnerTotals, group: ReturnType<View['groupOf']>): void {
    if (!group) return;
    const gauges = this.#gauges.ofPartners;
    const { waiting, workers, partitions, perSecond, limitPerSecond } = group.status;
    for (const [cause, records] of Object.entries(waiting)) gauges.lag.set({ partner, cause }, records);
    gauges.members.set({ partner }, workers.length);
    const { sendable, actionable } = actionableLag(byState, group.status);
    gauges.actionable.set({ partner }, actionable);
    const desired = this.#workers.get(partner) ?? new DesiredWorkers();
    this.#workers.set(partner, desired);
    const isAtLimit = limitPerSecond !== null;
    const need = { partitions: partitions.length, members: workers.length, sendable, isAtLimit, perSecond };
    gauges.desired.set({ partner }, desired.next(need, performance.now()));
  }

  /** A partner that is gone leaves no figures; those that are there get theirs anew. */
  #forget(there: ReadonlySet<string>): void {
    for (const partner of this.#shown) {
      if (there.has(partner)) continue;
      this.#workers.delete(partner);
      for (const gauge of Object.values(this.#gauges.ofPartners)) gauge.reset();
    }
    this.#shown = there;
  }
}
