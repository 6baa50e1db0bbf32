// A scenario's result as text: for the screen and, the same rows, as Markdown.
import type { Measured, Run } from './measured.ts';
import { judgeClaim, median, ofSide } from './measured.ts';

const UNITS: Readonly<Record<string, string>> = {
  rate: '/s',
  cpuUs: 'µs CPU each',
  mainUs: 'µs of the first thread each',
  outboxUs: 'µs of the outbox each',
  senderUs: 'µs of the thread that sends each',
  brokerUs: 'µs of the broker each',
  perCpuSecond: 'per CPU s',
  peakMb: 'MB peak',
  rssMb: 'MB',
  p50: 'ms p50',
  p99: 'ms p99',
  seconds: 's',
  sent: 'sent',
};

const round = (value: number): string =>
  Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));

/** One row for each side and figure: side, figure, min, median, max. */
export function figureRows({ runs }: Measured): string[][] {
  const rows: string[][] = [];
  for (const side of new Set(runs.map((run) => run.side))) {
    const names = new Set(runs.filter((run) => run.side === side).flatMap(({ figures }) => Object.keys(figures)));
    for (const name of names) {
      const values = ofSide(runs, side, name);
      const stats = [Math.min(...values), median(values), Math.max(...values)].map(round);
      rows.push([side, UNITS[name] ?? name, ...stats]);
    }
  }
  return rows;
}

/** One row for each claim: what, median, range over the rounds, verdict. */
export function claimRows({ runs, claims }: Measured): string[][] {
  const sides = new Set(runs.map((run) => run.side));
  const measured = claims.filter(({ side, against = side }) => sides.has(side) && sides.has(against));
  return measured.map((claim) => {
    const { text, value, range, held } = judgeClaim(runs, claim);
    const verdict = held === undefined ? '' : held ? 'yes' : 'NO';
    return [text, round(value), `${round(range[0])}–${round(range[1])}`, verdict];
  });
}

export function faults(runs: readonly Run[]): string {
  const sum = (of: (run: Run) => number) => runs.reduce((total, run) => total + of(run), 0);
  return `lost ${sum(({ lost }) => lost)}, out of order ${sum(({ outOfOrder }) => outOfOrder)}, duplicates ${sum(({ duplicates }) => duplicates)}`;
}

export function onScreen(measured: Measured): string {
  return [
    `\n${measured.id}  ${measured.title}`,
    `    ${measured.setting}`,
    ...aligned([['', '', 'min', 'median', 'max'], ...figureRows(measured)]),
    ...aligned(claimRows(measured)),
    `    over ${measured.runs.length} runs: ${faults(measured.runs)}`,
  ].join('\n');
}

function aligned(rows: readonly string[][]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    `    ${row.map((cell, column) => (column < 2 && !/^[\d.]+$/.test(cell) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ')}`.trimEnd(),
  );
}
