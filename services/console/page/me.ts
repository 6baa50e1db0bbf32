// Who looks at the page, and what they may do: what they may not is not offered, and the console refuses it all the same.
import { signal } from '@preact/signals';
import type { Me } from '../facts/me.ts';

/** Undefined: not known yet; then nothing is offered. */
export const me = signal<Me | undefined>(undefined);

/** Asked again when the connection to the console was lost: rights may have been given or taken. */
export async function learnMe(): Promise<void> {
  const answer = await fetch('/api/v1/me').catch(() => undefined);
  if (answer?.ok) me.value = (await answer.json()) as Me;
  else if (answer?.status === 401) toSignIn();
}

export const may = (action: string, partner: string): boolean =>
  // Who is on this machine may do everything: also with what is left of a partner that is gone.
  me.value?.via === 'this machine' ||
  me.value?.partners.some((one) => one.partner === partner && one.actions.includes(action)) === true;

/** Comes back to where one is. */
export const toSignIn = (): void => leaveFor(`/sign-in?returnTo=${encodeURIComponent(`/${location.hash}`)}`);

/** @param everywhere on all machines */
export async function signOut(everywhere: boolean): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch('/api/v1/sign-out', { method: 'POST', headers, body: JSON.stringify({ everywhere }) });
  if (answer.ok || answer.status === 401) leaveFor('/sign-in');
}

/** Every question under way is refused when a session ends: each would begin the way to the sign-in anew. */
let isLeaving = false;
addEventListener('pageshow', () => {
  isLeaving = false; // by the browser's own "back"
});

function leaveFor(address: string): void {
  if (isLeaving) return;
  isLeaving = true;
  location.assign(address);
}
