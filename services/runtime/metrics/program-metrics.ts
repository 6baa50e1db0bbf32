// What every program exports besides its own: which build it is, and its clock.
import { readFileSync } from 'node:fs';
import { Counter, collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

/** @param program as its log names it */
export function programMetrics(registry: Registry, program: string): void {
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'ess_build_info',
    help: '1; the program, its version and the Node that runs it',
    labelNames: ['program', 'version', 'node'],
    registers,
  }).set({ program, version, node: process.versions.node }, 1);
  new Gauge({
    name: 'ess_clock_timestamp_seconds',
    help: 'The clock of the machine that the program runs on, to be compared with that of Prometheus',
    registers,
    collect() {
      this.set(Date.now() / 1000);
    },
  });
}

/** Where OTEL_EXPORTER_OTLP_ENDPOINT is set. */
export const spansDropped = (registry: Registry): Counter =>
  new Counter({
    name: 'ess_trace_spans_dropped_total',
    help: 'Spans that did not reach the collector, which is away or slow; only where spans are exported',
    registers: [registry],
  });
