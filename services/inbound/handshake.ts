// What senders ask before they send, where a connector allows it: the CloudEvents webhook handshake (OPTIONS), a challenge in
// the query of a GET or a POST (as Microsoft Graph does), or one in the body of a POST (as Slack does). Nothing is ever called
// back: an address in a request is not followed.
import type { IncomingHttpHeaders } from 'node:http';
import type { Handshake } from '@ess/domain/connector/connector.ts';
import { sameText } from './gate.ts';

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

/** Sent back as it is: so it must be nothing that a browser could take for a page. Some senders write a sentence. */
const WORD = /^[\x20-\x7e]{1,1024}$/;
const MARKUP = /[<>&"'`]/;
const isWord = (word: unknown): word is string => typeof word === 'string' && WORD.test(word) && !MARKUP.test(word);
const NO_SNIFF = { 'x-content-type-options': 'nosniff' };

/** @returns undefined: not welcome, or nothing is asked */
export function answerChallenge({ challenge }: Handshake, query: URLSearchParams): Greeting | undefined {
  if (challenge === undefined) return undefined;
  const { parameter, token } = challenge;
  const [word, ...more] = query.getAll(parameter);
  if (more.length > 0 || !isWord(word)) return undefined;
  if (token && !sameText(query.get(token.parameter), token.value)) return undefined;
  return { headers: { 'content-type': 'text/plain; charset=utf-8', ...NO_SNIFF }, body: word };
}

/** `{"type":"url_verification","challenge":…}`. @returns undefined: not welcome, or it is an event */
export function answerVerification({ challenge }: Handshake, document: object): Greeting | undefined {
  if (challenge === undefined) return undefined;
  const { parameter, token } = challenge;
  const told = document as Readonly<Record<string, unknown>>;
  const word = told[parameter];
  if (told['type'] !== 'url_verification' || !isWord(word)) return undefined;
  const secret = token && told[token.parameter];
  if (token && !sameText(secret, token.value)) return undefined;
  const body = JSON.stringify({ [parameter]: word });
  return { headers: { 'content-type': 'application/json', ...NO_SNIFF }, body };
}
