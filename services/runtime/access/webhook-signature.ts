// Signatures of Standard Webhooks (standardwebhooks.com): HMAC-SHA-256 over id, timestamp and body, under any of several
// secrets during a rotation. Senders of Svix use other names for the same headers.
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A closed list: reasons are labels of metrics. */
export type SignatureRefusal = 'missing' | 'malformed' | 'timestamp' | 'mismatch';

export type SignatureVerdict =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly reason: SignatureRefusal };

export type SignatureVerifier = (headers: IncomingHttpHeaders, body: Buffer) => SignatureVerdict;

/** Standard Webhooks' own libraries allow as much, in both directions. */
const TOLERANCE_S = 300;
const MAX_ID_CHARS = 255;
/** Two secrets in rotation make two signatures; more than this is an attempt to keep us busy. */
const MAX_SIGNATURES = 8;
const MAC_BYTES = 32;

/** @param secrets `whsec_` and base64, or base64 alone */
export function createSignatureVerifier(secrets: readonly string[], nowMs: () => number = Date.now): SignatureVerifier {
  const keys = secrets.map(keyOf);
  return (headers, body) => {
    const id = header(headers, 'id');
    const timestamp = header(headers, 'timestamp');
    const signature = header(headers, 'signature');
    if (id === undefined && timestamp === undefined && signature === undefined) return { ok: false, reason: 'missing' };
    const given = macs(signature ?? '');
    const whole = id !== undefined && id !== '' && id.length <= MAX_ID_CHARS && /^\d{1,12}$/.test(timestamp ?? '');
    if (!whole || given === undefined) return { ok: false, reason: 'malformed' };
    // The MAC is checked first: whether a timestamp is right is told only to who knows the secret.
    let fits = false;
    for (const key of keys) {
      const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
      for (const mac of given) if (timingSafeEqual(mac, wanted)) fits = true;
    }
    if (!fits) return { ok: false, reason: 'mismatch' };
    if (Math.abs(nowMs() / 1000 - Number(timestamp)) > TOLERANCE_S) return { ok: false, reason: 'timestamp' };
    return { ok: true, id };
  };
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  // Node joins a header that is sent twice with a comma: then it is no id and no number.
  return (headers[`webhook-${name}`] ?? headers[`svix-${name}`]) as string | undefined;
}

/** The `v1` signatures; those of other versions are left out, as the specification asks. @returns undefined: not one is usable */
function macs(text: string): Buffer[] | undefined {
  const found: Buffer[] = [];
  for (const part of text.split(' ', MAX_SIGNATURES + 1)) {
    if (!part.startsWith('v1,')) continue;
    const mac = Buffer.from(part.slice(3), 'base64');
    // A decoder forgives much: only the one way to write these 32 bytes is taken.
    if (mac.length === MAC_BYTES && mac.toString('base64') === part.slice(3)) found.push(mac);
  }
  return found.length === 0 || found.length > MAX_SIGNATURES ? undefined : found;
}

const keyOf = (secret: string): KeyObject => createSecretKey(Buffer.from(secret.replace(/^whsec_/, ''), 'base64'));
