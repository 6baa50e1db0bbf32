// What senders ask before they send, where a connector allows it: the CloudEvents webhook handshake (OPTIONS), and a
// challenge in the query of a GET. Nothing is ever called back: an address in a request is not followed.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Handshake } from '@ess/domain/connector/connector.ts';

export interface Greeting {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** CloudEvents "HTTP 1.1 Web Hooks", section 4. @returns undefined: not welcome */
export function greetOrigin({ cloudEvents }: Handshake, headers: IncomingHttpHeaders): Greeting | undefined {
  const origin = headers['webhook-request-origin'];
  if (cloudEvents === undefined || typeof origin !== 'string') return undefined;
  if (!cloudEvents.origins.includes(origin.toLowerCase())) return undefined;
  const asked = headers['webhook-request-rate'];
  const allowed =
    cloudEvents.perMinute ?? (typeof asked === 'string' && /^\d{1,9}$/.test(asked) ? Number(asked) : undefined);
  return {
    headers: {
      allow: 'POST',
      'webhook-allowed-origin': origin.toLowerCase(),
      ...(allowed !== undefined && { 'webhook-allowed-rate': String(allowed) }),
    },
    body: '',
  };
}

/** @returns undefined: not welcome */
export function answerChallenge({ challenge }: Handshake, query: URLSearchParams): Greeting | undefined {
  if (challenge === undefined) return undefined;
  const words = query.getAll(challenge.parameter);
  const [word = ''] = words;
  // Sent back as it is: so it must be nothing that a browser could take for a page.
  if (words.length !== 1 || !/^[\w.~+/=-]{1,256}$/.test(word)) return undefined;
  if (challenge.token && !sameText(query.get(challenge.token.parameter) ?? '', challenge.token.value)) return undefined;
  return { headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }, body: word };
}

function sameText(given: string, secret: string): boolean {
  const sha256 = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(sha256(given), sha256(secret));
}
