// The `webhook-signature` of Standard Webhooks (standardwebhooks.com, "Signature scheme"): `v1,` and the base64 HMAC-SHA256 of
// "id.timestamp.body". There is one per secret, separated by spaces: so a partner accepts deliveries all through a rotation. The
// `standardwebhooks` package, which partners verify with in our tests, is not used here. It hashes in JavaScript, which was 5 % of
// the worker's time at full load (bench S1).
import { Hmac } from './hmac.ts';

/** What a signature is about, and where it goes. */
interface Signable {
  readonly headers: Record<string, string>;
  readonly body: string | null;
}

/** Signs in place; without secrets nothing is signed. @returns the same request */
export function signed<T extends Signable>(request: T, secrets: readonly string[]): T {
  const { headers, body } = request;
  const { 'webhook-id': id = '', 'webhook-timestamp': seconds } = headers;
  if (secrets.length > 0) headers['webhook-signature'] = sign(secrets, id, Number(seconds) * 1_000, body ?? '');
  return request;
}

/** @param atMs epoch milliseconds; the header says seconds */
export function sign(secrets: readonly string[], id: string, atMs: number, body: string): string {
  const content = `${id}.${Math.floor(atMs / 1_000)}.${body}`;
  return secrets.map((secret) => `v1,${hmacOf(secret).digest(content)}`).join(' ');
}

const hmacs = new Map<string, Hmac>();

function hmacOf(secret: string): Hmac {
  const known = hmacs.get(secret);
  if (known) return known;
  const fresh = new Hmac(Buffer.from(secret.replace(/^whsec_/, ''), 'base64'));
  hmacs.set(secret, fresh);
  return fresh;
}
