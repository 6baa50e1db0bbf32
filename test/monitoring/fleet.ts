// All partners at a glance.
import type { DashboardPlan } from './dashboard-plan.ts';
import { ask, lines, number, RANGE } from './dashboard-plan.ts';

export const FLEET: DashboardPlan = {
  name: 'fleet',
  title: 'ESS: fleet',
  rows: [
    {
      title: 'Now',
      panels: [
        number('Partners that drift', undefined, 'count(ess_drift_oldest_seconds > 0) or vector(0)'),
        number('Partners held', undefined, 'count(max by (partner) (ess_circuit_state) == 1) or vector(0)'),
        number('Partners without a worker', undefined, 'count(ess_group_members == 0) or vector(0)'),
        number('Sources held', undefined, 'count(max by (partner) (ess_source_held) == 1) or vector(0)'),
        number('Connectors that are invalid', undefined, 'max(ess_observer_connectors_left_out)'),
        number('The observer is behind', 's', 'min(ess_observer_behind_seconds)'),
      ],
    },
    {
      title: 'In step',
      panels: [
        lines('Rules that drift', undefined, ask('{{partner}}', 'sum by (partner) (ess_drift_rules)')),
        lines('Oldest drift', 's', ask('{{partner}}', 'max by (partner) (ess_drift_oldest_seconds)')),
        lines('Records that wait', undefined, ask('{{partner}}', 'sum by (partner) (ess_group_lag_records)')),
        lines(
          'Acks',
          'reqps',
          ask('{{partner}}', `sum by (partner) (rate(ess_delivery_attempts_total{outcome="delivered"}${RANGE}))`),
        ),
        lines(
          'Acks later than 500 ms',
          'percentunit',
          ask('{{partner}}', 'ess:delivery_slow:ratio_rate5m'),
          ask('{{partner}}, 1 h', 'ess:delivery_slow:ratio_rate1h'),
        ),
        lines(
          'Records parked',
          undefined,
          ask('{{partner}}', `sum by (partner) (increase(ess_dead_letters_total${RANGE}))`),
        ),
      ],
    },
    {
      title: 'What may be lost',
      panels: [
        lines('Time until retention', 's', ask('{{partner}}', 'min by (partner) (ess_replay_window_seconds)')),
        lines(
          'Records lost to retention, topics made anew',
          undefined,
          ask('{{partner}} lost', 'sum by (partner) (ess_retention_lost_total)'),
          ask('{{partner}} anew', 'sum by (partner) (ess_topics_anew_total)'),
        ),
        lines(
          'Rules that a person has to tell of',
          undefined,
          ask('{{partner}}', 'sum by (partner) (ess_withdrawn_rules_total)'),
        ),
      ],
    },
    {
      title: 'Workers',
      panels: [
        lines(
          'Workers',
          undefined,
          ask('{{partner}}', 'max by (partner) (ess_group_members)'),
          ask('{{partner}}, as it should be', 'max by (partner) (ess_desired_workers)'),
        ),
        lines(
          'Records that one more worker could send',
          undefined,
          ask('{{partner}}', 'max by (partner) (ess_actionable_lag_records)'),
        ),
        lines(
          'Joins of groups',
          undefined,
          ask('{{partner}}', `sum by (partner) (increase(ess_rebalances_total${RANGE}))`),
        ),
      ],
    },
    {
      title: 'Programs',
      panels: [
        lines(
          'Programs',
          undefined,
          ask('{{instance}}', 'up{job="ess"}'),
          ask('{{program}} under serve', 'ess_serve_up'),
        ),
        lines('Started again', undefined, ask('{{program}}', `increase(ess_serve_restarts_total${RANGE})`)),
        lines(
          'Versions',
          undefined,
          ask('{{program}} {{version}}, Node {{node}}', 'count by (program, version, node) (ess_build_info)'),
        ),
        lines('CPU', 'percentunit', ask('{{instance}}', `rate(process_cpu_seconds_total{job="ess"}${RANGE})`)),
        lines('Memory', 'bytes', ask('{{instance}}', 'process_resident_memory_bytes{job="ess"}')),
        lines('Event loop lag, p99', 's', ask('{{instance}}', 'nodejs_eventloop_lag_p99_seconds{job="ess"}')),
        lines(
          'Clock against Prometheus',
          's',
          ask('{{instance}}', 'abs(ess_clock_timestamp_seconds - timestamp(ess_clock_timestamp_seconds))'),
        ),
        lines('Connections', undefined, ask('{{listener}} {{kind}}', 'sum by (listener, kind) (ess_connections)')),
        lines(
          'Connections cut',
          undefined,
          ask('{{listener}} {{reason}}', `sum by (listener, reason) (increase(ess_connections_cut_total${RANGE}))`),
        ),
        lines(
          'Spans that reached no collector',
          undefined,
          ask('{{instance}}', `increase(ess_trace_spans_dropped_total${RANGE})`),
        ),
      ],
    },
  ],
};
