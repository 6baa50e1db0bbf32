// What a scenario measures: sides that alternate (A/B/A/B), every run kept, and what is asked of them.
import type { Lab } from '../lab.ts';
import type { TallyReport } from '../sink/tally.ts';
import type { Pair } from './paired.ts';

/** Figures of one run by name, e.g. `rate` in deliveries per second. */
export type Figures = Readonly<Record<string, number>>;

export interface Outcome {
  readonly figures: Figures;
  readonly lost: number;
  readonly outOfOrder: number;
  readonly duplicates: number;
}

export interface Run extends Outcome {
  readonly side: string;
}

export interface Claim {
  readonly figure: string;
  readonly side: string;
  /** Compared with this side of the same run; absent: the figure itself is judged. */
  readonly against?: string;
  /** The median of the rounds' ratios is judged, not the ratio of the medians. */
  readonly paired?: true;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Measured {
  readonly id: string;
  readonly title: string;
  /** Sizes and settings of this measurement. */
  readonly setting: string;
  readonly runs: readonly Run[];
  readonly claims: readonly Claim[];
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** Runs only when it is named. */
  readonly alone?: boolean;
  run(lab: Lab): Promise<Omit<Measured, 'id' | 'title'>>;
  /** For `--before`; see paired.ts. */
  readonly pair?: (lab: Lab) => Promise<Pair>;
}

/** Runs each side in turn, as often as asked, so that a busy spell of the machine hits all of them. */
export async function alternate(
  lab: Lab,
  id: string,
  sides: Readonly<Record<string, () => Promise<Outcome>>>,
): Promise<Run[]> {
  const { sides: named } = lab.options;
  const chosen = Object.entries(sides).filter(([side]) => named.length === 0 || named.includes(side));
  if (chosen.length === 0) throw new Error(`--side: ${id} has ${Object.keys(sides).join(', ')}`);
  const runs: Run[] = [];
  for (let round = 1; round <= lab.options.runs; round += 1) {
    for (const [side, measure] of chosen) {
      lab.signal.throwIfAborted();
      lab.begin(`${id} ${round}/${lab.options.runs} ${side}`);
      runs.push({ side, ...(await measure()) });
    }
  }
  return runs;
}

/** @param expected different deliveries that must have come */
export function outcome(report: TallyReport, expected: number, figures: Figures): Outcome {
  const { delivered, outOfOrder, duplicates } = report;
  return { figures, lost: expected - delivered, outOfOrder, duplicates };
}

export function ofSide(runs: readonly Run[], side: string, figure: string): number[] {
  return runs.filter((run) => run.side === side).flatMap(({ figures }) => figures[figure] ?? []);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface Verdict {
  readonly text: string;
  /** The medians' ratio, or the median itself. */
  readonly value: number;
  /** Least and greatest over the rounds. */
  readonly range: readonly [number, number];
  /** Undefined: nothing is asked. */
  readonly held: boolean | undefined;
}

export function judgeClaim(runs: readonly Run[], claim: Claim): Verdict {
  const { figure, side, against, atLeast, atMost, paired } = claim;
  const own = ofSide(runs, side, figure);
  const other = against === undefined ? undefined : ofSide(runs, against, figure);
  const rounds = other ? own.map((one, round) => one / (other[round] ?? Number.NaN)) : own;
  const value = other && !paired ? median(own) / median(other) : median(rounds);
  const wanted = atLeast !== undefined ? ` ≥ ${atLeast}` : atMost !== undefined ? ` ≤ ${atMost}` : '';
  const asked = atLeast !== undefined || atMost !== undefined;
  return {
    text: `${figure}: ${side}${against === undefined ? '' : ` ÷ ${against}`}${wanted}`,
    value,
    range: [Math.min(...rounds), Math.max(...rounds)],
    held: asked
      ? value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY)
      : undefined,
  };
}
