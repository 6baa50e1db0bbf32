// What drifts, oldest first; then any rule at any partner, by filters that are part of the address.
import type { ViewPiece } from '@ess/view/answer.ts';
import { useEffect, useState } from 'preact/hooks';
import type { Asked } from '../ask.ts';
import { useAsked } from '../ask.ts';
import { overview } from '../feed.ts';
import { number, STATE_WORDS } from '../words.ts';
import { CellTable } from './cell-table.tsx';
import { Failed, Stale } from './failed.tsx';
import { Choice, fieldsOf, partnerChoices, themselves, Words } from './filters.tsx';
import { Past } from './past.tsx';

const ROWS = 50;
/** What rules say of themselves. */
interface Labels {
  readonly scopes: readonly string[];
  readonly regions: readonly string[];
}

/** Where the last piece begins. */
const lastFrom = (total: number): number => Math.max(0, Math.ceil(total / ROWS) - 1) * ROWS;

export function LockStep({ query }: { readonly query: URLSearchParams }) {
  const [piece, setPiece] = useState({ of: '', from: 0 });
  const setFrom = (from: number) => setPiece({ of: `${query}`, from });
  // Another address, also by the browser's own "back", begins at its beginning.
  const from = piece.of === `${query}` ? piece.from : 0;
  const asked = new URLSearchParams(query);
  const isAll = asked.get('all') === '1';
  asked.set('all', String(isAll));
  asked.set('from', String(from));
  asked.set('limit', String(ROWS));
  // Asked again with each word of the feed, as the cards are.
  const cells = useAsked<ViewPiece>(`/cells?${asked}`, overview.value?.at);
  const total = cells.kind === 'here' ? cells.value.total : undefined;
  useEffect(() => {
    if (total !== undefined && from > 0 && from >= total) setFrom(lastFrom(total));
  });
  const field = fieldsOf('lockstep', query);
  const known = useAsked<Labels>('/labels', undefined);
  const labels = known.kind === 'here' ? known.value : undefined;
  return (
    <>
      <h1>{isAll ? 'Rules at partners' : 'What drifts'}</h1>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Words label="Rule" {...field('rule')} />
        <Choice label="Partner" none="all" choices={partnerChoices()} {...field('partner')} />
        <Choice label="State" none="any" choices={STATE_WORDS} {...field('state')} />
        <Choice label="Scope" none="any" choices={themselves(labels?.scopes)} {...field('scope')} />
        <Choice label="Region" none="any" choices={themselves(labels?.regions)} {...field('region')} />
        <label class="check">
          <input
            type="checkbox"
            checked={isAll}
            onChange={({ currentTarget }) => field('all').onChange(currentTarget.checked ? '1' : '')}
          />
          also what is in step
        </label>
        <label>
          As of (a past minute)
          <input
            type="datetime-local"
            value={query.get('at') ?? ''}
            onChange={({ currentTarget }) => field('at').onChange(currentTarget.value)}
          />
        </label>
      </form>
      {query.get('at') ? (
        <Past key={`${query}`} query={`${pastQuery(query)}`} />
      ) : (
        <Found key={`${query}`} cells={cells} isAll={isAll} setFrom={setFrom} />
      )}
    </>
  );
}

/** The minute as this browser has it, as everybody has it. */
function pastQuery(query: URLSearchParams): URLSearchParams {
  const asked = new URLSearchParams(query);
  const at = new Date(query.get('at') ?? '');
  if (!Number.isNaN(at.getTime())) asked.set('at', at.toISOString());
  asked.set('all', String(query.get('all') === '1'));
  return asked;
}

interface FoundProps {
  readonly cells: Asked<ViewPiece>;
  readonly isAll: boolean;
  readonly setFrom: (from: number) => void;
}

function Found({ cells, isAll, setFrom }: FoundProps) {
  if (cells.kind === 'loading') return <p class="empty">Loading…</p>;
  if (cells.kind === 'failed') return <Failed why={cells.why} />;
  const { total, from, cells: rows } = cells.value;
  if (total === 0)
    return (
      <>
        <Stale why={cells.why} />
        <p class="empty">{isAll ? 'No rule is like that.' : 'Nothing drifts.'}</p>
      </>
    );
  if (rows.length === 0) return <p class="empty">Loading…</p>; // it has shrunk: its last piece is asked for
  return (
    <>
      <Stale why={cells.why} />
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
