// Who may ring at a door. Any one of the ways that the connector lists is enough; all of them are tried, in constant time,
// whatever the first one says. A path without a door has a gate too, with every way and no key to it.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Connector, InboundAuth } from '@ess/domain/connector/connector.ts';
import { readPath } from '@ess/domain/text/paths.ts';
import { apiKeyOwners, hashApiKey } from '@ess/runtime/access/api-key.ts';
import type { JwtRefusal, JwtVerifier } from '@ess/runtime/access/jwt.ts';
import { bearerToken } from '@ess/runtime/access/jwt.ts';
import type { SignatureRefusal } from '@ess/runtime/access/webhook-signature.ts';
import { createSignatureVerifier } from '@ess/runtime/access/webhook-signature.ts';

export interface Caller {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The events of the body, parsed. */
  readonly documents: readonly object[];
  /** Subject of the client certificate, when a trusted proxy passed one. */
  readonly certificateSubject?: string;
}

/** A closed list: reasons are labels of metrics. */
export type GateRefusal =
  | 'missing'
  | 'body-secret'
  | 'header-secret'
  | 'api-key'
  | 'client-certificate'
  | `signature-${Exclude<SignatureRefusal, 'missing'>}`
  | `jwt-${Exclude<JwtRefusal, 'missing'>}`
  | 'jwt-subject';

export type GateVerdict =
  /** `signedId`: the only idempotency key that counts, when the signature was what opened. */
  { readonly ok: true; readonly signedId?: string } | { readonly ok: false; readonly reason: GateRefusal };

export type Gate = (caller: Caller) => Promise<GateVerdict>;

type Way = (caller: Caller) => GateVerdict | Promise<GateVerdict>;
const OPEN: GateVerdict = { ok: true };
const refused = (reason: GateRefusal): GateVerdict => ({ ok: false, reason });

export function createGate(auth: InboundAuth, access: Connector['access'], jwt: JwtVerifier | undefined): Gate {
  const ways: Way[] = [];
  if (auth.signSecrets.length > 0) ways.push(signature(auth.signSecrets));
  if (auth.jwt && access.jwtSubject !== undefined && jwt !== undefined) ways.push(token(access.jwtSubject, jwt));
  if (auth.apiKey) ways.push(apiKey(access.apiKeyHashes));
  if (auth.clientCertificate !== undefined) ways.push(certificate(auth.clientCertificate));
  if (auth.headers) ways.push(headerSecrets(auth.headers));
  if (auth.body) ways.push(bodySecrets(auth.body));
  return async (caller) => {
    let open: GateVerdict | undefined;
    let reason: GateRefusal = 'missing';
    for (const way of ways) {
      const verdict = await way(caller);
      if (verdict.ok) open ??= verdict;
      else if (reason === 'missing') reason = verdict.reason;
    }
    return open ?? refused(reason);
  };
}

/** Does the work of a gate and never opens. */
export function createWall(jwt: JwtVerifier | undefined): Gate {
  const secret = () => randomBytes(32).toString('base64');
  const auth: InboundAuth = {
    body: { auth: secret() },
    headers: { 'x-secret': secret() },
    signSecrets: [secret()],
    apiKey: true,
    jwt: true,
    clientCertificate: secret(),
  };
  return createGate(auth, { apiKeyHashes: [hashApiKey(secret())], jwtSubject: secret() }, jwt);
}

function signature(secrets: readonly string[]): Way {
  const verify = createSignatureVerifier(secrets);
  return ({ headers, body }) => {
    const verdict = verify(headers, body);
    if (verdict.ok) return { ok: true, signedId: verdict.id };
    return refused(verdict.reason === 'missing' ? 'missing' : `signature-${verdict.reason}`);
  };
}

function token(subject: string, verify: JwtVerifier): Way {
  return async ({ headers }) => {
    const verdict = await verify(bearerToken(headers.authorization));
    if (verdict.ok) return sameText(verdict.subject, subject) ? OPEN : refused('jwt-subject');
    return refused(verdict.reason === 'missing' ? 'missing' : `jwt-${verdict.reason}`);
  };
}

function apiKey(hashes: readonly string[]): Way {
  const owner = apiKeyOwners(hashes.map((hash) => [hash, true] as const));
  return ({ headers }) => {
    const given = headers['x-api-key'];
    return owner(given) === true ? OPEN : refused(given === undefined ? 'missing' : 'api-key');
  };
}

function certificate(subject: string): Way {
  return ({ certificateSubject }) =>
    sameText(certificateSubject, subject)
      ? OPEN
      : refused(certificateSubject === undefined ? 'missing' : 'client-certificate');
}

function headerSecrets(secrets: Readonly<Record<string, string>>): Way {
  return ({ headers }) =>
    all(
      Object.entries(secrets).map(([name, secret]) => [headers[name], secret]),
      'header-secret',
    );
}

function bodySecrets(secrets: Readonly<Record<string, string>>): Way {
  const paths = Object.entries(secrets).map(([path, secret]) => [path.split('.'), secret] as const);
  // Each event of an array has to bear the secret.
  return ({ documents }) =>
    all(
      documents.flatMap((document) => paths.map(([path, secret]) => [readPath(document, path), secret] as const)),
      'body-secret',
    );
}

/** Every secret must be there and right. */
function all(pairs: ReadonlyArray<readonly [given: unknown, secret: string]>, reason: GateRefusal): GateVerdict {
  const wrong = pairs.map(([given, secret]) => !sameText(given, secret)).filter(Boolean).length;
  if (wrong === 0 && pairs.length > 0) return OPEN;
  return refused(pairs.every(([given]) => given === undefined) ? 'missing' : reason);
}

/** In constant time, whatever the lengths. An empty secret opens nothing. */
export function sameText(given: unknown, secret: string): boolean {
  const text = typeof given === 'string' ? given : '';
  return timingSafeEqual(sha256(text), sha256(secret)) && secret !== '' && typeof given === 'string';
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
