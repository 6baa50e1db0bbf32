// Credentials that open a door and those that do not: a stranger's, an old one's, another door's, changed ones.
// Each attack names the door, the reason by which it is counted, and the headers that it sends.
import { generateKeyPairSync } from 'node:crypto';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { sign } from '@ess/worker/send/signing/signature.ts';
import { SignJWT, UnsecuredJWT } from 'jose';
import { DOOR_SECRET, DOOR_SIGNING_SECRET } from '../../harness/programs/door-process.ts';

export const BODY = '{"bedsFree":1}';
export const ISSUER = 'https://gateway.test';
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const publicKey = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
export const apiKey = newApiKey();

/** The headers of a signed message (Standard Webhooks). */
export const signed = (id: string, signature: string, at = new Date()) => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
  'webhook-signature': signature,
});

const claims = () => ({ sub: 'token', iss: ISSUER, aud: 'ess', exp: Math.floor(Date.now() / 1000) + 60 });
export const jwt = (change: object = {}, key = keys.privateKey, header: object = {}) =>
  new SignJWT({ ...claims(), ...change }).setProtectedHeader({ alg: 'ES256', ...header }).sign(key);
const hs = (secret: string) => new SignJWT(claims()).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret));

const old = (ms: number) =>
  signed('old', sign([DOOR_SIGNING_SECRET], 'old', Date.now() - ms, BODY), new Date(Date.now() - ms));
export const ATTACKS: ReadonlyArray<
  readonly [path: string, reason: string, () => Promise<Record<string, string>> | Record<string, string>]
> = [
  ['/signed', 'missing', () => ({})],
  ['/signed', 'signature-timestamp', () => old(600_000)],
  ['/signed', 'signature-timestamp', () => old(-600_000)],
  [
    '/signed',
    'signature-mismatch',
    () => ({ ...signed('other', sign([DOOR_SIGNING_SECRET], 'id', Date.now(), BODY)) }),
  ],
  [
    '/signed',
    'signature-mismatch',
    () => signed('id', sign([`whsec_${Buffer.alloc(32, 8).toString('base64')}`], 'id', Date.now(), BODY)),
  ],
  [
    '/signed',
    'signature-malformed',
    () => signed('id', sign([DOOR_SIGNING_SECRET], 'id', Date.now(), BODY).slice(0, 20)),
  ],
  [
    '/signed',
    'signature-malformed',
    () =>
      signed(
        'id',
        Array(40)
          .fill(`v1,${Buffer.alloc(32).toString('base64')}`)
          .join(' '),
      ),
  ],
  ['/token', 'missing', () => ({})],
  ['/token', 'jwt-algorithm', () => ({ authorization: `Bearer ${new UnsecuredJWT(claims()).encode()}` })],
  ['/token', 'jwt-algorithm', async () => ({ authorization: `Bearer ${await hs(publicKey)}` })],
  ['/token', 'jwt-issuer', async () => ({ authorization: `Bearer ${await jwt({ iss: 'https://evil.test' })}` })],
  ['/token', 'jwt-audience', async () => ({ authorization: `Bearer ${await jwt({ aud: 'console' })}` })],
  ['/token', 'jwt-expired', async () => ({ authorization: `Bearer ${await jwt({ exp: 1_000_000 })}` })],
  [
    '/token',
    'jwt-not-yet',
    async () => ({ authorization: `Bearer ${await jwt({ nbf: Math.floor(Date.now() / 1000) + 600 })}` }),
  ],
  [
    '/token',
    'jwt-signature',
    async () => ({ authorization: `Bearer ${await jwt({}, stranger.privateKey, { kid: '../../dev/null' })}` }),
  ],
  ['/token', 'jwt-signature', async () => ({ authorization: `Bearer ${(await jwt()).slice(0, -8)}` })],
  ['/token', 'jwt-too-large', async () => ({ authorization: `Bearer ${await jwt({ junk: 'x'.repeat(8_000) })}` })],
  ['/token', 'jwt-malformed', () => ({ authorization: 'Bearer abc' })],
  ['/token', 'jwt-subject', async () => ({ authorization: `Bearer ${await jwt({ sub: 'keyed' })}` })],
  ['/keyed', 'missing', () => ({})],
  ['/keyed', 'api-key', () => ({ 'x-api-key': newApiKey().key })],
  ['/keyed', 'api-key', () => ({ 'x-api-key': apiKey.hash })],
  ['/header', 'header-secret', () => ({ 'x-one': DOOR_SECRET })],
  ['/header', 'header-secret', () => ({ 'x-one': DOOR_SECRET, 'x-two': 'other' })],
  ['/certificate', 'client-certificate', () => ({ 'x-subject': 'CN=clinic,O=Other' })],
];
