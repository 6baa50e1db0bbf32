// A client's credentials for a token endpoint, as a connector is compiled to: what is common to the tests of tokens.
import type { ClientCredentials } from '@ess/domain/connector/trust/client-credentials.ts';

export const clientCredentials = (tokenUrl: string, more: Partial<ClientCredentials> = {}) =>
  ({
    tokenUrl,
    clientId: 'ess',
    clientSecret: 'planted-client-secret',
    authentication: 'basic',
    ...more,
  }) as ClientCredentials;
