// What every partner held at a past minute. It is read because somebody looks; who leaves ends the reading.
import { useEffect, useState } from 'preact/hooks';
import type { PastLine } from '../../facts/past.ts';
import { askLines, Refused, wordsOf } from '../ask.ts';
import { nowMs } from '../feed.ts';
import { clock, number } from '../words.ts';
import { CellTable } from './cell-table.tsx';
import { Failed } from './failed.tsx';

const BUSY = 429;
const AGAIN_MS = 2_000;

/** @param query `at`, and the filters of the page */
export function Past({ query }: { readonly query: string }) {
  const [line, setLine] = useState<PastLine>();
  useEffect(() => {
    const over = new AbortController();
    setLine(undefined);
    let later: ReturnType<typeof setTimeout> | undefined;
    const ask = (): void => {
      askLines<PastLine>(`/past?${query}`, over.signal, setLine).catch((error: unknown) => {
        if (over.signal.aborted) return;
        setLine({ why: wordsOf(error) });
        // What was asked for before is still being read.
        if (error instanceof Refused && error.status === BUSY) later = setTimeout(ask, AGAIN_MS);
      });
    };
    ask();
    return () => {
      clearTimeout(later);
      over.abort();
    };
  }, [query]);
  if (line && 'why' in line) return <Failed why={line.why} />;
  if (!line || 'read' in line)
    return (
      <p class="empty" role="status">
        {line?.all ? `Reading topics: ${line.read} of ${line.all}… ` : 'Reading what was then… '}
        <progress max={line?.all || 1} value={line?.read ?? 0} aria-label="Topics read" />
      </p>
    );
  const { at, total, cells, notKnown } = line;
  return (
    <>
      {notKnown.map((words) => (
        <p key={words} class="cause">
          {words}
        </p>
      ))}
      {total === 0 ? (
        <p class="empty">Nothing was like that at {clock(at, nowMs.value)}.</p>
      ) : (
        <>
          <p role="status">
            As of {clock(at, nowMs.value)}: {number(total)}
            {total > cells.length && `, of which the oldest ${number(cells.length)} are shown`}
          </p>
          <CellTable cells={cells} />
        </>
      )}
    </>
  );
}
