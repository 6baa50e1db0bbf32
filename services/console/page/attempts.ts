// Looks up what happened, piece by piece, until enough is found or nothing is left.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ShownAttempt, ShownAttempts } from '../facts/attempts.ts';
import { ask, wordsOf } from './ask.ts';
import { repeated } from './repeated.ts';

export interface Looking {
  readonly attempts: readonly ShownAttempt[];
  /** Where it is looked for now, or where that ended; undefined: nothing has come yet. */
  readonly last: ShownAttempts | undefined;
  readonly isLooking: boolean;
  /** What went wrong; empty: nothing. */
  readonly why: string;
}

const PIECE_MAX = 200;
/** After what went wrong: the index may have just been begun. */
const AGAIN_MS = 2_000;
const NOTHING: Looking = { attempts: [], last: undefined, isLooking: true, why: '' };

/** @param again looks anew when it changes; what was there stays until as much is found */
export function useAttempts(query: string, wanted: number, again: unknown): Looking {
  const [looking, setLooking] = useState(NOTHING);
  useEffect(() => setLooking(NOTHING), [query]);
  const turn = useRef<() => void>(undefined);
  useEffect(() => {
    const over = new AbortController();
    const { signal } = over;
    let timer = 0;
    const once = (): Promise<void> =>
      look(query, wanted, signal, (found) =>
        setLooking((before) => (found.isLooking && found.attempts.length < before.attempts.length ? before : found)),
      ).catch((error: unknown) => {
        if (signal.aborted) return;
        setLooking((before) => ({ ...before, isLooking: false, why: wordsOf(error) }));
        clearTimeout(timer);
        timer = window.setTimeout(anew, AGAIN_MS);
      });
    const anew = repeated(() => (signal.aborted ? Promise.resolve() : once()));
    turn.current = anew;
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }, [query, wanted]);
  useEffect(() => turn.current?.(), [query, wanted, again]);
  return looking;
}

async function look(
  query: string,
  wanted: number,
  signal: AbortSignal,
  onFound: (looking: Looking) => void,
): Promise<void> {
  let attempts: readonly ShownAttempt[] = [];
  let last: ShownAttempts | undefined;
  do {
    const more = new URLSearchParams(query);
    more.set('limit', String(Math.min(PIECE_MAX, wanted - attempts.length)));
    if (last?.next) more.set('after', last.next);
    last = await ask<ShownAttempts>(`/attempts?${more}`, signal);
    attempts = [...attempts, ...last.attempts];
    onFound({ attempts, last, isLooking: last.next !== null && attempts.length < wanted, why: '' });
  } while (last.next !== null && attempts.length < wanted);
}
