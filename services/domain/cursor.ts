// A signed timestamp cursor: what a delivery hands the partner in `ess-cursor`, and what /stream and /replay accept.
// Shape: "t1.<key id>.<timestamp base36>.<MAC>", only characters of [A-Za-z0-9._~-], bound to the partner.
import type { KeyObject } from 'node:crypto';
import { createHmac, createSecretKey, hash } from 'node:crypto';

const MAC_BYTES = 16;

/** Signs the cursors of one partner. */
export class CursorSigner {
  readonly #partner: string;
  readonly #key: KeyObject;
  readonly #keyId: string;
  /** Records published together have one timestamp, so one cursor. */
  #last = { timestampMs: Number.NaN, cursor: '' };

  /** @param secret any text; the first of `ESS_CURSOR_KEYS` signs */
  constructor(secret: string, partner: string) {
    this.#partner = partner;
    this.#key = createSecretKey(Buffer.from(secret));
    this.#keyId = hash('sha256', secret, 'base64url').slice(0, 4);
  }

  cursor(timestampMs: number): string {
    if (timestampMs === this.#last.timestampMs) return this.#last.cursor;
    const body = `t1.${this.#keyId}.${timestampMs.toString(36)}`;
    const mac = createHmac('sha256', this.#key).update(`${this.#partner}\n${body}`).digest();
    this.#last = { timestampMs, cursor: `${body}.${mac.toString('base64url', 0, MAC_BYTES)}` };
    return this.#last.cursor;
  }
}
