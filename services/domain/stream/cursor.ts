// Signed cursors: what a delivery hands the partner in `ess-cursor`, what `id:` carries on /stream, and what /stream and
// /replay accept. Only characters of [A-Za-z0-9._~-], at most 128 of them, bound to the partner. Two shapes:
//   t2.<key id>.<timestamp base36>.<MAC>                     a time: may repeat, never skips
//   o2.<key id>.<base64url of timestamp and offsets>.<MAC>   the next offset of every partition, and a time to fall back on
// Offsets count in one log of the topic; where that has a name, the low bits of the time are it, and the last offset has an empty
// group of bits behind it, which says so. Whoever does not know of it reads the same offsets, and a time that is a little earlier.
import { hash, timingSafeEqual } from 'node:crypto';

/** 132 bits: what is asked for is 16 bytes, and as text they take 22 characters. */
export const MAC_CHARS = 22;
export const MAX_CHARS = 128;
export const TIMESTAMP_BYTES = 6;
/** The year 10889. Later is whoever wrote the record, not the clock. */
const TIMESTAMP_MAX_MS = 2 ** (8 * TIMESTAMP_BYTES) - 1;
/** 12 partitions of 34 billion records each fit; what does not becomes a timestamp cursor. */
export const MAX_PAYLOAD_BYTES = 72;
const MAX_VARINT_BYTES = 8;
/** Names of logs are below it. As ms it is 65.5 s; the time to fall back on is up to twice that earlier, and never later. */
const LOGS = 2 ** 16;

export type Cursor =
  | { readonly kind: 'time'; readonly timestampMs: number }
  | {
      readonly kind: 'position';
      readonly timestampMs: number;
      readonly offsets: readonly number[];
      /** Names the log in which they count, if the cursor does. */
      readonly log?: number;
    };

/** Signs the cursors of one partner. */
export class CursorSigner {
  readonly mac: Mac;
  /** Records published together have one timestamp, so one cursor. */
  #last = { timestampMs: Number.NaN, cursor: '' };
  readonly #payload = newPayload();

  /** @param secret any text; the first of `ESS_CURSOR_KEYS` signs */
  constructor(secret: string, partner: string) {
    this.mac = new Mac(secret, partner);
  }

  /** @param timestampMs of a record: any number. Kafka takes −1 for its newest record, so nothing below 0 goes into a cursor. */
  cursor(timestampMs: number): string {
    if (timestampMs === this.#last.timestampMs) return this.#last.cursor;
    const body = `t2.${this.mac.keyId}.${bounded(timestampMs).toString(36)}`;
    this.#last = { timestampMs, cursor: `${body}.${this.mac.of(body)}` };
    return this.#last.cursor;
  }

  /**
   * @param offsets the next offset of each partition, by its number
   * @param log 16 bits that name the log in which they count
   */
  position(offsets: readonly number[], timestampMs: number, log?: number): string {
    const payload = this.#payload;
    const bytes = writePayload(payload, offsets, timestampMs, log);
    if (bytes > MAX_PAYLOAD_BYTES) return this.cursor(timestampMs);
    const body = `o2.${this.mac.keyId}.${payload.toString('base64url', 0, bytes)}`;
    return `${body}.${this.mac.of(body)}`;
  }
}

/** Room for one, and for the number with which it is found to be too long. */
export const newPayload = (): Buffer<ArrayBuffer> => Buffer.alloc(MAX_PAYLOAD_BYTES + MAX_VARINT_BYTES);

/** @returns how many bytes it takes; more than MAX_PAYLOAD_BYTES: too many, and not all of them are there */
export function writePayload(
  payload: Buffer,
  offsets: readonly number[],
  timestampMs: number,
  log: number | undefined,
): number {
  payload.writeUIntBE(timeAndLog(bounded(timestampMs), log), 0, TIMESTAMP_BYTES);
  let at = TIMESTAMP_BYTES;
  for (const offset of offsets) {
    at = writeVarint(payload, offset, at);
    if (at > MAX_PAYLOAD_BYTES) return at;
  }
  if (log !== undefined) {
    payload[at - 1] = (payload[at - 1] as number) | 0x80;
    payload[at++] = 0;
  }
  return at;
}

export const bounded = (timestampMs: number): number => Math.min(TIMESTAMP_MAX_MS, Math.max(0, timestampMs));

/** The time is never later than it was. */
export const timeAndLog = (timestampMs: number, log: number | undefined): number =>
  log === undefined ? timestampMs : Math.max(0, Math.floor(timestampMs / LOGS) - 1) * LOGS + log;

const SHAPE = /^(t2|o2)\.([\w-]{4})\.([\w-]+)\.([\w-]{22})$/;

/** Reads the cursors of one partner: those of another, of an unknown key or changed by anybody are no cursors. */
export class CursorReader {
  readonly #macs: ReadonlyMap<string, Mac>;

  /** @param secrets every key that may have signed */
  constructor(secrets: readonly string[], partner: string) {
    this.#macs = new Map(
      secrets.map((secret) => {
        const mac = new Mac(secret, partner);
        return [mac.keyId, mac];
      }),
    );
  }

  /** @returns undefined for what this partner was never given */
  read(text: string): Cursor | undefined {
    if (text.length > MAX_CHARS) return undefined;
    const [, kind, keyId = '', payload = '', mac = ''] = SHAPE.exec(text) ?? [];
    const keyed = this.#macs.get(keyId);
    if (kind === undefined || keyed === undefined) return undefined;
    const wanted = keyed.of(`${kind}.${keyId}.${payload}`);
    // Compared as text: a cursor has one spelling only.
    if (!timingSafeEqual(Buffer.from(mac), Buffer.from(wanted))) return undefined;
    return kind === 't2' ? { kind: 'time', timestampMs: Number.parseInt(payload, 36) } : readPosition(payload);
  }

  /** Whether the text has the shape of a cursor and was signed, if at all, with a key that is none of ours any more. */
  isOfRetiredKey(text: string): boolean {
    if (text.length > MAX_CHARS) return false;
    const keyId = SHAPE.exec(text)?.[2];
    return keyId !== undefined && !this.#macs.has(keyId);
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
  const time = bytes.readUIntBE(0, TIMESTAMP_BYTES);
  const [before = 0, last] = bytes.subarray(TIMESTAMP_BYTES).subarray(-2);
  if (last !== 0 || before < 0x80) return { kind: 'position', timestampMs: time, offsets };
  return { kind: 'position', timestampMs: time - (time % LOGS), offsets, log: time % LOGS };
}

/** @returns where the next one begins */
export function writeVarint(into: Buffer, value: number, at: number): number {
  let rest = value;
  let next = at;
  while (rest >= 0x80) {
    into[next++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  into[next++] = rest;
  return next;
}

/**
 * 132 bits of SHA-256 over key, partner and text. With the key first, the whole digest could be carried on to a longer text; of
 * half of it 124 bits would have to be guessed, and a hash that is cut so may stand for a random function (Coron, Dodis,
 * Malinaud, Puniya, "Merkle-Damgård Revisited", CRYPTO 2005). The key is hashed to one length first, so no other key and text
 * make the same bytes. Catch-up signs each event, four at a time (cursor-run.ts).
 */
export class Mac {
  /** Says which key signed, and nothing about it. */
  readonly keyId: string;
  /** Key, partner and a line's end, which come before the text. */
  readonly head: Buffer;
  readonly #bytes: Buffer;

  constructor(secret: string, partner: string) {
    this.keyId = hash('sha256', secret, 'base64url').slice(0, 4);
    this.head = Buffer.concat([hash('sha256', `cursors ${secret}`, 'buffer'), Buffer.from(`${partner}\n`)]);
    this.#bytes = Buffer.concat([this.head, Buffer.alloc(MAX_CHARS)]);
  }

  /** @param text of at most 128 ASCII characters */
  of(text: string): string {
    const end = this.head.length + this.#bytes.write(text, this.head.length, 'latin1');
    return hash('sha256', this.#bytes.subarray(0, end), 'base64url').slice(0, MAC_CHARS);
  }
}
