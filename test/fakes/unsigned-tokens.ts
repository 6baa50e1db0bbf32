// A token endpoint that gives what Kafka takes where nobody has set how tokens are checked: JWTs without a signature.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface UnsignedTokens extends AsyncDisposable {
  readonly url: string;
  /** Tokens given so far. */
  readonly fetched: number;
}

/** @param subject who a token is of @param lifetimeSeconds of each */
export async function startUnsignedTokens(subject: string, lifetimeSeconds = 600): Promise<UnsignedTokens> {
  let fetched = 0;
  const server = createServer((_request, response) => {
    fetched += 1;
    const nowSeconds = Date.now() / 1_000;
    const claims = { sub: subject, iat: nowSeconds, exp: nowSeconds + lifetimeSeconds };
    const token = `${part({ alg: 'none' })}.${part(claims)}.`;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: lifetimeSeconds }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    get fetched() {
      return fetched;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
