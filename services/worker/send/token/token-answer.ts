// What a token endpoint answers: a token and how long it is good, or why there is none, in words that may be shown.
import { readsOf } from '@ess/domain/mapping/read-parts.ts';
import { readJson } from '@ess/domain/mapping/strict-json.ts';
import { printable } from '@ess/domain/text/printable.ts';
import type { BoundedAnswer } from '@ess/runtime/access/bounded-request.ts';

const ANSWER_LEVELS = 16;
/** The whole head of a request is at most 16 kB at most servers. */
const TOKEN_MAX_CHARS = 8_192;
/** RFC 6749 §A.12 without the blank: providers have more in it than RFC 6750 lets stand behind "Bearer". A line end is in no header. */
const TOKEN = /^[\x21-\x7e]+$/;
/** What else there is, and how it is written, is the provider's business. */
const READS = readsOf(['access_token', 'token_type', 'expires_in', 'error', 'error_description'].map((name) => [name]));
const DEFAULT_LIFETIME_S = 300;
/** A lifetime of nothing would ask for a token before each delivery; one that is wrong in this direction is answered 401. */
const MIN_LIFETIME_S = 1;
/** A token that is good for years is asked for again once a day: so a change at the other side is noticed. */
const MAX_LIFETIME_S = 86_400;
/** `invalid_client`, and what providers have beside the words of RFC 6749 §5.2. */
const ERROR_MAX_CHARS = 64;
/** A sentence; what is longer is a page. */
const DESCRIPTION_MAX_CHARS = 200;

/**
 * @param hide takes out of a text what was sent as a credential: an error may repeat it
 * @throws saying what is wrong with the answer
 */
export function tokenIn(
  { status, text }: BoundedAnswer,
  hide: (text: string) => string,
): { readonly text: string; readonly lifetimeS: number } {
  const parsed = readJson(text.replace(/^\uFEFF/, ''), ANSWER_LEVELS, READS);
  const body = parsed.ok && typeof parsed.value === 'object' && !Array.isArray(parsed.value) ? parsed.value : {};
  const { access_token: token, token_type: type, expires_in: seconds, error, error_description: why } = body ?? {};
  const said = [shown(error, ERROR_MAX_CHARS, hide), shown(why, DESCRIPTION_MAX_CHARS, hide)]
    .filter(Boolean)
    .join(': ');
  if (status !== 200) throw new Error(`token endpoint answered ${[status, said].join(' ').trimEnd()}`);
  const fault = parsed.ok ? parsed.fault : parsed;
  if (fault) throw new Error(`token endpoint answered 200 without good JSON: ${fault.message}`);
  if (typeof token !== 'string')
    throw new Error(`token endpoint answered 200 without access_token${said === '' ? '' : `: ${said}`}`);
  if (token.length > TOKEN_MAX_CHARS || !TOKEN.test(token))
    throw new Error('token endpoint gave an access_token that cannot be sent: it is no visible ASCII, or too long');
  if (type !== undefined && type !== null && (typeof type !== 'string' || type.toLowerCase() !== 'bearer'))
    throw new Error('token endpoint gave a token_type other than Bearer');
  return { text: token, lifetimeS: lifetimeOf(seconds) };
}

/** Hidden first: what is cut off in the middle would not be known again. */
function shown(said: unknown, maxChars: number, hide: (text: string) => string): string {
  if (typeof said !== 'string') return '';
  const text = printable(hide(said));
  return text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
}

/** Some endpoints write the number as a text. */
function lifetimeOf(seconds: unknown): number {
  const number = typeof seconds === 'string' && /^\d{1,12}$/.test(seconds) ? Number(seconds) : seconds;
  const given = typeof number === 'number' && number >= 0 ? number : DEFAULT_LIFETIME_S;
  return Math.min(Math.max(given, MIN_LIFETIME_S), MAX_LIFETIME_S);
}
