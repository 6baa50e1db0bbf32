// OAuth 2.0 client credentials (RFC 6749 §4.4): one token per partner, fetched when needed and renewed before it ends.
import type { Auth } from '@ess/domain/connector/connector.ts';
import { parseStrictJson } from '@ess/domain/mapping/strict-json.ts';
import type { BoundedAnswer, TlsIdentity } from '@ess/runtime/access/bounded-request.ts';
import { boundedRequest, NoAnswer } from '@ess/runtime/access/bounded-request.ts';
import { Reach } from '@ess/runtime/access/reach.ts';

type Credentials = NonNullable<Auth['oauth2ClientCredentials']>;

const RENEW_BEFORE_MS = 30_000;
const TIMEOUT_MS = 5_000;
/** A token is a line; an error page may be long, and is of no use to us. */
const ANSWER_MAX_BYTES = 65_536;
const ANSWER_LEVELS = 16;
/** The whole head of a request is at most 16 kB at most servers. */
const TOKEN_MAX_CHARS = 8_192;
/** RFC 6750 §2.1 (b64token): what may stand behind "Bearer". A line end in it would make a header that cannot be sent, for ever. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const DEFAULT_LIFETIME_S = 300;
/** A lifetime of nothing would ask for a token before each delivery; one that is wrong in this direction is answered 401. */
const MIN_LIFETIME_S = 10;
/** A token that is good for years is asked for again once a day: so a change at the other side is noticed. */
const MAX_LIFETIME_S = 86_400;
/** RFC 6749 §5.2. No other word of the answer is shown: it may be a credential that was sent. */
const ERRORS = /^(invalid_(request|client|grant|scope)|unauthorized_client|unsupported_grant_type)$/;

export class OAuthToken {
  readonly #credentials: Credentials;
  readonly #url: URL;
  readonly #reach: Reach;
  readonly #tls: TlsIdentity | undefined;
  #token: { readonly text: string; readonly renewAtMs: number } | undefined;
  #fetching: Promise<string> | undefined;

  /** @param tls the partner's client certificate, which the token may be bound to (RFC 8705) */
  constructor(credentials: Credentials, allow: readonly string[], tls?: TlsIdentity) {
    this.#credentials = credentials;
    this.#url = new URL(credentials.tokenUrl);
    this.#reach = new Reach(this.#url.protocol, allow);
    this.#tls = tls;
  }

  /** The token when a fresh one is at hand; otherwise undefined, and `get` fetches it. */
  get current(): string | undefined {
    return this.#token && this.#token.renewAtMs > Date.now() ? this.#token.text : undefined;
  }

  /** @throws when the token endpoint refuses, or gives no answer or no token; the message never holds a credential */
  get(): Promise<string> {
    const { current } = this;
    if (current !== undefined) return Promise.resolve(current);
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  /** The partner refused the token: the next attempt fetches another. */
  forget(): void {
    this.#token = undefined;
  }

  async #fetch(): Promise<string> {
    const { clientId, clientSecret, scope } = this.#credentials;
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) });
    const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64');
    const answer = await boundedRequest(this.#url, {
      method: 'POST',
      headers: {
        authorization: `Basic ${basic}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: form.toString(),
      maxBytes: ANSWER_MAX_BYTES,
      timeoutMs: TIMEOUT_MS,
      reach: this.#reach,
      ...(this.#tls && { tls: this.#tls }),
    }).catch((error: Error) => {
      throw error instanceof NoAnswer ? new Error(`token endpoint ${error.message}`, { cause: error }) : error;
    });
    const { text, lifetimeS } = tokenIn(answer);
    const lifetimeMs = lifetimeS * 1000;
    this.#token = { text, renewAtMs: Date.now() + Math.max(lifetimeMs - RENEW_BEFORE_MS, lifetimeMs / 2) };
    return text;
  }
}

/** @throws saying what is wrong with the answer, in words of ours */
function tokenIn({ status, text }: BoundedAnswer): { readonly text: string; readonly lifetimeS: number } {
  const parsed = parseStrictJson(text, ANSWER_LEVELS);
  const body = parsed.ok && typeof parsed.value === 'object' && !Array.isArray(parsed.value) ? parsed.value : {};
  const { access_token: token, token_type: type, expires_in: seconds, error } = body ?? {};
  if (status !== 200) {
    const why = typeof error === 'string' && ERRORS.test(error) ? ` ${error}` : '';
    throw new Error(`token endpoint answered ${status}${why}`);
  }
  if (!parsed.ok) throw new Error(`token endpoint answered 200 without good JSON: ${parsed.message}`);
  if (typeof token !== 'string') throw new Error('token endpoint answered 200 without access_token');
  if (token.length > TOKEN_MAX_CHARS || !TOKEN.test(token))
    throw new Error('token endpoint gave an access_token that cannot be sent (RFC 6750)');
  if (type !== undefined && (typeof type !== 'string' || type.toLowerCase() !== 'bearer'))
    throw new Error('token endpoint gave a token_type other than Bearer');
  return { text: token, lifetimeS: lifetimeOf(seconds) };
}

/** Some endpoints write the number as a text. */
function lifetimeOf(seconds: unknown): number {
  const number = typeof seconds === 'string' && /^\d{1,12}$/.test(seconds) ? Number(seconds) : seconds;
  const given = typeof number === 'number' && number >= 0 ? number : DEFAULT_LIFETIME_S;
  return Math.min(Math.max(given, MIN_LIFETIME_S), MAX_LIFETIME_S);
}
