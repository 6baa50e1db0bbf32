// The latency ledger for people: a line for each stage, and one for each whose time it was.
import { STAGES } from '@ess/runtime/metrics/stages.ts';
import { fixedLine } from '../../terminal/table.ts';
import type { LatencyTold, Percentiles } from './latency-ledger.ts';

const WIDTHS = [20, 11, 11, 8, 14] as const;

export function latencyLines({ whole, stages, whose }: LatencyTold): string[] {
  const line = (name: string, time: Percentiles & { readonly share: number }, owner: string, what: string) =>
    fixedLine(WIDTHS, [name, duration(time.p50Ms), duration(time.p99Ms), percent(time.share), owner], what);
  return [
    fixedLine(WIDTHS, ['STAGE', 'P50', 'P99', 'SHARE', 'WHOSE'], 'WHAT'),
    ...stages.map(({ stage, ...time }) => line(stage, time, time.whose, STAGES[stage])),
    line('whole', { ...whole, share: 1 }, '', 'from publish to the end of the answer'),
    '',
    fixedLine(WIDTHS, ['WHOSE TIME', 'P50', 'P99', 'SHARE', ''], ''),
    ...whose.map(({ whose: owner, ...time }) => line(owner, time, '', '')),
  ].map((text) => text.trimEnd());
}

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

/** Three digits, whatever the unit. */
function duration(ms: number): string {
  if (ms < 999.5) return `${ms.toPrecision(3)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toPrecision(3)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}
