// Every metric of every program with what it means. docs/metrics.md is made of it, and alerts and dashboards may name no other.
import { Registry } from 'prom-client';
import { Connections } from '../listener/connections.ts';
import { createLog } from '../log/log.ts';
import { bridgeMetrics, projectorMetrics } from './bridge-metrics.ts';
import { inboundMetrics } from './inbound-metrics.ts';
import { observerMetrics } from './observer-metrics.ts';
import { programMetrics, spansDropped } from './program-metrics.ts';
import { serveMetrics } from './serve-metrics.ts';
import { workerMetrics } from './worker-metrics.ts';

export interface KnownMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labels: readonly string[];
  /** That export it. */
  readonly programs: readonly string[];
}

const EXPORTS_SPANS: ReadonlySet<string> = new Set(['worker', 'bridge', 'inbound']);

/** As each program opens it. */
const REGISTRIES: Readonly<Record<string, () => Registry>> = {
  worker: () => workerMetrics().registry,
  bridge: () => {
    const { registry } = bridgeMetrics();
    projectorMetrics(registry);
    return registry;
  },
  inbound: () => inboundMetrics().registry,
  observer: () => observerMetrics().registry,
  console: () => new Registry(),
  serve: () => serveMetrics().registry,
};

/** Ordered by name; without what Node itself tells (`process_…`, `nodejs_…`). */
export function knownMetrics(): KnownMetric[] {
  const log = createLog('catalog', { level: 'silent' });
  const known = Object.entries(REGISTRIES).flatMap(([program, open]) => {
    const registry = open();
    programMetrics(registry, program);
    new Connections(registry, log);
    if (EXPORTS_SPANS.has(program)) spansDropped(registry);
    return (registry.getMetricsAsArray() as unknown as Described[])
      .filter(({ name }) => name.startsWith('ess_'))
      .map(({ name, help, type, labelNames }) => ({ name, help, type, labels: [...labelNames], program }));
  });
  const byName = Map.groupBy(known, ({ name }) => name);
  return [...byName.values()]
    .map((same) => {
      const [{ program: _, ...one }] = same as [(typeof known)[number]];
      return { ...one, programs: same.map(({ program }) => program) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What prom-client's classes have beside what their types say. */
interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}
