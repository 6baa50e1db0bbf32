// A real OAuth provider (the package oidc-provider) over TLS, in this process. Its tokens are opaque: whether one is good, it says itself.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Certificate } from '@ess/infra/demo/certificate.ts';
import { Provider } from 'oidc-provider';

export interface TokenClient {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly token_endpoint_auth_method: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';
  readonly jwks?: { readonly keys: readonly object[] };
  readonly tls_client_certificate_bound_access_tokens?: boolean;
}

/** What the provider has of a token. */
export interface TokenFacts {
  readonly clientId: string;
  readonly scope?: string;
  readonly aud?: string | readonly string[];
  /** Thumbprint of the certificate that it is bound to. */
  readonly 'x5t#S256'?: string;
  readonly isExpired: boolean;
}

/** Jest's own makes objects of another realm than a test's, which the provider does not take for plain ones. */
const copyOf = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

export const RESOURCE = 'https://partner.example/api';

export class TokenProvider implements AsyncDisposable {
  /** Seconds that a token is good for. */
  lifetimeS = 600;
  /** Parameters of the token requests so far. */
  readonly asked: URLSearchParams[] = [];
  /** The most token requests that were in flight at one time. */
  mostAtOnce = 0;
  #inFlight = 0;
  /** Answers instead of it, while there is one. */
  instead: ((response: ServerResponse) => void) | undefined;
  readonly #server: Server;
  #provider!: {
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    ClientCredentials: { find(token: string): Promise<TokenFacts | undefined> };
  };

  private constructor(certificate: Certificate, ca: string | undefined) {
    const mtls = ca === undefined ? {} : { requestCert: true, rejectUnauthorized: false, ca };
    this.#server = createServer({ ...certificate, ...mtls }, (request, response) => {
      this.#inFlight += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#inFlight);
      response.once('close', () => {
        this.#inFlight -= 1;
      });
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk;
      });
      request.once('end', () => this.asked.push(new URLSearchParams(body)));
      if (this.instead) request.once('end', () => this.instead?.(response));
      else this.#provider.callback()(request, response);
    });
    this.#server.on('tlsClientError', () => undefined);
  }

  /** @param ca whose client certificates it looks at */
  static async start(certificate: Certificate, clients: readonly TokenClient[], ca?: string): Promise<TokenProvider> {
    const made = new TokenProvider(certificate, ca);
    await once(made.#server.listen(0, '127.0.0.1'), 'listening');
    globalThis.structuredClone = copyOf as typeof structuredClone;
    const lifetime = () => made.lifetimeS;
    made.#provider = new Provider(made.issuer, {
      clients: clients.map((client) => ({
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        scope: 'rules:write',
        ...client,
      })),
      scopes: ['rules:write', 'rules:delete'],
      clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      ttl: { ClientCredentials: lifetime },
      extraParams: ['audience', 'tenant'],
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        mTLS: {
          enabled: ca !== undefined,
          certificateBoundAccessTokens: true,
          getCertificate: ({ socket }) => (socket as TLSSocket).getPeerX509Certificate(),
        },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: () => ({ scope: 'rules:write', accessTokenTTL: made.lifetimeS }),
        },
      },
    });
    return made;
  }

  get issuer(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  get tokenUrl(): string {
    return `${this.issuer}/token`;
  }

  /** Of the value of `authorization`; undefined for one that it has not given out, or that has ended. */
  async factsOf(authorization: string | undefined): Promise<TokenFacts | undefined> {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    const facts = token === undefined ? undefined : await this.#provider.ClientCredentials.find(token);
    return facts?.isExpired ? undefined : facts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
