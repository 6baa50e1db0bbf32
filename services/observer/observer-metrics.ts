// What the observer exports. Its figures exist also while no worker of a partner runs: they come from the view, not from a worker.
import type { CellState } from '@ess/domain/view/cell.ts';
import { CELL_STATES, isDrift } from '@ess/domain/view/cell.ts';
import { DesiredWorkers } from '@ess/domain/view/desired-workers.ts';
import type { PartnerTotals } from '@ess/view/answer.ts';
import type { View } from '@ess/view/view.ts';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** States of rules that a worker could send now, one of each rule at a time. */
const SENDABLE: readonly CellState[] = ['inFlight', 'unowned', 'behind'];
/** Causes for which another worker would be of use. */
const ACTIONABLE = ['catchingUp', 'startedOver', 'replaying', 'unowned', 'joining'] as const;

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
  readonly #behind = this.#gauge('ess_observer_behind_seconds', 'Age of the topic that was read least far');
  readonly #workers = new Map<string, DesiredWorkers>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  refresh(view: View): void {
    this.#behind.set(view.behindMs() / 1000);
    const { partners } = view.answer();
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
    const { waiting, workers, partitions, perSecond } = group.status;
    for (const [cause, records] of Object.entries(waiting)) this.#lag.set({ partner, cause }, records);
    this.#members.set({ partner }, workers.length);
    // A rule is sent one version at a time: more records of it wait for their own turn.
    const rules = SENDABLE.reduce((sum, state) => sum + byState[state], 0);
    const records = ACTIONABLE.reduce((sum, cause) => sum + waiting[cause], 0);
    const actionableLag = Math.min(rules, records);
    this.#actionable.set({ partner }, actionableLag);
    const desired = this.#workers.get(partner) ?? new DesiredWorkers();
    this.#workers.set(partner, desired);
    const need = { partitions: partitions.length, members: workers.length, actionableLag, perSecond };
    this.#desired.set({ partner }, desired.next(need, performance.now()));
  }

  /** A partner that is gone leaves no figures. */
  #forget(there: ReadonlySet<string>): void {
    for (const partner of this.#workers.keys()) {
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
  }

  #gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }
}
