// Headers that no connector may set: those that ESS sets, those of the connection, and accept-encoding, which would
// change how an answer has to be read. `Expect` would make the HTTP client refuse every request.
import type { FieldPath, Findings } from '../text/problem.ts';

const SET_BY_ESS =
  /^(webhook-.*|ess-.*|content-(type|length|encoding)|host|user-agent|traceparent|tracestate|accept-encoding|connection|keep-alive|proxy-.*|transfer-encoding|te|trailer|upgrade|expect)$/;

/**
 * @param name in lower case
 * @param isTaken the request has one of this name already
 * @returns false when it was told why not
 */
export function mayBeSet(
  name: string,
  isTaken: boolean,
  at: FieldPath,
  findings: Findings,
  instead = 'use another header',
): boolean {
  if (SET_BY_ESS.test(name)) findings.add(at, `the header ${name} is set by ESS`, instead);
  else if (isTaken) findings.add(at, `the header ${name} is set twice`, 'keep one of them');
  else return true;
  return false;
}
