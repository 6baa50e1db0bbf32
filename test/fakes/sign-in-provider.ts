// A real OpenID Connect issuer (the package oidc-provider) at which people sign in with its own pages, in this process. Whoever types a
// name is it.
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export interface SignInClient {
  readonly id: string;
  readonly secret: string;
  readonly redirectUrl: string;
}

const TTL_S = 3_600;

/** Jest's own makes objects of another realm than a test's, which the provider does not take for plain ones. */
const copyOf = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

export class SignInProvider implements AsyncDisposable {
  readonly issuer: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** @param groups by the name that somebody types; the address in the claim `email` is made of it */
  static async start(
    client: SignInClient,
    groups: Readonly<Record<string, readonly string[]>>,
  ): Promise<SignInProvider> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const made = new SignInProvider(server);
    globalThis.structuredClone = copyOf as typeof structuredClone;
    const provider = new Provider(made.issuer, {
      clients: [
        {
          client_id: client.id,
          client_secret: client.secret,
          redirect_uris: [client.redirectUrl],
          grant_types: ['authorization_code'],
          response_types: ['code'],
        },
      ],
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['groups'] },
      pkce: { required: () => true },
      ttl: { Interaction: TTL_S, Session: TTL_S, Grant: TTL_S, AccessToken: TTL_S, IdToken: TTL_S },
      cookies: { keys: ['a key of the test'] },
      findAccount: (_context, name) => ({
        accountId: name,
        claims: () => ({
          sub: name,
          email: `${name}@example.org`,
          email_verified: true,
          groups: [...(groups[name] ?? [])],
        }),
      }),
    });
    server.on('request', provider.callback());
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
