// Whether a page of another site makes the browser ask. A browser says so in Origin and Sec-Fetch-Site, and a page cannot
// change either (Fetch Standard, forbidden request headers).
import type { IncomingMessage } from 'node:http';

type Asking = Pick<IncomingMessage, 'headers'> & { readonly method?: string | undefined };

const OWN = new Set(['same-origin', 'none']);
const READING = new Set(['GET', 'HEAD']);
/** Where the console is public, its scheme counts as well: what http brings there anybody on the way may have written. */
const isOwnOrigin = ({ origin, host }: IncomingMessage['headers'], publicOrigin = ''): boolean =>
  origin === publicOrigin || (URL.parse(origin ?? '')?.host === host && URL.parse(publicOrigin)?.host !== host);

/**
 * @param publicOrigin where browsers reach the console, when a proxy in front gives it another Host
 * @param mayVisit a link on another site may lead to the page itself, and to nothing that it asks
 * @returns undefined: it may ask; else what is wrong
 */
export function strangeOrigin(
  { headers, method }: Asking,
  publicOrigin: string | undefined,
  mayVisit: boolean,
): string | undefined {
  const site = headers['sec-fetch-site'];
  if (headers.origin !== undefined && !isOwnOrigin(headers, publicOrigin))
    return 'a page of another origin may not ask here';
  const isVisit =
    mayVisit &&
    READING.has(method ?? '') &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document';
  if (typeof site === 'string' && !OWN.has(site) && !isVisit) return 'a page of another site may not ask here';
  return undefined;
}

/** Whether what changes something may come from elsewhere: a browser says of each such question where it comes from. */
export const fromElsewhere = ({ headers }: Asking): boolean =>
  headers.origin === undefined && headers['sec-fetch-site'] !== 'same-origin';

/** Only JSON changes something: no form of another site can send it. @returns undefined: it may; else the status and why */
export function strangeChange(request: Asking): readonly [status: number, why: string] | undefined {
  const { method = '', headers } = request;
  if (READING.has(method) || method === 'OPTIONS') return undefined;
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? ''))
    return [415, 'send JSON, with content-type: application/json'];
  // A program that has no cookie needs no page.
  if (headers.cookie !== undefined && fromElsewhere(request))
    return [403, 'send Origin or Sec-Fetch-Site with what changes something, as browsers do'];
  return undefined;
}

/** Whether a proxy has brought it: where nobody signs in, whoever asks is to be on this machine. */
export const wasForwarded = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  Object.keys(headers).some((name) => name === 'via' || name === 'forwarded' || name.startsWith('x-forwarded-'));
