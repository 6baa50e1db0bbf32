// Whether a page of another site makes the browser ask. A browser says so in Origin and Sec-Fetch-Site, and a page cannot
// change either (Fetch Standard, forbidden request headers).
import type { IncomingMessage } from 'node:http';

const OWN = new Set(['same-origin', 'none']);

/** @returns undefined: it may ask; else what is wrong */
export function strangeOrigin({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (origin !== undefined && URL.parse(origin)?.host !== host) return 'a page of another origin may not ask here';
  // A link on another site may lead to the page itself.
  const isVisit = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  if (typeof site === 'string' && !OWN.has(site) && !isVisit) return 'a page of another site may not ask here';
  return undefined;
}
