// How `ess lockstep` looks for people: the totals of each partner, then what drifts, oldest first, with its cause.

import { printable } from '@ess/domain/text/printable.ts';
import { CELL_STATES, isDrift } from '@ess/domain/view/cell.ts';
import type { LockstepAnswer, PartnerTotals, ShownCell } from '@ess/view/answer.ts';
import { duration, table } from '../../terminal/table.ts';

/** As many as fit on a few screens; --json has all. */
const CELLS_MAX = 200;

export function lockstepLines(answer: LockstepAnswer, rule?: string): string[] {
  const { notKnown = [] } = answer;
  return [...linesOf(answer, rule), ...notKnown.flatMap((what) => ['', what])];
}

function linesOf(answer: LockstepAnswer, rule?: string): string[] {
  const { partners, cells } = answer;
  const nowMs = Date.parse(answer.at);
  if (partners.length === 0) return ['nothing drifts'];
  const shown = cells.filter(({ partner }) => partners.some((one) => one.partner === partner));
  if (rule !== undefined && shown.length === 0) return [`no partner and no source has a rule ${rule}`];
  const lines = table([
    ['PARTNER', 'IN STEP', 'DRIFTING', 'OLDEST DRIFT', 'IN STEP SINCE', 'STATES'],
    ...partners.map(totalsRow),
  ]);
  if (shown.length === 0) return lines;
  const rows = shown.slice(0, CELLS_MAX).map((cell) => cellRow(cell, nowMs));
  lines.push('', ...table([['PARTNER', 'RULE', 'EXPECTED', 'HOLDS', 'STATE', 'FOR', 'WHY'], ...rows]));
  if (shown.length > CELLS_MAX) lines.push(`and ${shown.length - CELLS_MAX} more: --json has all`);
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
