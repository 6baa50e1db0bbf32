// What a worker exports.

import { Counter, Gauge, Registry } from 'prom-client';
import { LATENCY_BUCKETS_SECONDS, STAGE_BUCKETS_SECONDS } from './buckets.ts';
import type { Cell } from './folded-histogram.ts';
import { FoldedHistogram } from './folded-histogram.ts';
import type { Moments, Stage } from './stages.ts';
import { STAGE_NAMES, stagesOf } from './stages.ts';

/** Reasons told apart for each partner; what a partner says is no end of them. */
const REASONS_MAX = 20;
const OTHER_REASONS = 'other';

export const SOURCE_HELD =
  '1 while nothing is taken in: the schema registry is away, or what comes next cannot be read';
export const TOPICS_ANEW = 'Partitions whose committed position was of another log: the topic was made anew';

/** What a worker sets right by itself, and how it is told. */
export type Repair =
  /** A consumer that stood still was started anew. */
  | 'restarted'
  /** A connection that the partner had closed while it was idle, or with requests behind others: they went out again on a new one. */
  | 'resent'
  /** A token that the partner took no more was fetched anew. */
  | 'tokenRenewed';
/** Counted in a plain number until a scrape: prom-client takes a microsecond to count one more (bench S1). */
interface Tally {
  readonly partner: string;
  readonly counter: Counter.Internal;
  count: number;
}

function fold(tally: Tally): void {
  if (tally.count > 0) tally.counter.inc(tally.count);
  tally.count = 0;
}

export interface WorkerMetrics {
  readonly registry: Registry;
  /** Of `attempts`, since the last scrape. */
  readonly tallies: Set<Tally>;
  readonly attempts: Counter<'partner' | 'outcome'>;
  readonly latency: FoldedHistogram<'partner'>;
  readonly duration: FoldedHistogram<'partner'>;
  readonly stages: FoldedHistogram<'partner' | 'stage'>;
  readonly repairs: Counter<'partner' | 'repair'>;
  readonly replayed: Counter<'partner'>;
  readonly redriven: Counter<'partner'>;
  readonly lagRecords: Gauge<'partner'>;
  readonly lagSeconds: Gauge<'partner'>;
  readonly circuit: Gauge<'partner'>;
  readonly partnerHeld: Gauge<'partner' | 'cause'>;
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
  readonly retention: Gauge<'partner'>;
  readonly connectorInfo: Gauge<'partner' | 'digest'>;
}

export function workerMetrics(registry = new Registry()): WorkerMetrics {
  const registers = [registry];
  const partner = ['partner'] as const;
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: partner, registers });
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames: partner, registers });
  const histogram = (name: string, help: string) =>
    new FoldedHistogram({ name, help, labelNames: partner, registers, buckets: LATENCY_BUCKETS_SECONDS });
  const tallies = new Set<Tally>();
  return {
    registry,
    attempts: new Counter({
      name: 'ess_delivery_attempts_total',
      help: 'Delivery attempts by how they ended',
      labelNames: ['partner', 'outcome'],
      registers,
      collect() {
        for (const tally of tallies) fold(tally);
      },
    }),
    tallies,
    latency: histogram(
      'ess_delivery_latency_seconds',
      'From publish to the ack of the partner; without replays and redrives',
    ),
    duration: histogram('ess_attempt_duration_seconds', 'One HTTP attempt, from its start to the end of the answer'),
    stages: new FoldedHistogram({
      name: 'ess_stage_seconds',
      help: 'Where the time of a delivered record went, without replays and redrives; kafkaAcrossClocks alone is between two clocks',
      labelNames: ['partner', 'stage'],
      buckets: STAGE_BUCKETS_SECONDS,
      registers,
    }),
    repairs: new Counter({
      name: 'ess_repairs_total',
      help: 'What was set right without a person: a consumer restarted, a request sent again on a new connection, a token renewed',
      labelNames: ['partner', 'repair'],
      registers,
    }),
    replayed: counter('ess_replayed_records_total', 'Records that a replay sent and the partner acked'),
    redriven: counter('ess_redriven_records_total', 'Dead letters that were sent again and the partner acked'),
    lagRecords: gauge('ess_lag_records', 'Records after the committed position, over the partitions owned here'),
    lagSeconds: gauge('ess_lag_seconds', 'Age of the oldest unsettled record taken in here; 0 when there is none'),
    circuit: gauge('ess_circuit_state', '0 closed, or no partition is owned here; 1 open: the partner is held'),
    partnerHeld: new Gauge({
      name: 'ess_partner_held',
      help: '1 while the partner is held and a partition of it is owned here, by cause; none while it is not',
      labelNames: ['partner', 'cause'],
      registers,
    }),
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
      'Time until the oldest unsettled record of the partitions owned here falls out of retention; without those that are replayed',
    ),
    retention: gauge('ess_source_retention_seconds', 'How long the source topic keeps a record; infinite: for ever'),
    connectorInfo: new Gauge({
      name: 'ess_connector_info',
      help: '1; by its digest, which rows of ess.audit name too, the connector that a partner is sent to by',
      labelNames: ['partner', 'digest'],
      registers,
    }),
  };
}

/** The metrics that each attempt touches, with the partner's label bound: looking labels up costs 2 µs each (bench S1). */
export interface AttemptMetrics {
  attempt(outcome: string): void;
  readonly latency: Cell;
  readonly duration: Cell;
  /** Kafka has the audit row of a record that the partner has acked. @param rowAt ms, as its moments */
  delivered(moments: Moments, rowAt: number): void;
  repaired(repair: Repair): void;
  /** @param reason a short code */
  parked(reason: string): void;
}

export function attemptMetrics(metrics: WorkerMetrics, partner: string): AttemptMetrics {
  const byOutcome = new Map<string, Tally>();
  const stages = STAGE_NAMES.map((stage: Stage) => metrics.stages.cell({ partner, stage }));
  const reasons = new Set<string>();
  const passedMs = new Float64Array(stages.length);
  return {
    attempt(outcome) {
      let tally = byOutcome.get(outcome);
      if (!tally) {
        tally = { partner, counter: metrics.attempts.labels({ partner, outcome }), count: 0 };
        byOutcome.set(outcome, tally);
        metrics.tallies.add(tally);
      }
      tally.count += 1;
    },
    latency: metrics.latency.cell({ partner }),
    duration: metrics.duration.cell({ partner }),
    delivered(moments, rowAt) {
      stagesOf(moments, rowAt, passedMs);
      for (let at = 0; at < stages.length; at += 1) (stages[at] as Cell).observe((passedMs[at] as number) / 1000);
    },
    parked(reason) {
      if (reasons.size < REASONS_MAX) reasons.add(reason);
      metrics.deadLetters.inc({ partner, reason: reasons.has(reason) ? reason : OTHER_REASONS });
    },
    repaired: (repair) => metrics.repairs.inc({ partner, repair }),
  };
}

/** A partner that is gone leaves no figures. */
export async function forgetPartner({ registry, tallies }: WorkerMetrics, partner: string): Promise<void> {
  for (const tally of tallies) if (tally.partner === partner) tallies.delete(tally);
  for (const { name } of registry.getMetricsAsArray()) {
    const metric = registry.getSingleMetric(name) as unknown as Shown;
    for (const { labels } of (await metric.get()).values) if (labels.partner === partner) metric.remove(labels);
  }
}

interface Shown {
  get(): Promise<{ readonly values: ReadonlyArray<{ readonly labels: Readonly<Record<string, string>> }> }>;
  remove(labels: object): void;
}
