// Signed cursors: what a delivery hands the partner in `ess-cursor`, what `id:` carries on /stream, and what /stream and
// /replay accept. Only characters of [A-Za-z0-9._~-], at most 128 of them, bound to the partner. Two shapes:
//   t1.<key id>.<timestamp base36>.<MAC>                     a time: may repeat, never skips
//   o1.<key id>.<base64url of timestamp and offsets>.<MAC>   the next offset of every partition, and a time to fall back on
import type { KeyObject } from 'node:crypto';
import { createHmac, createSecretKey, hash, timingSafeEqual } from 'node:crypto';

/** 132 bits: what is asked for is 16 bytes, and as text they take 22 characters. */
const MAC_CHARS = 22;
const MAX_CHARS = 128;
const TIMESTAMP_BYTES = 6;
/** 12 partitions of 34 billion records each fit; what does not becomes a timestamp cursor. */
const MAX_PAYLOAD_BYTES = 72;
const MAX_VARINT_BYTES = 8;

export type Cursor =
  | { readonly kind: 'time'; readonly timestampMs: number }
  | { readonly kind: 'position'; readonly timestampMs: number; readonly offsets: readonly number[] };

/** Signs the cursors of one partner. */
export class CursorSigner {
  readonly #partner: string;
  readonly #key: KeyObject;
  readonly #keyId: string;
  /** Records published together have one timestamp, so one cursor. */
  #last = { timestampMs: Number.NaN, cursor: '' };
  readonly #payload = Buffer.alloc(MAX_PAYLOAD_BYTES + MAX_VARINT_BYTES);

  /** @param secret any text; the first of `ESS_CURSOR_KEYS` signs */
  constructor(secret: string, partner: string) {
    this.#partner = partner;
    this.#key = createSecretKey(Buffer.from(secret));
    this.#keyId = keyIdOf(secret);
  }

  cursor(timestampMs: number): string {
    if (timestampMs === this.#last.timestampMs) return this.#last.cursor;
    const body = `t1.${this.#keyId}.${timestampMs.toString(36)}`;
    this.#last = { timestampMs, cursor: `${body}.${macOf(this.#key, this.#partner, body)}` };
    return this.#last.cursor;
  }

  /** @param offsets the next offset of each partition, by its number */
  position(offsets: readonly number[], timestampMs: number): string {
    const payload = this.#payload;
    payload.writeUIntBE(Math.max(0, timestampMs), 0, TIMESTAMP_BYTES);
    let at = TIMESTAMP_BYTES;
    for (const offset of offsets) {
      at = writeVarint(payload, offset, at);
      if (at > MAX_PAYLOAD_BYTES) return this.cursor(Math.max(0, timestampMs));
    }
    const body = `o1.${this.#keyId}.${payload.toString('base64url', 0, at)}`;
    return `${body}.${macOf(this.#key, this.#partner, body)}`;
  }
}

/** Reads the cursors of one partner: those of another, of an unknown key or changed by anybody are no cursors. */
export class CursorReader {
  readonly #partner: string;
  readonly #keys: ReadonlyMap<string, KeyObject>;

  /** @param secrets every key that may have signed */
  constructor(secrets: readonly string[], partner: string) {
    this.#partner = partner;
    this.#keys = new Map(secrets.map((secret) => [keyIdOf(secret), createSecretKey(Buffer.from(secret))]));
  }

  /** @returns undefined for what this partner was never given */
  read(text: string): Cursor | undefined {
    if (text.length > MAX_CHARS) return undefined;
    const [, kind, keyId = '', payload = '', mac = ''] =
      /^(t1|o1)\.([\w-]{4})\.([\w-]+)\.([\w-]{22})$/.exec(text) ?? [];
    const key = this.#keys.get(keyId);
    if (kind === undefined || key === undefined) return undefined;
    const wanted = macOf(key, this.#partner, `${kind}.${keyId}.${payload}`);
    // Compared as text: a cursor has one spelling only.
    if (!timingSafeEqual(Buffer.from(mac), Buffer.from(wanted))) return undefined;
    return kind === 't1' ? { kind: 'time', timestampMs: Number.parseInt(payload, 36) } : readPosition(payload);
  }
}

function readPosition(payload: string): Cursor {
  const bytes = Buffer.from(payload, 'base64url');
  const offsets: number[] = [];
  for (let at = TIMESTAMP_BYTES; at < bytes.length; ) {
    let value = 0;
    let factor = 1;
    let byte: number;
    do {
      byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * factor;
      factor *= 128;
    } while (byte >= 0x80);
    offsets.push(value);
  }
  return { kind: 'position', timestampMs: bytes.readUIntBE(0, TIMESTAMP_BYTES), offsets };
}

/** @returns where the next one begins */
function writeVarint(into: Buffer, value: number, at: number): number {
  let rest = value;
  let next = at;
  while (rest >= 0x80) {
    into[next++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  into[next++] = rest;
  return next;
}

const keyIdOf = (secret: string): string => hash('sha256', secret, 'base64url').slice(0, 4);

function macOf(key: KeyObject, partner: string, body: string): string {
  // As text at once: a buffer in between costs a third of it, and catch-up signs each event (bench F3).
  return createHmac('sha256', key).update(`${partner}\n${body}`).digest('base64url').slice(0, MAC_CHARS);
}
