// GET /view of the observer's admin listener: what `ess lockstep --json` prints, for who has the token. It names rules and causes, so
// that it is not for everybody who reaches the listener.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AdminAnswer } from '@ess/runtime/listener/admin-server.ts';
import type { Question } from '@ess/view/answer.ts';
import type { View } from '@ess/view/view.ts';

export type AskedOfView = Pick<View, 'answer' | 'caughtUp' | 'identityOf'>;

const PARAMETERS = ['partner', 'rule', 'all', 'drifted', 'identity'];

/** @param view undefined while it is built */
export function viewPage(
  view: () => AskedOfView | undefined,
  token: string | undefined,
): (request: IncomingMessage) => Promise<AdminAnswer> {
  return async ({ headers, url }) => {
    if (token === undefined) return refused(404, 'set ESS_VIEW_TOKEN to ask for the view here');
    if (!isSame(headers.authorization ?? '', `Bearer ${token}`))
      return { ...refused(401, 'send ESS_VIEW_TOKEN as a bearer token'), headers: { 'www-authenticate': 'Bearer' } };
    const asked = URL.parse(url ?? '', 'http://view')?.searchParams ?? new URLSearchParams();
    const strange = [...asked.keys()].find((name) => !PARAMETERS.includes(name));
    if (strange !== undefined) return refused(400, `there is no "${strange}": ask for ${PARAMETERS.join(', ')}`);
    const opened = view();
    if (!opened) return { ...refused(503, 'the view is being built'), headers: { 'retry-after': '1' } };
    const partners = asked.getAll('partner');
    const identity = asked.get('identity');
    if (identity !== null && opened.identityOf(partners) !== identity)
      return refused(409, 'this is a view of another cluster, or of other connectors');
    const strangers = partners.filter((name) => opened.identityOf([name]) === undefined);
    if (strangers.length > 0) return refused(404, `there is no partner ${strangers.join(', ')} in this view`);
    // Late: the ages in the answer say so.
    await opened.caughtUp().catch(() => undefined);
    const answer = opened.answer(questionIn(asked));
    return { status: 200, type: 'application/json', body: `${JSON.stringify(answer)}\n` };
  };
}

function questionIn(asked: URLSearchParams): Question {
  const rule = asked.get('rule');
  const partners = asked.getAll('partner');
  return {
    ...(rule !== null && { rule }),
    ...(asked.get('all') === 'true' && { all: true }),
    ...(asked.get('drifted') === 'true' && { drifted: true }),
    ...(partners.length > 0 && { partners: new Set(partners) }),
  };
}

const refused = (status: number, why: string): AdminAnswer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${why}\n`,
});

/** In a time that tells nothing of it. */
const isSame = (given: string, wanted: string): boolean => timingSafeEqual(sha256(given), sha256(wanted));
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
