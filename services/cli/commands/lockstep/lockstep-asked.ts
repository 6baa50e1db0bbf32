// What `ess lockstep` was asked, and whether its answer is a good one.
import { EssError } from '@ess/domain/text/error.ts';
import { parseMoment, timeText } from '@ess/domain/text/moment.ts';
import { isDrift } from '@ess/domain/view/cell.ts';
import type { LockstepAnswer, Question } from '@ess/view/answer.ts';
import type { Watch } from '../../terminal/watch.ts';

export interface Asked {
  readonly question: Question;
  /** How many partners were judged. */
  readonly judged: number;
  /** Those that were not. */
  readonly leftOut: readonly string[];
}

interface When {
  readonly at?: string;
  readonly watch?: Watch;
  readonly failOnDrift?: boolean;
}

/** @returns ms since 1970; undefined: now. @throws EssError ESS_USAGE for options that do not go together, or a time that is to come */
export function momentOf({ at, watch, failOnDrift }: When, nowMs = Date.now()): number | undefined {
  if (watch !== undefined && failOnDrift)
    throw new EssError('ESS_USAGE', '--watch never ends, so that --fail-on-drift has no exit code: leave one out');
  if (at === undefined) return undefined;
  if (watch !== undefined)
    throw new EssError('ESS_USAGE', '--watch shows what is, --at what was: leave one of them out');
  const atMs = parseMoment(at, '--at', nowMs);
  if (atMs > nowMs) throw new EssError('ESS_USAGE', `--at "${at}" is still to come: it is ${timeText(nowMs)} now`);
  return atMs;
}

/** Nobody who was judged has the rule that was asked for. */
export const isNobodysRule = ({ cells }: LockstepAnswer, { question: { rule, drifted } }: Asked): boolean =>
  rule !== undefined && !drifted && cells.length === 0;

/** Something that is shown drifts, or nobody can say it of all who were asked for. */
export const hasDrift = ({ cells }: LockstepAnswer, { leftOut }: Asked): boolean =>
  leftOut.length > 0 || cells.some(({ state }) => isDrift(state));
