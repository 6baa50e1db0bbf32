import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from '@jest/globals';
import { exportJWK, SignJWT } from 'jose';
import type { JwtRefusal } from './jwt.ts';
import { bearerToken, createJwtVerifier } from './jwt.ts';
import { remoteKeys } from './jwt-keys.ts';

const ours = { issuer: 'https://gateway.test', audience: 'ess' };
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
const nowS = () => Math.floor(Date.now() / 1000);
const good = () => ({ iss: ours.issuer, aud: ours.audience, sub: 'hospital', exp: nowS() + 60, iat: nowS() });
type Claims = Record<string, unknown>;
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (claims: Claims, header: object = {}, key: KeyObject = ec.privateKey): string => {
  const head = part({ alg: 'ES256', typ: 'JWT', ...header });
  const signed = `${head}.${part(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
};
const hmac = (claims: Claims, secret: string, alg = 'HS256'): string => {
  const signed = `${part({ alg, typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
};
const verify = createJwtVerifier({ ...ours, keys: { key: pem(ec.publicKey) } });
const verifyRsa = createJwtVerifier({ ...ours, keys: { key: pem(rsa.publicKey) } });

const servers: Array<ReturnType<typeof createServer>> = [];
afterAll(() => {
  for (const server of servers) server.close();
});

/** Serves what `answer` says; counts the requests. */
async function keyServer(answer: () => { status: number; body: string } | 'hang') {
  const seen = { requests: 0 };
  const server = createServer((_, response) => {
    seen.requests += 1;
    const told = answer();
    if (told !== 'hang') response.writeHead(told.status, { 'content-type': 'application/json' }).end(told.body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`, seen };
}

test('a good token names its subject and when it ends', async () => {
  const claims = good();
  expect(await verify(token(claims))).toEqual({
    ok: true,
    subject: 'hospital',
    expiresAtMs: claims.exp * 1000,
    claims,
  });
  const signed = await new SignJWT(good()).setProtectedHeader({ alg: 'RS256' }).sign(rsa.privateKey);
  expect(await verifyRsa(signed)).toMatchObject({ ok: true, subject: 'hospital' });
  expect(await verify(token({ ...good(), aud: ['other', 'ess'] }))).toMatchObject({ ok: true });
  expect(await verify(token({ ...good(), exp: nowS() - 10 }))).toMatchObject({ ok: true }); // within the tolerance
});

test.each([undefined, 'JWT', 'jwt', 'application/jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt'])(
  'a token of type %p is one for us',
  async (typ) => {
    expect(await verify(token(good(), { typ }))).toMatchObject({ ok: true, subject: 'hospital' });
  },
);

const cut = (text: string, at: number) => text.slice(0, at);
const ATTACKS: ReadonlyArray<readonly [name: string, reason: JwtRefusal, make: () => string | undefined]> = [
  ['no token', 'missing', () => undefined],
  ['an empty token', 'missing', () => ''],
  ['no signature, alg none', 'algorithm', () => `${part({ alg: 'none' })}.${part(good())}.`],
  ['alg NoNe', 'algorithm', () => `${part({ alg: 'NoNe' })}.${part(good())}.`],
  ['alg none with a signature', 'algorithm', () => token(good(), { alg: 'none' })],
  ['the public key as an HS256 secret', 'algorithm', () => hmac(good(), pem(ec.publicKey))],
  ['an empty HS256 secret', 'algorithm', () => hmac(good(), '')],
  ['HS256 called RS256', 'algorithm', () => hmac(good(), pem(ec.publicKey), 'RS256')],
  ['an ES256 signature called RS256', 'algorithm', () => token(good(), { alg: 'RS256' })],
  ['no alg', 'malformed', () => token(good(), { alg: undefined })],
  ["a stranger's key", 'signature', () => token(good(), {}, stranger.privateKey)],
  [
    "a stranger's key in the header",
    'signature',
    () => token(good(), { jwk: stranger.publicKey.export({ format: 'jwk' }) }, stranger.privateKey),
  ],
  [
    "the address of a stranger's keys",
    'signature',
    () => token(good(), { jku: 'http://127.0.0.1:1/jwks', x5u: 'http://127.0.0.1:1/x' }, stranger.privateKey),
  ],
  ['a kid that is a path', 'signature', () => token(good(), { kid: '../../dev/null' }, stranger.privateKey)],
  ['a kid that is SQL', 'signature', () => token(good(), { kid: "x' UNION SELECT 'k" }, stranger.privateKey)],
  ['an unknown critical header', 'algorithm', () => token(good(), { crit: ['exp2'], exp2: 1 })],
  ['an unencoded payload', 'malformed', () => token(good(), { crit: ['b64'], b64: false })],
  ['critical headers that are none', 'malformed', () => token(good(), { crit: [] })],
  ['critical headers that are no list', 'malformed', () => token(good(), { crit: 'exp' })],
  ['a critical header that is not there', 'malformed', () => token(good(), { crit: ['b64'] })],
  ['b64 that is no boolean', 'malformed', () => token(good(), { crit: ['b64'], b64: 'false' })],
  ["an ID token's logout", 'type', () => token(good(), { typ: 'logout+jwt' })],
  ['a proof of possession', 'type', () => token(good(), { typ: 'dpop+jwt' })],
  ['a security event', 'type', () => token(good(), { typ: 'application/secevent+jwt' })],
  ['an ID token that says so', 'type', () => token(good(), { typ: 'id_token' })],
  ['an authorization request', 'type', () => token(good(), { typ: 'oauth-authz-req+jwt' })],
  ['a client assertion', 'type', () => token(good(), { typ: 'client-authentication+jwt' })],
  ['introspection', 'type', () => token(good(), { typ: 'token-introspection+jwt' })],
  ['no type at all, as text', 'type', () => token(good(), { typ: '' })],
  ['a type with a space', 'type', () => token(good(), { typ: 'JWT ' })],
  ['a type below another one', 'type', () => token(good(), { typ: 'application/application/at+jwt' })],
  ['a parameter behind the type', 'type', () => token(good(), { typ: 'at+jwt;x=1' })],
  ['a type that is a list', 'type', () => token(good(), { typ: ['JWT'] })],
  ['a type that is null', 'type', () => token(good(), { typ: null })],
  ['a token inside a token', 'type', () => token(good(), { cty: 'JWT' })],
  ['a token of another type by a stranger', 'signature', () => token(good(), { typ: 'x' }, stranger.privateKey)],
  ['another issuer', 'issuer', () => token({ ...good(), iss: 'https://evil.test' })],
  ['no issuer', 'issuer', () => token({ ...good(), iss: undefined })],
  ['another audience', 'audience', () => token({ ...good(), aud: 'console' })],
  ['no audience', 'audience', () => token({ ...good(), aud: undefined })],
  ['an audience that only starts right', 'audience', () => token({ ...good(), aud: 'ess-staging' })],
  ['no subject', 'claims', () => token({ ...good(), sub: undefined })],
  ['an empty subject', 'claims', () => token({ ...good(), sub: '' })],
  ['a subject that is an object', 'claims', () => token({ ...good(), sub: { toString: 'hospital' } })],
  ['a huge subject', 'claims', () => token({ ...good(), sub: 'h'.repeat(300) })],
  ['an expired token', 'expired', () => token({ ...good(), exp: nowS() - 60 })],
  ['no expiry', 'claims', () => token({ ...good(), exp: undefined })],
  ['an expiry that is text', 'claims', () => token({ ...good(), exp: '9999999999' })],
  ['not valid yet', 'not-yet', () => token({ ...good(), nbf: nowS() + 120 })],
  ['issued in the future', 'not-yet', () => token({ ...good(), iat: nowS() + 120 })],
  ['a token too large', 'too-large', () => token({ ...good(), junk: 'x'.repeat(9_000) })],
  ['a truncated signature', 'signature', () => token(good()).slice(0, -20)],
  ['a cut token', 'malformed', () => cut(token(good()), 60)],
  ['changed claims', 'signature', () => token(good()).replace(/\.[^.]+\./, `.${part({ ...good(), sub: 'other' })}.`)],
  ['four parts', 'malformed', () => `${token(good())}.x`],
  ['an encrypted token', 'malformed', () => 'a.b.c.d.e'],
  ['no base64', 'malformed', () => '%%%.%%%.%%%'],
  ['claims that are a list', 'malformed', () => token([] as unknown as Claims)],
];

test.each(ATTACKS)('refused: %s', async (_, reason, make) => {
  expect(await verify(make())).toEqual({ ok: false, reason });
});

test('an RSA key of 1024 bits verifies nothing', async () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const signed = `${part({ alg: 'RS256' })}.${part(good())}`;
  const forged = `${signed}.${sign('sha256', Buffer.from(signed), weak.privateKey).toString('base64url')}`;
  expect(await createJwtVerifier({ ...ours, keys: { key: pem(weak.publicKey) } })(forged)).toEqual({
    ok: false,
    reason: 'algorithm',
  });
});

test('a private key, a symmetric one or no key at all is refused at the start', () => {
  const make = (key: string) => () => createJwtVerifier({ ...ours, keys: { key } });
  expect(make(ec.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())).toThrow('private key');
  expect(make(JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }))).toThrow('secret key');
  expect(make('hello')).toThrow('no public key');
  expect(make('{"keys": 3}')).toThrow('no JWK Set');
});

test('keys from an address: rotation is followed, several fitting keys are tried, an unknown key id is refused', async () => {
  const jwk = async (key: KeyObject, kid?: string) => ({ ...(await exportJWK(key)), ...(kid && { kid }) });
  let keys = [await jwk(ec.publicKey, 'one')];
  const { url, seen } = await keyServer(() => ({ status: 200, body: JSON.stringify({ keys }) }));
  const times = { timeoutMs: 30_000, freshMs: 60_000, staleMs: 60_000, restMs: 0 };
  const check = createJwtVerifier({ ...ours, keys: { jwksUrl: url } });
  expect(await check(token(good(), { kid: 'one' }))).toMatchObject({ ok: true });
  for (let i = 0; i < 50; i += 1)
    expect(await check(token(good(), { kid: `no-${i}` }))).toEqual({ ok: false, reason: 'unknown-key' });
  expect(seen.requests).toBe(1); // strange key ids do not make us a client of their rhythm

  keys = [await jwk(ec.publicKey, 'one'), await jwk(stranger.publicKey, 'two')];
  const eager = remoteKeys(url, times);
  const header = (kid: string) => ({ alg: 'ES256', kid });
  const flattened = { payload: '', signature: '' };
  expect(await eager(header('one'), flattened)).toBeDefined();
  keys = [await jwk(rsa.publicKey, 'three'), ...keys];
  expect(await eager({ alg: 'RS256', kid: 'three' }, flattened)).toBeDefined();

  keys = [await jwk(stranger.publicKey), await jwk(ec.publicKey)];
  const several = createJwtVerifier({ ...ours, keys: { jwksUrl: url } });
  expect(await several(token(good()))).toMatchObject({ ok: true });
  expect(await several(token({ ...good(), aud: 'x' }))).toEqual({ ok: false, reason: 'audience' });
  const nobody = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  expect(await several(token(good(), {}, nobody.privateKey))).toEqual({ ok: false, reason: 'signature' });
});

test.each([
  ['an error', { status: 500, body: '{}' }],
  ['a redirect', { status: 302, body: '' }],
  ['a page', { status: 200, body: '<html>' }],
  ['no set', { status: 200, body: '{"keys":"all"}' }],
  ['silence', 'hang' as const],
])('an address of keys that answers with %s lets nobody in, and is not asked for each token', async (_, answer) => {
  const { url, seen } = await keyServer(() => answer);
  const timeoutMs = answer === 'hang' ? 100 : 30_000;
  const keys = remoteKeys(url, { timeoutMs, freshMs: 60_000, staleMs: 60_000, restMs: 60_000 });
  for (let i = 0; i < 20; i += 1)
    await expect(keys({ alg: 'ES256' }, { payload: '', signature: '' })).rejects.toThrow('no keys from');
  // The time may be over before silence has been asked at all.
  expect([1, ...(answer === 'hang' ? [0] : [])]).toContain(seen.requests);
});

test('the last good keys serve while the address fails, but not for ever', async () => {
  let healthy = true;
  const body = JSON.stringify({ keys: [{ ...(await exportJWK(ec.publicKey)), kid: 'one' }] });
  const { url } = await keyServer(() => (healthy ? { status: 200, body } : { status: 500, body: '' }));
  let nowMs = Date.now();
  const keys = remoteKeys(url, { timeoutMs: 30_000, freshMs: 0, staleMs: 60_000, restMs: 1 }, () => nowMs);
  const ask = () => keys({ alg: 'ES256', kid: 'one' }, { payload: '', signature: '' });
  expect(await ask()).toBeDefined();
  healthy = false;
  expect(await ask()).toBeDefined();
  nowMs += 61_000;
  await expect(ask()).rejects.toThrow('no keys from');
});

test('keys that cannot be had are told apart from bad tokens', async () => {
  const check = createJwtVerifier({ ...ours, keys: { jwksUrl: 'http://127.0.0.1:9/jwks' } });
  expect(await check(token(good()))).toEqual({ ok: false, reason: 'keys-away' });
});

test('a bearer token is taken from its header and from nothing else', () => {
  expect(bearerToken('Bearer a.b.c')).toBe('a.b.c');
  expect(bearerToken('bearer  a.b.c')).toBe('a.b.c');
  for (const header of [undefined, '', 'Basic a', 'Bearer', 'Bearer a b']) expect(bearerToken(header)).toBeUndefined();
});
