// Cells as a table; on a narrow screen each row is a block.
import type { ShownCell } from '@ess/view/answer.ts';
import { nowMs } from '../feed.ts';
import { linkTo } from '../place.ts';
import { ageSeconds, clock, duration, STATE_WORDS } from '../words.ts';

export function CellTable({ cells }: { readonly cells: readonly ShownCell[] }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Partner</th>
            <th scope="col">Rule</th>
            <th scope="col">Expected</th>
            <th scope="col">Holds</th>
            <th scope="col">State</th>
            <th scope="col">For</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {cells.map((cell) => (
            <Row key={`${cell.partner} ${cell.ruleId}`} cell={cell} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ cell: { partner, ruleId, expected, acked, state, since, why } }: { readonly cell: ShownCell }) {
  return (
    <tr>
      <td data-label="Partner">{partner}</td>
      <th scope="row" data-label="Rule">
        <a href={linkTo('rule', [ruleId])}>{ruleId}</a>
      </th>
      <td data-label="Expected">{expected ?? '–'}</td>
      <td data-label="Holds">{acked ?? '–'}</td>
      <td data-label="State">
        <span class={`state ${state}`}>{STATE_WORDS[state] ?? state}</span>
      </td>
      <td data-label="For" title={clock(since, nowMs.value)}>
        {duration(ageSeconds(since, nowMs.value))}
      </td>
      <td data-label="Why">{why}</td>
    </tr>
  );
}
