// OAuth 2.0 client credentials (RFC 6749 §4.4): one token per partner, fetched when needed and renewed before it ends.
import type { Auth } from '@ess/domain/connector.ts';
import { Agent, request } from 'undici';
import { guardedConnect } from './connect.ts';

type Credentials = NonNullable<Auth['oauth2ClientCredentials']>;

const RENEW_BEFORE_MS = 30_000;
const TIMEOUT_MS = 5_000;
const DEFAULT_LIFETIME_S = 300;

export class OAuthToken {
  readonly #credentials: Credentials;
  readonly #agent: Agent;
  #token: { readonly text: string; readonly endsAtMs: number } | undefined;
  #fetching: Promise<string> | undefined;

  constructor(credentials: Credentials, allow: readonly string[]) {
    this.#credentials = credentials;
    this.#agent = new Agent({ connect: guardedConnect(new URL(credentials.tokenUrl).hostname, allow) });
  }

  /** The token when a fresh one is at hand; otherwise undefined, and `get` fetches it. */
  get current(): string | undefined {
    return this.#token && this.#token.endsAtMs - RENEW_BEFORE_MS > Date.now() ? this.#token.text : undefined;
  }

  /** @throws when the token endpoint refuses or does not answer; the message never holds a credential */
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
    const { tokenUrl, clientId, clientSecret, scope } = this.#credentials;
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) });
    const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64');
    const answer = await request(tokenUrl, {
      method: 'POST',
      dispatcher: this.#agent,
      headers: {
        authorization: `Basic ${basic}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: form.toString(),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = (await answer.body.json().catch(() => ({}))) as { access_token?: unknown; expires_in?: unknown };
    if (answer.statusCode !== 200 || typeof body.access_token !== 'string')
      throw new Error(`token endpoint answered ${answer.statusCode}`);
    const lifetimeS = typeof body.expires_in === 'number' ? body.expires_in : DEFAULT_LIFETIME_S;
    this.#token = { text: body.access_token, endsAtMs: Date.now() + lifetimeS * 1000 };
    return body.access_token;
  }
}
