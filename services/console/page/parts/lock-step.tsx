// What drifts, oldest first; then any rule at any partner, by filters that are part of the address.
import type { ViewPiece } from '@ess/view/answer.ts';
import { useState } from 'preact/hooks';
import type { Asked } from '../ask.ts';
import { useAsked } from '../ask.ts';
import { overview } from '../feed.ts';
import { goTo, linkTo } from '../place.ts';
import { number, STATE_WORDS } from '../words.ts';
import { CellTable } from './cell-table.tsx';

const ROWS = 50;

export function LockStep({ query }: { readonly query: URLSearchParams }) {
  const [from, setFrom] = useState(0);
  const asked = new URLSearchParams(query);
  const isAll = asked.get('all') === '1';
  asked.set('all', String(isAll));
  asked.set('from', String(from));
  asked.set('limit', String(ROWS));
  const filter = `${query}`;
  // Asked again with each word of the feed, as the cards are.
  const cells = useAsked<ViewPiece>(`/cells?${asked}`, overview.value?.at);
  const change = (name: string, value: string): void => {
    setFrom(0);
    goTo(linkTo('lockstep', [], { ...Object.fromEntries(query), [name]: value }));
  };
  return (
    <>
      <h1>{isAll ? 'Rules at partners' : 'What drifts'}</h1>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          Rule
          <input
            type="search"
            value={query.get('rule') ?? ''}
            onInput={({ currentTarget }) => change('rule', currentTarget.value)}
          />
        </label>
        <label>
          Partner
          <select
            value={query.get('partner') ?? ''}
            onChange={({ currentTarget }) => change('partner', currentTarget.value)}
          >
            <option value="">all</option>
            {(overview.value?.partners ?? [])
              .map(({ partner }) => partner)
              .sort()
              .map((partner) => (
                <option key={partner}>{partner}</option>
              ))}
          </select>
        </label>
        <label>
          State
          <select
            value={query.get('state') ?? ''}
            onChange={({ currentTarget }) => change('state', currentTarget.value)}
          >
            <option value="">any</option>
            {Object.entries(STATE_WORDS).map(([state, words]) => (
              <option key={state} value={state}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={isAll}
            onChange={({ currentTarget }) => change('all', currentTarget.checked ? '1' : '')}
          />
          also what is in step
        </label>
      </form>
      <Found key={filter} cells={cells} isAll={isAll} from={from} setFrom={setFrom} />
    </>
  );
}

interface FoundProps {
  readonly cells: Asked<ViewPiece>;
  readonly isAll: boolean;
  readonly from: number;
  readonly setFrom: (from: number) => void;
}

function Found({ cells, isAll, from, setFrom }: FoundProps) {
  if (cells.kind === 'loading') return <p class="empty">Loading…</p>;
  if (cells.kind === 'failed')
    return (
      <p class="empty old" role="alert">
        {cells.why}
      </p>
    );
  const { total, cells: rows } = cells.value;
  if (total === 0) return <p class="empty">{isAll ? 'No rule is like that.' : 'Nothing drifts.'}</p>;
  return (
    <>
      <CellTable cells={rows} />
      <p class="pager">
        {number(from + 1)} to {number(from + rows.length)} of {number(total)}
        <button type="button" disabled={from === 0} onClick={() => setFrom(Math.max(0, from - ROWS))}>
          Back
        </button>
        <button type="button" disabled={from + ROWS >= total} onClick={() => setFrom(from + ROWS)}>
          Next
        </button>
      </p>
    </>
  );
}
