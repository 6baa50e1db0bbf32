// One question to the console, and what became of it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { toSignIn } from './me.ts';
import { repeated } from './repeated.ts';

export type Asked<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly why: string }
  /** @property why it is not newer; empty: it is as new as can be */
  | { readonly kind: 'here'; readonly value: T; readonly path: string; readonly why: string };

/** @param again asks anew when it changes; what was there stays until the answer comes, and when none comes */
export function useAsked<T>(path: string, again: unknown): Asked<T> {
  const [asked, setAsked] = useState<Asked<T>>({ kind: 'loading' });
  const turn = useRef<{ readonly path: string; readonly ask: () => void }>(undefined);
  useEffect(() => {
    const over = new AbortController();
    const { signal } = over;
    const once = (): Promise<void> =>
      ask<T>(path, signal).then(
        (value) => setAsked({ kind: 'here', value, path, why: '' }),
        (error: unknown) => {
          const why = wordsOf(error);
          if (!signal.aborted)
            setAsked((was) => (was.kind === 'here' && was.path === path ? { ...was, why } : { kind: 'failed', why }));
        },
      );
    turn.current = { path, ask: repeated(() => (signal.aborted ? Promise.resolve() : once())) };
    return () => over.abort();
  }, [path]);
  useEffect(() => turn.current?.ask(), [path, again]);
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

/** An answer that comes line by line. @param take told of each; the last one stays @throws as `ask` does */
export async function askLines<T>(path: string, signal: AbortSignal, take: (line: T) => void): Promise<void> {
  let rest = '';
  for await (const text of textOf(await asking(path, { signal }))) {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(JSON.parse(line) as T);
  }
}

/** What comes as a file. @param onText told of each piece @throws as `ask` does */
export async function postFor(
  path: string,
  body: object,
  signal: AbortSignal,
  onText: (text: string) => void,
): Promise<void> {
  for await (const text of textOf(await asking(path, { ...asPost(body), signal }))) onText(text);
}

async function* textOf({ body }: Response): AsyncGenerator<string> {
  const reader = body?.pipeThrough(new TextDecoderStream('utf-8', { ignoreBOM: true })).getReader();
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) yield piece.value;
}

/** The console has answered, and not with what was asked for. */
export class Refused extends Error {
  readonly status: number;

  constructor(why: string, status: number) {
    super(why);
    this.status = status;
  }
}

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** @throws Error in words for whoever looks at the page */
export const ask = <T>(path: string, signal: AbortSignal): Promise<T> => answered(path, { signal });

/** What is more than a look. @throws as `ask` does */
export const post = <T>(path: string, body: object, signal?: AbortSignal): Promise<T> =>
  answered(path, { ...asPost(body), ...(signal && { signal }) });

const asPost = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

async function answered<T>(path: string, init: RequestInit): Promise<T> {
  return (await (await asking(path, init)).json()) as T;
}

async function asking(path: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(`/api/v1${path}`, init).catch((error: unknown) => {
    if (init.signal?.aborted) throw error;
    throw new Error('The console does not answer. Is it running?');
  });
  if (answer.status === 401) toSignIn();
  if (answer.ok) return answer;
  const { error } = (await answer.json().catch(() => ({}))) as { error?: string };
  throw new Refused(error ?? `The console answered ${answer.status}.`, answer.status);
}
