// The ids of one way through the topic: position cursors, written one behind the other. Each is the text of the one before but for
// what moved, and their MACs are made together. What comes of it is, byte for byte, what CursorSigner.position gives: each id has
// its own MAC over all that it says, so nobody can make one that was not given (docs/adr/0013-cursors-hold-their-position.md).
import type { CursorSigner, Mac } from './cursor.ts';
import {
  bounded,
  MAC_CHARS,
  MAX_CHARS,
  MAX_PAYLOAD_BYTES,
  newPayload,
  TIMESTAMP_BYTES,
  timeAndLog,
  writePayload,
  writeVarint,
} from './cursor.ts';
import { blocksOf, LANES, pad, Sha256Lanes } from './sha256-lanes.ts';

const DIGITS = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const DOT = 0x2e;

export class CursorRun {
  readonly #signer: CursorSigner;
  readonly #payload = newPayload();
  readonly #offsets: number[] = [];
  /** After each offset in the payload. */
  readonly #ends: number[] = [];
  #time = Number.NaN;
  #log: number | undefined;
  readonly #text = Buffer.alloc(MAX_CHARS);
  readonly #payloadAt: number;
  /** 0: such a position is no text, and its cursor a time. */
  #chars = 0;
  /** Where the texts begin and end that have no MAC yet. */
  #unsigned: number[] = [];

  constructor(signer: CursorSigner) {
    this.#signer = signer;
    this.#payloadAt = this.#text.write(`o2.${signer.mac.keyId}.`, 'latin1');
  }

  /**
   * Writes a cursor as CursorSigner.position makes it; its MAC is there after `sign`.
   * @param at at least MAX_CHARS bytes are left behind it @returns where it ends
   */
  write(offsets: readonly number[], timestampMs: number, log: number | undefined, into: Buffer, at: number): number {
    this.#show(offsets, timestampMs, log);
    const chars = this.#chars;
    if (chars === 0) return at + into.write(this.#signer.cursor(timestampMs), at, 'latin1');
    const text = this.#text;
    for (let index = 0; index < chars; index += 1) into[at + index] = text[index] as number;
    into[at + chars] = DOT;
    this.#unsigned.push(at, at + chars);
    return at + chars + 1 + MAC_CHARS;
  }

  /** @param bytes where all of them were written that have no MAC yet */
  sign(bytes: Buffer): void {
    signAll(this.#signer.mac, bytes, this.#unsigned);
    this.#unsigned = [];
  }

  #show(offsets: readonly number[], timestampMs: number, log: number | undefined): void {
    const shown = this.#offsets;
    const time = timeAndLog(bounded(timestampMs), log);
    let isNew = time !== this.#time || log !== this.#log || offsets.length !== shown.length;
    for (let partition = 0; partition < offsets.length && !isNew; partition += 1)
      isNew = offsets[partition] !== shown[partition] && !this.#move(partition, offsets[partition] as number);
    if (isNew) this.#begin(offsets, timestampMs, log, time);
  }

  /** @returns false: it takes another number of bytes than the one before, and all must be written anew */
  #move(partition: number, offset: number): boolean {
    const payload = this.#payload;
    const from = partition === 0 ? TIMESTAMP_BYTES : (this.#ends[partition - 1] as number);
    const end = writeVarint(payload, offset, from);
    if (end !== this.#ends[partition]) return false;
    if (this.#log !== undefined && partition === this.#ends.length - 1)
      payload[end - 1] = (payload[end - 1] as number) | 0x80;
    this.#offsets[partition] = offset;
    this.#spell(from, end);
    return true;
  }

  #begin(offsets: readonly number[], timestampMs: number, log: number | undefined, time: number): void {
    const payload = this.#payload;
    const bytes = writePayload(payload, offsets, timestampMs, log);
    const fits = bytes <= MAX_PAYLOAD_BYTES;
    this.#time = fits ? time : Number.NaN;
    this.#log = log;
    this.#chars = fits ? this.#payloadAt + Math.ceil((bytes * 4) / 3) : 0;
    if (!fits) return;
    payload.fill(0, bytes);
    let at = TIMESTAMP_BYTES;
    this.#offsets.length = 0;
    this.#ends.length = 0;
    for (const offset of offsets) {
      at += bytesOf(offset);
      this.#offsets.push(offset);
      this.#ends.push(at);
    }
    this.#spell(0, bytes);
  }

  /** Of these bytes of the payload, as base64url. */
  #spell(from: number, end: number): void {
    const [payload, text] = [this.#payload, this.#text];
    const first = Math.floor(from / 3);
    for (let at = 3 * first, to = this.#payloadAt + 4 * first; at < end; at += 3, to += 4) {
      const bits = ((payload[at] as number) << 16) | ((payload[at + 1] as number) << 8) | (payload[at + 2] as number);
      text[to] = DIGITS[bits >> 18] as number;
      text[to + 1] = DIGITS[(bits >> 12) & 63] as number;
      text[to + 2] = DIGITS[(bits >> 6) & 63] as number;
      text[to + 3] = DIGITS[bits & 63] as number;
    }
  }
}

function bytesOf(offset: number): number {
  let bytes = 1;
  for (let rest = offset; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

/** One for all: signing is synchronous. What lies before and behind the texts stays there for those of the same length. */
let lanes: Sha256Lanes | undefined;
let prepared: { readonly mac: Mac; readonly chars: number } | undefined;

/** @param places where texts of cursors begin and end in the bytes; behind each are a dot and the room for its MAC */
function signAll(mac: Mac, bytes: Buffer, places: readonly number[]): void {
  lanes ??= new Sha256Lanes();
  for (let from = 0; from < places.length; ) {
    const chars = (places[from + 1] as number) - (places[from] as number);
    const headBytes = mac.head.length;
    const stride = 64 * blocksOf(headBytes + chars);
    if (prepared?.mac !== mac || prepared.chars !== chars) {
      for (let lane = 0; lane < LANES; lane += 1) {
        lanes.bytes.set(mac.head, lane * stride);
        pad(lanes.bytes, lane * stride, headBytes + chars);
      }
      prepared = { mac, chars };
    }
    let lane = 0;
    for (; lane < LANES && from + 2 * lane < places.length; lane += 1) {
      const at = places[from + 2 * lane] as number;
      if ((places[from + 2 * lane + 1] as number) - at !== chars) break;
      const to = lane * stride + headBytes;
      for (let index = 0; index < chars; index += 1) lanes.bytes[to + index] = bytes[at + index] as number;
    }
    lanes.run(0, stride, stride / 64);
    for (let one = 0; one < lane; one += 1)
      writeMac(bytes, (places[from + 2 * one + 1] as number) + 1, lanes.digests, one);
    from += 2 * lane;
  }
}

/** The first 132 bits of the digest of a lane, as base64url. */
function writeMac(bytes: Buffer, at: number, digests: Int32Array, lane: number): void {
  for (let index = 0; index < MAC_CHARS; index += 1) {
    const bit = 6 * index;
    const word = digests[LANES * (bit >> 5) + lane] as number;
    const right = 26 - (bit & 31);
    const digit =
      right >= 0
        ? word >>> right
        : (word << -right) | ((digests[LANES * ((bit >> 5) + 1) + lane] as number) >>> (32 + right));
    bytes[at + index] = DIGITS[digit & 63] as number;
  }
}
