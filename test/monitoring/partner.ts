// One partner: how it is, where its time goes, what waits and why.
import type { DashboardPlan } from './dashboard-plan.ts';
import { ask, lines, number, quantile, RANGE } from './dashboard-plan.ts';

const OF_PARTNER = '{partner="$partner"}';

export const PARTNER: DashboardPlan = {
  name: 'partner',
  title: 'ESS: partner',
  isOfPartner: true,
  rows: [
    {
      title: 'Now',
      panels: [
        number('Held', 'bool_yes_no', `max(ess_circuit_state${OF_PARTNER})`),
        number('Source held', 'bool_yes_no', `max(ess_source_held${OF_PARTNER})`),
        number('Oldest drift', 's', `max(ess_drift_oldest_seconds${OF_PARTNER})`),
        number('In step for', 's', `time() - max(ess_in_step_since_timestamp_seconds${OF_PARTNER} > 0)`),
        number('Time until retention', 's', `min(ess_replay_window_seconds${OF_PARTNER})`),
        number('Retention of its source', 's', `max(ess_source_retention_seconds${OF_PARTNER})`),
        number('Workers', undefined, `max(ess_group_members${OF_PARTNER})`),
      ],
    },
    {
      title: 'Where the time goes',
      panels: [
        lines(
          'Publish to ack',
          's',
          ask('p50', quantile(0.5, 'ess_delivery_latency_seconds', OF_PARTNER)),
          ask('p99', quantile(0.99, 'ess_delivery_latency_seconds', OF_PARTNER)),
        ),
        {
          title: 'Where the time goes',
          description:
            'Mean time of a record in each stage. firstByte and answer: the partner and the network; connect: the network; lane: our slots; row: Kafka. kafkaAcrossClocks: in the topic, for Kafka or for a hold, a pause, a full backlog, a worker; it is between two clocks.',
          unit: 's',
          isStacked: true,
          queries: [
            ask(
              '{{stage}}',
              `sum by (stage) (rate(ess_stage_seconds_sum${OF_PARTNER}${RANGE})) / sum by (stage) (rate(ess_stage_seconds_count${OF_PARTNER}${RANGE}))`,
            ),
          ],
        },
        lines(
          'Stages, p99',
          's',
          ask(
            '{{stage}}',
            `histogram_quantile(0.99, sum by (stage, le) (rate(ess_stage_seconds_bucket${OF_PARTNER}${RANGE})))`,
          ),
        ),
        lines(
          'One attempt',
          's',
          ask('p50', quantile(0.5, 'ess_attempt_duration_seconds', OF_PARTNER)),
          ask('p99', quantile(0.99, 'ess_attempt_duration_seconds', OF_PARTNER)),
        ),
        lines(
          'Attempts by outcome',
          'reqps',
          ask('{{outcome}}', `sum by (outcome) (rate(ess_delivery_attempts_total${OF_PARTNER}${RANGE}))`),
        ),
        lines(
          'Requests at once',
          undefined,
          ask('in flight', `sum(ess_inflight${OF_PARTNER})`),
          ask('allowed', `sum(ess_concurrency_limit${OF_PARTNER})`),
        ),
        lines(
          'Acks later than 500 ms',
          'percentunit',
          ask('5 min', `ess:delivery_slow:ratio_rate5m${OF_PARTNER}`),
          ask('30 min', `ess:delivery_slow:ratio_rate30m${OF_PARTNER}`),
          ask('1 h', `ess:delivery_slow:ratio_rate1h${OF_PARTNER}`),
          ask('6 h', `ess:delivery_slow:ratio_rate6h${OF_PARTNER}`),
        ),
      ],
    },
    {
      title: 'What waits, and why',
      panels: [
        {
          ...lines('Rules that drift', undefined, ask('{{state}}', `sum by (state) (ess_drift_rules${OF_PARTNER})`)),
          isStacked: true,
        },
        {
          ...lines(
            'Records that wait',
            undefined,
            ask('{{cause}}', `sum by (cause) (ess_group_lag_records${OF_PARTNER})`),
          ),
          isStacked: true,
        },
        lines(
          'Records after the committed position',
          undefined,
          ask('all', `sum(ess_lag_records${OF_PARTNER})`),
          ask('held', `sum(ess_held_records${OF_PARTNER})`),
        ),
        lines('Held, by cause', undefined, ask('{{cause}}', `max by (cause) (ess_partner_held${OF_PARTNER})`)),
        lines('Age of the oldest record taken in', 's', ask('{{instance}}', `ess_lag_seconds${OF_PARTNER}`)),
        lines(
          'Dead letters by reason',
          undefined,
          ask('{{reason}}', `sum by (reason) (increase(ess_dead_letters_total${OF_PARTNER}${RANGE}))`),
        ),
        lines(
          'Stalls and repairs',
          undefined,
          ask('stalls', `sum(increase(ess_stalls_total${OF_PARTNER}${RANGE}))`),
          ask('{{repair}}', `sum by (repair) (increase(ess_repairs_total${OF_PARTNER}${RANGE}))`),
        ),
        lines(
          'Replayed and redriven',
          'reqps',
          ask('replayed', `sum(rate(ess_replayed_records_total${OF_PARTNER}${RANGE}))`),
          ask('redriven', `sum(rate(ess_redriven_records_total${OF_PARTNER}${RANGE}))`),
        ),
        lines(
          'Connectors in force',
          undefined,
          ask('{{digest}}', `count by (digest) (ess_connector_info${OF_PARTNER})`),
        ),
      ],
    },
  ],
};
