// Every metric of the project in one place, with its help text.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const LATENCY_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200];

const SOURCE_HELD = '1 while nothing is taken in: the schema registry is away, or what comes next cannot be read';
const TOPICS_ANEW = 'Partitions whose committed position was of another log: the topic was made anew';

export interface WorkerMetrics {
  readonly registry: Registry;
  readonly attempts: Counter<'partner' | 'outcome'>;
  readonly latency: Histogram<'partner'>;
  readonly duration: Histogram<'partner'>;
  readonly lagRecords: Gauge<'partner'>;
  readonly lagSeconds: Gauge<'partner'>;
  readonly circuit: Gauge<'partner'>;
  readonly inflight: Gauge<'partner'>;
  readonly held: Gauge<'partner'>;
  readonly deadLetters: Counter<'partner' | 'reason'>;
  readonly retentionLost: Counter<'partner'>;
  readonly topicsAnew: Counter<'partner'>;
  readonly sourceHeld: Gauge<'partner'>;
  readonly withdrawn: Counter<'partner'>;
  readonly concurrency: Gauge<'partner'>;
  readonly rebalances: Counter<'partner'>;
  readonly stalls: Counter<'partner'>;
  readonly replayWindow: Gauge<'partner'>;
  readonly connectorInfo: Gauge<'partner' | 'digest'>;
}

export function workerMetrics(registry = new Registry()): WorkerMetrics {
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const partner = ['partner'] as const;
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: partner, registers });
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames: partner, registers });
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, labelNames: partner, registers, buckets: LATENCY_BUCKETS_S });
  return {
    registry,
    attempts: new Counter({
      name: 'ess_delivery_attempts_total',
      help: 'Delivery attempts by how they ended',
      labelNames: ['partner', 'outcome'],
      registers,
    }),
    latency: histogram('ess_delivery_latency_seconds', 'From publish to the ack of the partner'),
    duration: histogram('ess_attempt_duration_seconds', 'One HTTP attempt, from its start to the end of the answer'),
    lagRecords: gauge('ess_lag_records', 'Records after the committed position, over the partitions owned here'),
    lagSeconds: gauge('ess_lag_seconds', 'Age of the oldest unsettled record taken in here; 0 when there is none'),
    circuit: gauge('ess_circuit_state', '0 closed, 1 open: the partner is held'),
    inflight: gauge('ess_inflight', 'Requests in flight'),
    held: gauge('ess_held_records', 'Unsettled records that wait for a held partner'),
    deadLetters: new Counter({
      name: 'ess_dead_letters_total',
      help: 'Records parked, by reason',
      labelNames: ['partner', 'reason'],
      registers,
    }),
    retentionLost: counter('ess_retention_lost_total', 'Records that left retention before they were delivered'),
    topicsAnew: counter('ess_topics_anew_total', TOPICS_ANEW),
    sourceHeld: gauge('ess_source_held', SOURCE_HELD),
    withdrawn: counter(
      'ess_withdrawn_rules_total',
      'Rules withdrawn, or gone from the scope, that a partner with onLeave: alert was not told of',
    ),
    concurrency: gauge('ess_concurrency_limit', 'Requests that the partner gets at once, as found by its answers'),
    rebalances: counter('ess_rebalances_total', 'Joins of the consumer group'),
    stalls: counter(
      'ess_stalls_total',
      'Times that partitions with records to settle stood still and nobody held them',
    ),
    replayWindow: gauge(
      'ess_replay_window_seconds',
      'Time until the oldest unsettled record of the partitions owned here falls out of retention',
    ),
    connectorInfo: new Gauge({
      name: 'ess_connector_info',
      help: '1; by its digest, which rows of ess.audit name too, the connector that a partner is sent to by',
      labelNames: ['partner', 'digest'],
      registers,
    }),
  };
}

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
  collectDefaultMetrics({ register: registry });
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

/** The metrics that each attempt touches, with the partner's label bound: looking labels up costs 2 µs each (bench S1). */
export interface AttemptMetrics {
  attempt(outcome: string): void;
  readonly latency: Histogram.Internal<'partner'>;
  readonly duration: Histogram.Internal<'partner'>;
}

export function attemptMetrics(metrics: WorkerMetrics, partner: string): AttemptMetrics {
  const byOutcome = new Map<string, Counter.Internal>();
  return {
    attempt(outcome) {
      const counter = byOutcome.get(outcome) ?? metrics.attempts.labels({ partner, outcome });
      byOutcome.set(outcome, counter);
      counter.inc();
    },
    latency: metrics.latency.labels({ partner }),
    duration: metrics.duration.labels({ partner }),
  };
}

export interface ServeMetrics {
  readonly registry: Registry;
  readonly restarts: Counter<'program'>;
  readonly up: Gauge<'program'>;
}

export function serveMetrics(registry = new Registry()): ServeMetrics {
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const labelNames = ['program'] as const;
  return {
    registry,
    restarts: new Counter({
      name: 'ess_serve_restarts_total',
      help: 'Programs that were started again because they had ended by themselves',
      labelNames,
      registers,
    }),
    up: new Gauge({ name: 'ess_serve_up', help: '1 while the process of the program runs', labelNames, registers }),
  };
}

export interface InboundMetrics {
  readonly registry: Registry;
  readonly answers: Counter<'hook' | 'outcome'>;
  readonly refusals: Counter<'hook' | 'reason'>;
  readonly duration: Histogram<'hook'>;
  readonly pending: Gauge;
  readonly keys: Gauge<'topic'>;
  readonly window: Gauge<'topic'>;
}

export function inboundMetrics(registry = new Registry()): InboundMetrics {
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const topic = ['topic'] as const;
  return {
    registry,
    answers: new Counter({
      name: 'ess_inbound_total',
      help: 'Requests to doors by how they ended; hook "none" is no door of ours',
      labelNames: ['hook', 'outcome'],
      registers,
    }),
    refusals: new Counter({
      name: 'ess_inbound_refused_total',
      help: 'Requests without valid credentials, by what was wrong with them',
      labelNames: ['hook', 'reason'],
      registers,
    }),
    duration: new Histogram({
      name: 'ess_inbound_duration_seconds',
      help: 'From the first byte of a published request to its answer',
      labelNames: ['hook'],
      buckets: LATENCY_BUCKETS_S,
      registers,
    }),
    pending: new Gauge({ name: 'ess_inbound_pending', help: 'Requests taken in and not answered', registers }),
    keys: new Gauge({ name: 'ess_inbound_keys', help: 'Idempotency keys remembered', labelNames: topic, registers }),
    window: new Gauge({
      name: 'ess_inbound_window_seconds',
      help: 'Age up to which a repeated idempotency key is surely recognised',
      labelNames: topic,
      registers,
    }),
  };
}
