// The ways beside the workers: the projector, streams and doors.
import type { DashboardPlan } from './dashboard-plan.ts';
import { ask, lines, quantile, RANGE } from './dashboard-plan.ts';

const PROJECTOR = '{partner="public"}';
const OF_DOORS = '{hook!="none"}';

export const BRIDGE_AND_DOORS: DashboardPlan = {
  name: 'bridge-and-doors',
  title: 'ESS: bridge and doors',
  rows: [
    {
      title: 'Projector',
      panels: [
        lines('Rules that wait for the projector', undefined, ask('records', `sum(ess_lag_records${PROJECTOR})`)),
        lines(
          'Projected',
          'reqps',
          ask('rules', `sum(rate(ess_projected_rules_total${RANGE}))`),
          ask('transactions begun anew', `sum(rate(ess_projector_failed_transactions_total${RANGE}))`),
        ),
        lines(
          'Parked, lost, held',
          undefined,
          ask('parked {{reason}}', `sum by (reason) (increase(ess_dead_letters_total${PROJECTOR}${RANGE}))`),
          ask('lost', `sum(ess_retention_lost_total${PROJECTOR})`),
          ask('source held', `max(ess_source_held${PROJECTOR})`),
        ),
      ],
    },
    {
      title: 'Streams',
      panels: [
        lines('Open streams', undefined, ask('{{partner}}', 'sum by (partner) (ess_stream_clients)')),
        lines('Events', 'reqps', ask('{{partner}}', `sum by (partner) (rate(ess_stream_events_total${RANGE}))`)),
        lines('Since when the tail is silent', 's', ask('{{instance}}', 'ess_stream_tail_silent_seconds')),
        lines(
          'Clients that fell behind, gaps, records without a mapping',
          undefined,
          ask('{{partner}} slow', `sum by (partner) (increase(ess_stream_slow_clients_total${RANGE}))`),
          ask('{{partner}} gaps', `sum by (partner) (increase(ess_stream_gaps_total${RANGE}))`),
          ask('{{partner}} unmapped', `sum by (partner) (increase(ess_stream_unmapped_total${RANGE}))`),
          ask('topic made anew', `sum(increase(ess_stream_topics_anew_total${RANGE}))`),
        ),
        lines(
          'Sent away, refused',
          undefined,
          ask('busy: {{reason}}', `sum by (reason) (increase(ess_stream_busy_total${RANGE}))`),
          ask('{{path}} {{status}}', `sum by (path, status) (increase(ess_stream_refused_total${RANGE}))`),
        ),
        lines('Receipts that are not on record yet', undefined, ask('partners', 'sum(ess_stream_receipts_pending)')),
      ],
    },
    {
      title: 'Doors',
      panels: [
        lines(
          'Doors by outcome',
          'reqps',
          ask('{{hook}} {{outcome}}', `sum by (hook, outcome) (rate(ess_inbound_total${RANGE}))`),
        ),
        lines(
          'Refused credentials',
          undefined,
          ask('{{hook}} {{reason}}', `sum by (hook, reason) (increase(ess_inbound_refused_total${RANGE}))`),
        ),
        lines(
          'Ring to 204',
          's',
          ask('p50', quantile(0.5, 'ess_inbound_duration_seconds', OF_DOORS)),
          ask('p99', quantile(0.99, 'ess_inbound_duration_seconds', OF_DOORS)),
        ),
        lines('Taken in and not answered', undefined, ask('{{instance}}', 'ess_inbound_pending')),
        lines('Idempotency keys', undefined, ask('{{topic}}', 'sum by (topic) (ess_inbound_keys)')),
        lines('Repeats are recognised up to', 's', ask('{{topic}}', 'min by (topic) (ess_inbound_window_seconds)')),
      ],
    },
  ],
};
