// Asks the process that keeps the view, where one runs on this machine: it has read everything already. It is found by the file:
// whoever writes it has it locked, and has written beside it where it can be asked.
import { readFile } from 'node:fs/promises';
import type { LockstepAnswer, Question } from '../answer.ts';
import { isLocked } from './file-lock.ts';

/** A command has other ways: it need not be patient. */
const ANSWER_WITHIN_MS = 10_000;

/** Where whoever writes the file can be asked. */
export const urlFileOf = (viewFile: string): string => `${viewFile}.url`;

export interface AskOptions {
  readonly file: string;
  readonly token: string;
  readonly partners: readonly string[];
  /** What the answer must be of (stamp.ts): another view is not asked. */
  readonly identity: string;
}

/** @returns undefined: nobody keeps such a view here. @throws where one is, and cannot be asked */
export async function askedView(
  { file, token, partners, identity }: AskOptions,
  { rule, all, drifted }: Question,
): Promise<LockstepAnswer | undefined> {
  if (!isLocked(file)) return undefined;
  const url = new URL(await readFile(urlFileOf(file), 'utf8'));
  for (const partner of partners) url.searchParams.append('partner', partner);
  url.searchParams.append('identity', identity);
  if (rule !== undefined) url.searchParams.append('rule', rule);
  if (all) url.searchParams.append('all', 'true');
  if (drifted) url.searchParams.append('drifted', 'true');
  const headers = { authorization: `Bearer ${token}` };
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const answer = await fetch(url, { headers, redirect: 'error', signal });
  if (answer.status === 409) return undefined;
  if (!answer.ok) throw new Error(`${url.origin} answers ${answer.status}: ${(await answer.text()).trim()}`);
  return (await answer.json()) as LockstepAnswer;
}
