// What is written to a client in one go: the same bytes for every client, in the form that its connection takes.
import { constants, deflateRawSync } from 'node:zlib';
import { framed } from './event-buffer.ts';

/** A stretch of whole events. */
export interface Part {
  readonly body: Buffer;
  /** Packed once, for every client that asked for gzip: a piece of a deflate stream that stands alone. */
  packed(): Buffer;
  packedFrame(): Buffer;
}

export interface Span {
  /** Chunks of HTTP/1.1, frames included. */
  readonly framed: Buffer;
  readonly parts: readonly Part[];
}

export class SharedPart implements Part {
  readonly body: Buffer;
  #packed: Buffer | undefined;
  #packedFrame: Buffer | undefined;

  constructor(body: Buffer) {
    this.body = body;
  }

  packed(): Buffer {
    // A fresh window each time, ended at a byte: pieces may follow each other in any order and to any client.
    this.#packed ??= deflateRawSync(this.body, { finishFlush: constants.Z_SYNC_FLUSH, level: 1 });
    return this.#packed;
  }

  packedFrame(): Buffer {
    this.#packedFrame ??= framed(this.packed());
    return this.#packedFrame;
  }
}

export function spanOf(body: Buffer | string): Span {
  const part = new SharedPart(typeof body === 'string' ? Buffer.from(body) : body);
  return { framed: framed(part.body), parts: [part] };
}
