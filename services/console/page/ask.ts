// One question to the console, and what became of it.
import { useEffect, useState } from 'preact/hooks';

export type Asked<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'here'; readonly value: T };

/** @param again asks anew when it changes; what was there stays until the answer comes */
export function useAsked<T>(path: string, again: unknown): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({ kind: 'loading' });
  useEffect(() => {
    const over = new AbortController();
    ask<T>(path, over.signal).then(
      (value) => setAsked({ kind: 'here', value }),
      (error: unknown) => {
        if (!over.signal.aborted)
          setAsked({ kind: 'failed', why: error instanceof Error ? error.message : String(error) });
      },
    );
    return () => over.abort();
  }, [path, again]);
  return asked;
}

/** A question that changes with every key is asked when no key has come for so long. */
const SETTLED_MS = 120;

/** @param path empty: nothing is asked @returns what was found last; undefined: nothing yet, or it could not be found */
export function useFound<T>(path: string): T | undefined {
  const [found, setFound] = useState<T>();
  useEffect(() => {
    const over = new AbortController();
    const timer = setTimeout(() => {
      if (path === '') setFound(undefined);
      else ask<T>(path, over.signal).then(setFound, () => undefined);
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
      over.abort();
    };
  }, [path]);
  return found;
}

/** @throws Error in words for whoever looks at the page */
export async function ask<T>(path: string, signal: AbortSignal): Promise<T> {
  const answer = await fetch(`/api/v1${path}`, { signal }).catch(() => {
    throw new Error('The console does not answer. Is it running?');
  });
  if (answer.ok) return (await answer.json()) as T;
  const { error } = (await answer.json().catch(() => ({}))) as { error?: string };
  throw new Error(error ?? `The console answered ${answer.status}.`);
}
