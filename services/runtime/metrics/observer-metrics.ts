// What the observer exports: figures of partners that exist also while no worker of theirs runs.
import { Gauge, Registry } from 'prom-client';

export type ObserverGauges = ReturnType<typeof observerMetrics>;

export function observerMetrics(registry = new Registry()) {
  const registers = [registry];
  const ofAll = (name: string, help: string) => new Gauge({ name, help, registers });
  const of = <L extends string>(labelNames: readonly L[], name: string, help: string) =>
    new Gauge({ name, help, labelNames, registers });
  const partner = ['partner'] as const;
  return {
    registry,
    behind: ofAll(
      'ess_observer_behind_seconds',
      'Age of the topic that was read least far, of those that are about every partner; infinite until the view is there',
    ),
    leftOut: ofAll(
      'ess_observer_connectors_left_out',
      'Partners that are not looked at, since their connectors are invalid or cannot be read',
    ),
    /** Each has the label `partner`. */
    ofPartners: {
      drift: of(
        ['partner', 'state'],
        'ess_drift_rules',
        'Rules by state that a partner does not hold as they are in force',
      ),
      oldest: of(partner, 'ess_drift_oldest_seconds', 'Age of the oldest drift of a partner; 0 when nothing drifts'),
      since: of(
        partner,
        'ess_in_step_since_timestamp_seconds',
        'Since when nothing of a partner drifts; 0 while something does',
      ),
      lag: of(['partner', 'cause'], 'ess_group_lag_records', 'Records that wait, by cause'),
      actionable: of(partner, 'ess_actionable_lag_records', 'Records that one more worker could send now'),
      desired: of(partner, 'ess_desired_workers', 'Workers that a partner should have: a divisor of its partitions'),
      members: of(partner, 'ess_group_members', "Workers in a partner's group"),
    },
  };
}
