// What `ess serve` exports of the programs that it keeps running.
import { Counter, Gauge, Registry } from 'prom-client';

export interface ServeMetrics {
  readonly registry: Registry;
  readonly restarts: Counter<'program'>;
  readonly up: Gauge<'program'>;
}

export function serveMetrics(registry = new Registry()): ServeMetrics {
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
