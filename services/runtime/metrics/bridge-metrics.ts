// What the bridge exports, and its projector.
import { Counter, Gauge, Registry } from 'prom-client';
import { SOURCE_HELD, TOPICS_ANEW } from './worker-metrics.ts';

export interface BridgeMetrics {
  readonly registry: Registry;
  readonly clients: Gauge<'partner'>;
  readonly events: Counter<'partner'>;
  readonly slowClients: Counter<'partner'>;
  readonly gaps: Counter<'partner'>;
  readonly topicsAnew: Counter;
  readonly unmapped: Counter<'partner'>;
  readonly busy: Counter<'reason'>;
  readonly refused: Counter<'path' | 'status'>;
  readonly receiptsPending: Gauge;
  readonly tailSilent: Gauge;
}

export function bridgeMetrics(registry = new Registry()): BridgeMetrics {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers });
  return {
    registry,
    clients: new Gauge({ name: 'ess_stream_clients', help: 'Open streams', labelNames: ['partner'], registers }),
    events: counter('ess_stream_events_total', 'Events made for live streams, once for all clients', ['partner']),
    slowClients: counter('ess_stream_slow_clients_total', 'Clients that fell behind the live ring', ['partner']),
    gaps: counter('ess_stream_gaps_total', 'Gap events: records were gone before they could be given', ['partner']),
    topicsAnew: counter(
      'ess_stream_topics_anew_total',
      'Times that the public topic was made anew while it was read',
      [],
    ),
    unmapped: counter('ess_stream_unmapped_total', 'Records in scope that the mapping refuses', ['partner']),
    busy: counter('ess_stream_busy_total', 'Streams sent away to come back', ['reason']),
    refused: counter('ess_stream_refused_total', 'Requests answered with an error', ['path', 'status']),
    receiptsPending: new Gauge({
      name: 'ess_stream_receipts_pending',
      help: 'Partners that stream, and how far they are is not on ess.stream-state yet',
      registers,
    }),
    tailSilent: new Gauge({
      name: 'ess_stream_tail_silent_seconds',
      help: 'Since when Kafka has not answered the live tail',
      registers,
    }),
  };
}

export interface ProjectorMetrics {
  readonly projected: Counter;
  readonly failedTransactions: Counter;
  readonly deadLetters: Counter<'partner' | 'reason'>;
  readonly retentionLost: Counter<'partner'>;
  readonly topicsAnew: Counter<'partner'>;
  readonly sourceHeld: Gauge<'partner'>;
  readonly lag: Gauge<'partner'>;
}

/** The bridge's way from rules to public.rules; it appears as the partner `public`. */
export function projectorMetrics(registry: Registry): ProjectorMetrics {
  const registers = [registry];
  const partner = ['partner'] as const;
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  return {
    projected: counter('ess_projected_rules_total', 'Records of rules that the projector has passed'),
    failedTransactions: counter('ess_projector_failed_transactions_total', 'Transactions that were begun anew'),
    deadLetters: new Counter({
      name: 'ess_dead_letters_total',
      help: 'Records parked, by reason',
      labelNames: ['partner', 'reason'],
      registers,
    }),
    retentionLost: new Counter({
      name: 'ess_retention_lost_total',
      help: 'Records that left retention before they were projected',
      labelNames: partner,
      registers,
    }),
    topicsAnew: new Counter({ name: 'ess_topics_anew_total', help: TOPICS_ANEW, labelNames: partner, registers }),
    sourceHeld: new Gauge({ name: 'ess_source_held', help: SOURCE_HELD, labelNames: partner, registers }),
    lag: new Gauge({
      name: 'ess_lag_records',
      help: 'Records that wait for the projector, over the partitions owned here',
      labelNames: partner,
      registers,
    }),
  };
}
