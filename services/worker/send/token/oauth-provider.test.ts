// Tokens of a real provider (oidc-provider) over TLS: each way in which a client shows who it is, and what it may ask for.
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { ClientCredentials } from '@ess/domain/connector/trust/client-credentials.ts';
import { issueCertificate } from '@ess/infra/demo/certificate.ts';
import { RESOURCE, TokenProvider } from '@ess/test/fakes/token-provider.ts';
import { clientCredentials } from '@ess/test/harness/data/client-credentials.ts';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { OAuthToken } from './oauth-token.ts';

const authority = issueCertificate({ commonName: 'county authority' });
const own = issueCertificate({ commonName: 'ess', issuer: authority });
const certificate = issueCertificate({ commonName: 'provider', issuer: authority });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = (key: typeof rsa, kid: string) => ({ ...key.publicKey.export({ format: 'jwk' }), kid, use: 'sig' });
const pem = ({ privateKey }: typeof rsa) => privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const SECRET = 'planted-client-secret of 1+1/2=%';
const CLIENTS = [
  { client_id: 'basic', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_basic' },
  { client_id: 'post', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post' },
  {
    client_id: 'key',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [jwk(rsa, 'first'), jwk(ec, 'second')] },
  },
  {
    client_id: 'bound',
    client_secret: SECRET,
    token_endpoint_auth_method: 'client_secret_post',
    tls_client_certificate_bound_access_tokens: true,
  },
] as const;

let provider: TokenProvider;
beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => undefined); // it says that its keys are not for production
  jest.spyOn(console, 'info').mockImplementation(() => undefined);
  provider = await TokenProvider.start(certificate, CLIENTS, authority.cert);
});
afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  jest.restoreAllMocks();
});

const open = (more: Partial<ClientCredentials>, tls: object = {}) =>
  new OAuthToken({
    credentials: clientCredentials(provider.tokenUrl, { clientSecret: SECRET, ...more }),
    allow: ['127.0.0.0/8', '::1'],
    tls: { ca: authority.cert, ...tls },
  });
const factsOf = async (token: OAuthToken) => provider.factsOf(`Bearer ${await token.get()}`);
const assertion = (keys: typeof rsa, algorithm: string, more = {}) =>
  ({
    clientId: 'key',
    authentication: 'privateKeyJwt',
    assertion: { privateKey: pem(keys), algorithm, audience: provider.tokenUrl, ...more },
  }) as const;

describe('a token is given', () => {
  test('for a secret in a header, whatever characters it has', async () => {
    expect(await factsOf(open({ clientId: 'basic' }))).toMatchObject({ clientId: 'basic' });
    expect(provider.asked.at(-1)?.has('client_secret')).toBe(false);
  });

  test('for a secret in the form', async () => {
    expect(await factsOf(open({ clientId: 'post', authentication: 'post' }))).toMatchObject({ clientId: 'post' });
  });

  test.each(['RS256', 'PS256'])('for a JWT signed with %s', async (algorithm) => {
    expect(await factsOf(open(assertion(rsa, algorithm)))).toMatchObject({ clientId: 'key' });
    expect(provider.asked.at(-1)?.has('client_secret')).toBe(false);
  });

  test('for a JWT of the key that is named, to the issuer', async () => {
    const credentials = assertion(ec, 'ES256', { keyId: 'second', audience: provider.issuer });
    expect(await factsOf(open(credentials))).toMatchObject({ clientId: 'key' });
  });

  test('for each JWT once: each request has one of its own', async () => {
    const token = open(assertion(rsa, 'RS256'));
    const first = await token.get();
    token.refused(first);
    const second = await token.get();
    expect(second).not.toBe(first);
    expect(provider.asked.at(-1)?.get('client_assertion')).not.toBe(provider.asked.at(-2)?.get('client_assertion'));
  });

  test('for a resource and a scope, and it is for them', async () => {
    const facts = await factsOf(open({ clientId: 'basic', resource: [RESOURCE], scope: 'rules:write' }));
    expect(facts).toMatchObject({ aud: RESOURCE, scope: 'rules:write' });
  });

  test('with an audience and extra parameters, which are sent', async () => {
    await open({ clientId: 'basic', audience: 'rules & more', parameters: { tenant: '4=2' } }).get();
    expect(Object.fromEntries(provider.asked.at(-1) ?? [])).toEqual({
      grant_type: 'client_credentials',
      audience: 'rules & more',
      tenant: '4=2',
    });
  });

  test('and is bound to the client certificate that it was asked for with', async () => {
    const bound = { clientId: 'bound', authentication: 'post' } as const;
    const facts = await factsOf(open(bound, { cert: own.cert, key: own.key }));
    const thumbprint = createHash('sha256').update(new X509Certificate(own.cert).raw).digest('base64url');
    expect(facts?.['x5t#S256']).toBe(thumbprint);
    await expect(open(bound).get()).rejects.toThrow(/^token endpoint answered 400 invalid_grant: /);
  });
});

describe('there is none, and it is told why', () => {
  test.each<readonly [name: string, more: () => Partial<ClientCredentials>, told: string]>([
    [
      'for a wrong secret',
      () => ({ clientId: 'basic', clientSecret: 'planted-wrong' }),
      '401 invalid_client: client authentication failed',
    ],
    [
      'for a client that is not known',
      () => ({ clientId: 'nobody' }),
      '401 invalid_client: client authentication failed',
    ],
    ['in the wrong way', () => ({ clientId: 'key' }), '401 invalid_client: client authentication failed'],
    [
      'for a key that is not registered',
      () => assertion(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256'),
      '401 invalid_client: client authentication failed',
    ],
    ['for a scope that it has not', () => ({ clientId: 'basic', scope: 'rules:delete' }), '400 invalid_scope: '],
    [
      'for a resource that is none',
      () => ({ clientId: 'basic', resource: ['no uri'] }),
      '400 invalid_target: resource indicator must be an absolute URI',
    ],
  ])('%s', async (_name, more, told) => {
    const failed = await open(more())
      .get()
      .catch(({ message }: Error) => message);
    expect(failed).toMatch(new RegExp(`^token endpoint answered ${told}`));
    expect(failed).not.toContain('planted');
  });

  test('when its authority is not known', async () => {
    const token = open({ clientId: 'basic' }, { ca: own.cert });
    await expect(token.get()).rejects.toThrow(
      /^token endpoint https:\/\/localhost:\d+ gave no answer: SELF_SIGNED_CERT_IN_CHAIN: .*deliver\.tls\.ca/,
    );
  });
});
