// HMAC-SHA256 (RFC 2104, section 2) under a key that is prepared once: the hash of the outer block and of the hash of the inner block
// and the text. Node's `createHmac` looks its digest up at each use and is a stream besides: it took up to twice as long as
// these two hashes.
import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER = 0x36;
const OUTER = 0x5c;
/** A character of a JavaScript string takes at most so many in UTF-8. */
const CHAR_BYTES_MAX = 3;
/** Where block and text are laid together, of all keys: a process may have a thousand. Longer ones get room of their own. */
const shared = Buffer.alloc(65_536);

export class Hmac {
  readonly #inner: Uint8Array;
  /** The outer block, and room for the hash of the inner one. */
  readonly #outer: Buffer;

  constructor(key: Buffer) {
    const short = key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key;
    const block = (pad: number) => Buffer.alloc(BLOCK_BYTES, pad).map((byte, at) => byte ^ (short[at] ?? 0));
    this.#inner = block(INNER);
    this.#outer = Buffer.concat([block(OUTER)], BLOCK_BYTES + DIGEST_BYTES);
  }

  /** @returns base64, of the text's UTF-8 */
  digest(text: string): string {
    const bytesMax = BLOCK_BYTES + text.length * CHAR_BYTES_MAX;
    const bytes = bytesMax > shared.length ? Buffer.allocUnsafe(bytesMax) : shared;
    bytes.set(this.#inner);
    const end = BLOCK_BYTES + bytes.write(text, BLOCK_BYTES);
    this.#outer.write(hash('sha256', bytes.subarray(0, end), 'binary'), BLOCK_BYTES, 'binary');
    return hash('sha256', this.#outer, 'base64');
  }
}
