// OAuth 2.0 client credentials (RFC 6749 §4.4): one token per partner. It is renewed while the one before is still good, so that no
// delivery waits for it; one is fetched at a time, and only when there is something to deliver.
import type { Deliver } from '@ess/domain/connector/connector.ts';
import type { ClientCredentials } from '@ess/domain/connector/trust/client-credentials.ts';
import type { TlsSettings } from '@ess/domain/connector/trust/tls.ts';
import { FORM_TYPE } from '@ess/domain/request/form-body.ts';
import { JSON_TYPE } from '@ess/domain/request/media-type.ts';
import { boundedRequest, NoAnswer } from '@ess/runtime/access/bounded-request.ts';
import { Reach } from '@ess/runtime/access/reach.ts';
import { withRemedy } from '@ess/runtime/access/trouble.ts';
import type { Via } from '@ess/runtime/access/tunnel.ts';
import { viaOf } from '@ess/runtime/access/tunnel.ts';
import { signedAssertion } from './client-assertion.ts';
import { tokenIn } from './token-answer.ts';

const TIMEOUT_MS = 5_000;
/** A token is a line; an error page may be long, and is of no use to us. */
const ANSWER_MAX_BYTES = 65_536;
/** So long before its end a token is renewed: time for several tries. A short one is renewed at half of its life. */
const RENEW_BEFORE_MS = 60_000;
/** So long before its end it is sent no more: a request takes time to arrive, and clocks differ. Of a short one a tenth. */
const UNSENT_BEFORE_MS = 5_000;
/** After a renewal that failed: the token at hand goes on meanwhile, and the endpoint is left in peace. */
const RENEW_AGAIN_MS = 1_000;
/** A shorter word would mask ordinary ones in what the provider says. */
const HIDDEN_MIN_CHARS = 6;
const BASIC = 'Basic ';

interface Token {
  readonly text: string;
  readonly renewAtMs: number;
  readonly unsentAtMs: number;
}

interface Question {
  readonly headers: { readonly authorization?: string };
  readonly form: URLSearchParams;
}

export interface TokenOptions {
  readonly credentials: ClientCredentials;
  readonly allow: readonly string[];
  /** The partner's certificates: the token may be bound to the client's (RFC 8705). */
  readonly tls?: TlsSettings | undefined;
  readonly via?: Via | undefined;
  /** Milliseconds that never go back; default: the monotonic clock. */
  readonly now?: () => number;
}

/** That of a connector; undefined when it has none. */
export function openToken({ auth, allow, tls, tokenProxy }: Deliver): OAuthToken | undefined {
  const credentials = auth.oauth2ClientCredentials;
  const via = tokenProxy && viaOf(tokenProxy, allow, tls?.ca);
  return credentials && new OAuthToken({ credentials, allow, tls, via });
}

export class OAuthToken {
  readonly #options: TokenOptions;
  readonly #url: URL;
  readonly #reach: Reach;
  readonly #now: () => number;
  #token: Token | undefined;
  #fetching: Promise<Token> | undefined;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(options: TokenOptions) {
    this.#options = options;
    this.#url = new URL(options.credentials.tokenUrl);
    this.#reach = new Reach(this.#url.protocol, options.allow);
    this.#now = options.now ?? (() => performance.now());
  }

  /** The token when one is at hand that may be sent; otherwise undefined, and `get` fetches it. One that ends soon is renewed meanwhile. */
  get current(): string | undefined {
    const token = this.#token;
    if (token === undefined) return undefined;
    const nowMs = this.#now();
    if (nowMs >= token.unsentAtMs) return undefined;
    if (nowMs >= token.renewAtMs && nowMs >= this.#notBeforeMs) this.#renew();
    return token.text;
  }

  /** @throws when the token endpoint refuses, or gives no answer or no token; the message never holds a credential */
  async get(): Promise<string> {
    return this.current ?? (await this.#fetchOnce()).text;
  }

  /** The partner has refused this one. The next attempt fetches another, unless that has happened: a late answer is about an old one. */
  refused(text: string): void {
    if (this.#token?.text === text) this.#token = undefined;
  }

  #renew(): void {
    if (this.#fetching) return;
    this.#fetchOnce().catch(() => {
      this.#notBeforeMs = this.#now() + RENEW_AGAIN_MS;
    });
  }

  #fetchOnce(): Promise<Token> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<Token> {
    const { tls, via } = this.#options;
    // Its life begins no later than its request.
    const startMs = this.#now();
    const question = await this.#question();
    const { headers, form } = question;
    const answer = await boundedRequest(this.#url, {
      method: 'POST',
      headers: { ...headers, 'content-type': FORM_TYPE, accept: JSON_TYPE },
      body: form.toString(),
      maxBytes: ANSWER_MAX_BYTES,
      timeoutMs: TIMEOUT_MS,
      reach: this.#reach,
      ...(tls && { tls }),
      ...(via && { via }),
    }).catch((error: Error) => {
      throw error instanceof NoAnswer ? new Error(`token endpoint ${explained(error)}`, { cause: error }) : error;
    });
    const { text, lifetimeS } = tokenIn(answer, (said) => this.#hide(said, question));
    const lifetimeMs = lifetimeS * 1000;
    this.#token = {
      text,
      renewAtMs: startMs + Math.max(lifetimeMs - RENEW_BEFORE_MS, lifetimeMs / 2),
      unsentAtMs: startMs + Math.max(lifetimeMs - UNSENT_BEFORE_MS, lifetimeMs * 0.9),
    };
    return this.#token;
  }

  async #question(): Promise<Question> {
    const { credentials } = this.#options;
    const { clientId, scope, audience, resource, parameters } = credentials;
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...parameters });
    if (scope !== undefined) form.set('scope', scope);
    if (audience !== undefined) form.set('audience', audience);
    for (const one of resource ?? []) form.append('resource', one);
    if (credentials.authentication === 'privateKeyJwt') {
      const signed = await signedAssertion(clientId, credentials.assertion);
      for (const [name, value] of Object.entries(signed)) form.set(name, value);
      return { headers: {}, form };
    }
    const { authentication, clientSecret } = credentials;
    if (authentication === 'post') {
      form.set('client_id', clientId);
      form.set('client_secret', clientSecret);
      return { headers: {}, form };
    }
    const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`);
    return { headers: { authorization: BASIC + basic.toString('base64') }, form };
  }

  /** A provider may repeat what it was sent, as it was sent or as it has read it. */
  #hide(said: string, { headers, form }: Question): string {
    const { credentials } = this.#options;
    const own = 'clientSecret' in credentials ? credentials.clientSecret : '';
    const basic = headers.authorization?.slice(BASIC.length) ?? '';
    const assertion = form.get('client_assertion') ?? '';
    return (
      [own, basic, assertion, ...Object.values(credentials.parameters ?? {})]
        .flatMap((secret) => [secret, encodeURIComponent(secret), formEncoded(secret)])
        .filter(({ length }) => length >= HIDDEN_MIN_CHARS)
        // A short one may be the beginning of a long one, whose rest would stand there then.
        .sort((one, other) => other.length - one.length)
        .reduce((text, secret) => text.replaceAll(secret, '***'), said)
    );
  }
}

/** A form encodes more than a URL does, and a blank otherwise. */
function formEncoded(value: string): string {
  return new URLSearchParams({ x: value }).toString().slice('x='.length);
}

/** What is wrong with a connection says what helps. */
function explained({ message, code }: NoAnswer): string {
  return code === undefined ? message : message.slice(0, -code.length) + withRemedy(code);
}
