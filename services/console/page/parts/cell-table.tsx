// Cells of the view as a table.
import type { ShownCell } from '@ess/view/answer.ts';
import { nowMs } from '../feed.ts';
import { linkTo } from '../place.ts';
import { ageSeconds, clock, duration, STATE_WORDS } from '../words.ts';
import { Table } from './table.tsx';

export const CELL_COLUMNS = ['Partner', 'Rule', 'Expected', 'Holds', 'State', 'For', 'Why'] as const;

export function CellTable({ cells }: { readonly cells: readonly ShownCell[] }) {
  return <Table label="What partners hold" columns={CELL_COLUMNS} heading={1} rows={cells.map(cellRow)} />;
}

export const cellRow = ({ partner, ruleId, expected, acked, state, since, why }: ShownCell) => ({
  key: `${partner} ${ruleId}`,
  cells: [
    <a href={linkTo('partner', [partner])}>{partner}</a>,
    <a href={linkTo('rule', [ruleId])}>{ruleId}</a>,
    expected ?? '–',
    acked ?? '–',
    <span class={`state ${state}`}>{STATE_WORDS[state] ?? state}</span>,
    <span title={clock(since, nowMs.value)}>{duration(ageSeconds(since, nowMs.value))}</span>,
    why,
  ],
});
