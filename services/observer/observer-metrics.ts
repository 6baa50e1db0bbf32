// What the observer exports. Its figures exist also while no worker of a partner runs: they come from the view, not from a worker.
import { actionableLag } from '@ess/domain/view/actionable-lag.ts';
import { CELL_STATES, isDrift } from '@ess/domain/view/cell.ts';
import { DesiredWorkers } from '@ess/domain/view/desired-workers.ts';
import type { PartnerTotals } from '@ess/view/answer.ts';
import type { View } from '@ess/view/view.ts';
import { Gauge, Registry } from 'prom-client';

interface ViewedTotals extends Pick<View, 'behindMs' | 'groupOf'> {
  readonly judge: Pick<View['judge'], 'totals'>;
}

export class ObserverMetrics {
  readonly registry = new Registry();
  readonly #drift = this.#gauge('ess_drift_rules', 'Rules by state that a partner does not hold as they are in force', [
    'partner',
    'state',
  ]);
  readonly #oldest = this.#gauge(
    'ess_drift_oldest_seconds',
    'Age of the oldest drift of a partner; 0 when nothing drifts',
    ['partner'],
  );
  readonly #since = this.#gauge(
    'ess_in_step_since_timestamp_seconds',
    'Since when nothing of a partner drifts; 0 while something does',
    ['partner'],
  );
  readonly #lag = this.#gauge('ess_group_lag_records', 'Records that wait, by cause', ['partner', 'cause']);
  readonly #actionable = this.#gauge('ess_actionable_lag_records', 'Records that one more worker could send now', [
    'partner',
  ]);
  readonly #desired = this.#gauge(
    'ess_desired_workers',
    'Workers that a partner should have: a divisor of its partitions',
    ['partner'],
  );
  readonly #members = this.#gauge('ess_group_members', "Workers in a partner's group", ['partner']);
  readonly #behind = this.#gauge(
    'ess_observer_behind_seconds',
    "Age of the topic, or of a partner's group, that was read least far",
  );
  readonly #leftOut = this.#gauge(
    'ess_observer_connectors_left_out',
    'Partners that are not looked at, since their connectors are invalid or cannot be read',
  );
  readonly #workers = new Map<string, DesiredWorkers>();
  /** Partners with figures. */
  #shown: ReadonlySet<string> = new Set();

  /** @param leftOut how many connectors are not in the view and should be */
  refresh(view: ViewedTotals, leftOut: number): void {
    this.#leftOut.set(leftOut);
    this.#behind.set(view.behindMs() / 1000);
    const { partners } = view.judge.totals();
    this.#forget(new Set(partners.map(({ partner }) => partner)));
    for (const totals of partners) {
      this.#showDrift(totals);
      this.#showGroup(totals, view.groupOf(totals.partner));
    }
  }

  #showDrift({ partner, byState, oldestDriftSeconds, inStepSince }: PartnerTotals): void {
    for (const state of CELL_STATES) if (isDrift(state)) this.#drift.set({ partner, state }, byState[state]);
    this.#oldest.set({ partner }, oldestDriftSeconds ?? 0);
    this.#since.set({ partner }, inStepSince === null ? 0 : Date.parse(inStepSince) / 1000);
  }

  #showGroup({ partner, byState }: PartnerTotals, group: ReturnType<View['groupOf']>): void {
    if (!group) return;
    const { waiting, workers, partitions, perSecond, limitPerSecond } = group.status;
    for (const [cause, records] of Object.entries(waiting)) this.#lag.set({ partner, cause }, records);
    this.#members.set({ partner }, workers.length);
    const { sendable, actionable } = actionableLag(byState, group.status);
    this.#actionable.set({ partner }, actionable);
    const desired = this.#workers.get(partner) ?? new DesiredWorkers();
    this.#workers.set(partner, desired);
    const isAtLimit = limitPerSecond !== null;
    const need = { partitions: partitions.length, members: workers.length, sendable, isAtLimit, perSecond };
    this.#desired.set({ partner }, desired.next(need, performance.now()));
  }

  /** A partner that is gone leaves no figures; those that are there get theirs anew. */
  #forget(there: ReadonlySet<string>): void {
    for (const partner of this.#shown) {
      if (there.has(partner)) continue;
      this.#workers.delete(partner);
      for (const gauge of [
        this.#drift,
        this.#oldest,
        this.#since,
        this.#lag,
        this.#actionable,
        this.#desired,
        this.#members,
      ])
        gauge.reset();
    }
    this.#shown = there;
  }

  #gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }
}
