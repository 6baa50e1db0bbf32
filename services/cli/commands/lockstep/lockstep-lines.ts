// How `ess lockstep` looks for people: the totals of each partner, then what drifts, oldest first, with its cause.

import { printable } from '@ess/domain/text/printable.ts';
import { CELL_STATES, isDrift } from '@ess/domain/view/cell.ts';
import type { LockstepAnswer, PartnerTotals, Question, ShownCell } from '@ess/view/answer.ts';
import { duration, table } from '../../terminal/table.ts';
import type { Asked } from './lockstep-asked.ts';

/** As many as fit on a few screens; --json has all. */
const CELLS_MAX = 200;

export function lockstepLines(answer: LockstepAnswer, asked: Asked): string[] {
  const { notKnown = [] } = answer;
  return [...linesOf(answer, asked), ...notKnown.flatMap((what) => ['', what])];
}

export const noRule = ({ rule = '', drifted }: Question): string =>
  `no partner${drifted ? ' that drifts' : ''} and no source has a rule ${rule}`;

function linesOf({ at, partners, cells }: LockstepAnswer, { question, judged }: Asked): string[] {
  const nowMs = Date.parse(at);
  if (judged === 0) return ['no partner can be judged'];
  if (partners.length === 0) return ['nothing drifts'];
  if (question.rule !== undefined && cells.length === 0) return [noRule(question)];
  const lines = table([
    ['PARTNER', 'IN STEP', 'DRIFTING', 'OLDEST DRIFT', 'IN STEP SINCE', 'STATES'],
    ...partners.map(totalsRow),
  ]);
  if (cells.length === 0) return lines;
  const rows = cells.slice(0, CELLS_MAX).map((cell) => cellRow(cell, nowMs));
  lines.push('', ...table([['PARTNER', 'RULE', 'EXPECTED', 'HOLDS', 'STATE', 'FOR', 'WHY'], ...rows]));
  if (cells.length > CELLS_MAX) lines.push(`and ${cells.length - CELLS_MAX} more: --json has all`);
  return lines;
}

function totalsRow({ partner, inStep, drifting, byState, oldestDriftSeconds, inStepSince }: PartnerTotals): string[] {
  const states = CELL_STATES.filter((state) => state !== 'inStep' && byState[state] > 0);
  return [
    partner,
    String(inStep),
    String(drifting),
    oldestDriftSeconds === null ? '–' : duration(oldestDriftSeconds * 1000),
    inStepSince ?? '–',
    states.map((state) => `${state}${isDrift(state) ? '!' : ''} ${byState[state]}`).join(', '),
  ];
}

function cellRow({ partner, ruleId, expected, acked, state, since, why }: ShownCell, nowMs: number): string[] {
  const age = duration(Math.max(0, nowMs - Date.parse(since)));
  return [partner, printable(ruleId), String(expected ?? '–'), String(acked ?? '–'), state, age, why];
}
