// Who asks: a partner, by API key or token. Partners without a stream, unknown keys and unknown subjects are told the same.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { apiKeyOwners, hashApiKey } from '@ess/runtime/access/api-key.ts';
import type { JwtVerifier } from '@ess/runtime/access/jwt.ts';
import { bearerToken } from '@ess/runtime/access/jwt.ts';

export interface Principal {
  readonly partner: string;
  /** Hash of the API key, or subject of the token, that let it in. */
  readonly by: { readonly apiKeyHash: string } | { readonly subject: string };
  /** When a token ends: a stream ends with it. */
  readonly expiresAtMs?: number;
}

export type Admission =
  | { readonly kind: 'in'; readonly principal: Principal }
  | { readonly kind: 'unauthorized'; readonly detail: string }
  /** A stream that was switched off; only for a partner that proved who it is. */
  | { readonly kind: 'disabled' }
  /** No key could be fetched to judge the token: later it may be good. */
  | { readonly kind: 'later' };

const UNAUTHORIZED: Admission = {
  kind: 'unauthorized',
  detail: 'show an API key (x-api-key) or a token (authorization: Bearer) that is valid here',
};
/** What `ess keys new` makes begins with it; also taken as a bearer. */
const KEY_PREFIX = 'ess_';

export class Principals {
  readonly #jwt: JwtVerifier | undefined;
  readonly #connectors = new Map<string, Connector>();
  #owner: (key: unknown) => string | undefined = () => undefined;
  #partnerOf = new Map<string, string>();

  readonly #onKnown: (request: object) => void;

  /** @param onKnown told of every request that has shown whose it is */
  constructor(jwt: JwtVerifier | undefined, onKnown: (request: object) => void = () => undefined) {
    this.#jwt = jwt;
    this.#onKnown = onKnown;
  }

  put(connector: Connector): void {
    this.#connectors.set(connector.partner, connector);
    this.#index();
  }

  remove(partner: string): void {
    this.#connectors.delete(partner);
    this.#index();
  }

  /** @param accessToken of the query: for EventSource, which cannot send headers; tokens only, never an API key */
  async admit(request: Pick<IncomingMessage, 'headers'>, accessToken: string | null): Promise<Admission> {
    const admission = await this.#judge(request.headers, accessToken);
    if (admission.kind === 'in' || admission.kind === 'disabled') this.#onKnown(request);
    return admission;
  }

  async #judge(headers: IncomingHttpHeaders, accessToken: string | null): Promise<Admission> {
    const bearer = bearerToken(headers.authorization);
    const key = headers['x-api-key'] ?? (bearer?.startsWith(KEY_PREFIX) ? bearer : undefined);
    if (key !== undefined) {
      const partner = this.#owner(key);
      if (partner === undefined) return UNAUTHORIZED;
      return this.#open({ partner, by: { apiKeyHash: hashApiKey(String(key)) } });
    }
    const token = bearer ?? accessToken ?? undefined;
    if (token === undefined || !this.#jwt) return UNAUTHORIZED;
    const verdict = await this.#jwt(token);
    if (!verdict.ok) return verdict.reason === 'keys-away' ? { kind: 'later' } : UNAUTHORIZED;
    const { subject, expiresAtMs } = verdict;
    const partner = this.#partnerOf.get(subject);
    // The tolerance for clocks is for the start of a token's life: a stream must end by itself.
    if (partner === undefined || expiresAtMs <= Date.now()) return UNAUTHORIZED;
    return this.#open({ partner, by: { subject }, expiresAtMs });
  }

  /** Whether a stream that was let in may go on. */
  isGood({ partner, by }: Principal): boolean {
    const connector = this.#connectors.get(partner);
    if (!connector?.stream.enabled) return false;
    return 'subject' in by
      ? connector.access.jwtSubject === by.subject
      : connector.access.apiKeyHashes.includes(by.apiKeyHash);
  }

  #open(principal: Principal): Admission {
    const enabled = this.#connectors.get(principal.partner)?.stream.enabled;
    return enabled ? { kind: 'in', principal } : { kind: 'disabled' };
  }

  #index(): void {
    const connectors = [...this.#connectors.values()];
    this.#owner = apiKeyOwners(
      connectors.flatMap(({ partner, access }) => access.apiKeyHashes.map((hash) => [hash, partner] as const)),
    );
    this.#partnerOf = new Map(
      connectors.flatMap(({ partner, access }) =>
        access.jwtSubject === undefined ? [] : [[access.jwtSubject, partner]],
      ),
    );
  }
}
