// `--before COMMIT`: what a change costs. The program of that commit and today's run in turns, before, after and before
// again, and each round is compared with itself: the median of these ratios is judged, because the machine's speed drifts.
// How far two runs of one program are apart in a round is what the machine alone does, so it is added to what is allowed.
import { applySchemas } from '../../harness/programs/last-version.ts';
import { treeAt } from '../../harness/programs/tree-at.ts';
import type { Lab } from '../lab.ts';
import type { Claim, Measured, Outcome, Run, Scenario } from './measured.ts';
import { alternate, median, ofSide } from './measured.ts';

/** One run of the program, whichever `lab.program` says, over what all rounds share. */
export interface Pair {
  readonly setting: string;
  readonly measure: () => Promise<Outcome>;
}

/** A change may cost so much CPU for each record or event. */
const BOUND = 0.03;

export async function pairRuns(lab: Lab, scenario: Scenario, commit: string): Promise<Measured> {
  const { id, title, pair } = scenario;
  if (!pair) throw new Error(`${id} cannot be compared with a commit; those that can say "pair" in scenarios/`);
  const before = treeAt(commit);
  await applySchemas(before, lab.stack);
  const { setting, measure } = await pair(lab);
  const side = (program: string | undefined) => () => {
    lab.program = program;
    return measure();
  };
  const runs = await alternate(lab, id, { before: side(before), after: side(undefined), again: side(before) });
  return { id, title: `${title}, against ${commit}`, setting, runs, claims: claimsOf(runs) };
}

function claimsOf(runs: readonly Run[]): Claim[] {
  const figures = Object.keys(runs[0]?.figures ?? {});
  return figures.flatMap((figure): Claim[] => {
    const [before, again] = [ofSide(runs, 'before', figure), ofSide(runs, 'again', figure)];
    const spread = median(again.map((one, round) => Math.abs(one / (before[round] ?? Number.NaN) - 1)));
    const asked = figure === 'cpuUs' ? { atMost: Number((1 + BOUND + spread).toFixed(4)) } : {};
    return [
      { figure, side: 'after', against: 'before', paired: true, ...asked },
      { figure, side: 'again', against: 'before', paired: true },
    ];
  });
}
