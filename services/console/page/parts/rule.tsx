// One rule at every partner, and what happened to it there.
import type { ShownCell } from '@ess/view/answer.ts';
import { useAsked } from '../ask.ts';
import { overview } from '../feed.ts';
import { Attempts } from './attempts.tsx';
import { CellTable } from './cell-table.tsx';
import { Failed, Stale } from './failed.tsx';
import { Versions } from './versions.tsx';

export function RulePage({ id }: { readonly id: string }) {
  const asked = useAsked<{ readonly cells: readonly ShownCell[] }>(
    `/rules/${encodeURIComponent(id)}`,
    overview.value?.at,
  );
  return (
    <>
      <h1>Rule {id}</h1>
      {asked.kind === 'loading' && <p class="empty">Loading…</p>}
      {asked.kind === 'failed' && <Failed why={asked.why} />}
      {asked.kind === 'here' &&
        (asked.value.cells.length === 0 ? (
          <p class="empty">No partner and no source has this rule.</p>
        ) : (
          <CellTable cells={asked.value.cells} />
        ))}
      {asked.kind === 'here' && <Stale why={asked.why} />}
      <Versions key={`${id} versions`} id={id} again={overview.value?.at} />
      <h2>Attempts</h2>
      <Attempts key={id} query={`${new URLSearchParams({ rule: id })}`} again={overview.value?.at} />
    </>
  );
}
