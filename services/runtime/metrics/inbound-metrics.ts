// What the doors export.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { LATENCY_BUCKETS_SECONDS } from './buckets.ts';

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
      buckets: LATENCY_BUCKETS_SECONDS,
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
