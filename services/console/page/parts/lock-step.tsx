// What drifts, oldest first; then any rule at any partner, by filters that are part of the address.
import { useAsked } from '../ask.ts';
import { overview } from '../feed.ts';
import { ROWS_MAX, usePieces } from '../pieces.ts';
import { LongTable } from '../tools/long-table.tsx';
import { number, STATE_WORDS } from '../words.ts';
import { CELL_COLUMNS, cellRow } from './cell-table.tsx';
import { Failed, Stale } from './failed.tsx';
import { Choice, fieldsOf, partnerChoices, themselves, Words } from './filters.tsx';
import { Past } from './past.tsx';

/** What rules say of themselves. */
interface Labels {
  readonly scopes: readonly string[];
  readonly regions: readonly string[];
}

export function LockStep({ query }: { readonly query: URLSearchParams }) {
  const asked = new URLSearchParams(query);
  const isAll = asked.get('all') === '1';
  asked.set('all', String(isAll));
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
        <Found key={`${query}`} query={`${asked}`} isAll={isAll} />
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
  readonly query: string;
  readonly isAll: boolean;
}

function Found({ query, isAll }: FoundProps) {
  // Asked again with each word of the feed, as the cards are.
  const { asked, rowAt, onSight } = usePieces(query, overview.value?.at);
  if (asked.kind === 'loading') return <p class="empty">Loading…</p>;
  if (asked.kind === 'failed') return <Failed why={asked.why} />;
  const { total } = asked.value;
  if (total === 0)
    return (
      <>
        <Stale why={asked.why} />
        <p class="empty">{isAll ? 'No rule is like that.' : 'Nothing drifts.'}</p>
      </>
    );
  const count = Math.min(total, ROWS_MAX);
  return (
    <>
      <Stale why={asked.why} />
      <LongTable
        label="What partners hold"
        columns={CELL_COLUMNS}
        heading={1}
        count={count}
        onSight={onSight}
        rowAt={(index) => {
          const cell = rowAt(index);
          return cell && cellRow(cell);
        }}
      />
      <p class="pager">
        {count < total
          ? `The first ${number(count)} of ${number(total)}: the filters find the others.`
          : `${number(total)} in all.`}
      </p>
    </>
  );
}
