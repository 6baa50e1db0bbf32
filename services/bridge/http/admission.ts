// Who asks for something that is answered at once: the principal, or the Problem that says why not. (A stream that cannot be
// let in is told otherwise: stream-route.ts.)
import type { IncomingMessage } from 'node:http';
import type { Principal, Principals } from '../principals.ts';
import { HttpProblem } from './http-answer.ts';

const RETRY_AFTER_S = 2;
export const RETRY_AFTER = { 'retry-after': String(RETRY_AFTER_S) };

/** @throws Problem 401, 403 or 503 */
export async function principalOf(principals: Principals, request: IncomingMessage, url: URL): Promise<Principal> {
  const admission = await principals.admit(request, url.searchParams.get('access_token'));
  switch (admission.kind) {
    case 'in':
      return admission.principal;
    case 'unauthorized':
      throw unauthorized(admission.detail);
    case 'disabled':
      throw new HttpProblem(403, 'No stream', 'this partner has no stream');
    case 'later':
      throw notNow('the token cannot be judged now');
  }
}

export function unauthorized(detail: string): HttpProblem {
  return new HttpProblem(401, 'Unauthorized', detail, { 'www-authenticate': 'Bearer realm="ess"' });
}

export const notNow = (why: string): HttpProblem => new HttpProblem(503, 'Not now', why, RETRY_AFTER);
