// What the server tells as it happens, and how long ago it last did.
import { signal } from '@preact/signals';
import type { Overview } from '../facts/overview.ts';
import { learnMe } from './me.ts';

/** Undefined: nothing has come yet. */
export const overview = signal<Overview | undefined>(undefined);
/** What is wrong with the connection to the console; empty: nothing. */
export const trouble = signal('');
export const nowMs = signal(Date.now());

/** The console looks at the view each second, or less often when that takes long. */
const SILENT_MS = 15_000;
const AGAIN_MS = 2_000;

/** Listens until the page is closed. The browser connects again by itself, unless it was refused. */
export function follow(): void {
  let heardMs = Date.now();
  /** A partner that has come or gone changes what may be done. */
  let names = '';
  const open = (): void => {
    const source = new EventSource('/api/v1/feed');
    source.addEventListener('overview', ({ data }) => {
      heardMs = Date.now();
      trouble.value = '';
      overview.value = JSON.parse(data) as Overview;
      const now = namesOf(overview.value);
      if (now !== names) void learnMe();
      names = now;
    });
    source.addEventListener('error', () => {
      trouble.value = 'the console does not answer';
      void learnMe();
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(open, AGAIN_MS);
    });
  };
  open();
  setInterval(() => {
    nowMs.value = Date.now();
    if (Date.now() - heardMs > SILENT_MS) trouble.value = 'the console has told nothing for a while';
  }, 1_000);
}

const namesOf = ({ partners }: Overview): string =>
  partners
    .map(({ partner }) => partner)
    .sort()
    .join('\n');
