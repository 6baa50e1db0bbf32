// A signed timestamp cursor: what a delivery hands the partner in `ess-cursor`, and what /stream and /replay accept.
// Shape: "t1.<key id>.<timestamp base36>.<MAC>", only characters of [A-Za-z0-9._~-], bound to the partner.
import { createHash, createHmac } from 'node:crypto';

const MAC_BYTES = 16;

/** @param secret any text; the first of `ESS_CURSOR_KEYS` signs */
export function timestampCursor(secret: string, partner: string, timestampMs: number): string {
  const keyId = createHash('sha256').update(secret).digest('base64url').slice(0, 4);
  const body = `t1.${keyId}.${timestampMs.toString(36)}`;
  const mac = createHmac('sha256', secret).update(`${partner}\n${body}`).digest().toString('base64url', 0, MAC_BYTES);
  return `${body}.${mac}`;
}
