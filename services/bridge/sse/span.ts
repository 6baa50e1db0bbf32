// What is written to a client in one go: the same bytes for every client, in the form that its connection takes.
import { constants, deflateRawSync } from 'node:zlib';
import { framed } from './event-buffer.ts';

/** Whole events: what one chunk of HTTP/1.1 holds. */
export interface ChunkBody {
  readonly plain: Buffer;
  /** Packed once, for every client that asked for gzip: it stands alone in a deflate stream. */
  packed(): Buffer;
  packedFrame(): Buffer;
}

export interface Span {
  /** Chunks of HTTP/1.1, frames included. */
  readonly framed: Buffer;
  readonly bodies: readonly ChunkBody[];
}

export class SharedBody implements ChunkBody {
  readonly plain: Buffer;
  #packed: Buffer | undefined;
  #packedFrame: Buffer | undefined;

  constructor(plain: Buffer) {
    this.plain = plain;
  }

  packed(): Buffer {
    // A fresh window each time, ended at a byte: bodies may follow each other in any order and to any client.
    this.#packed ??= deflateRawSync(this.plain, { finishFlush: constants.Z_SYNC_FLUSH, level: 1 });
    return this.#packed;
  }

  packedFrame(): Buffer {
    this.#packedFrame ??= framed(this.packed());
    return this.#packedFrame;
  }
}

export function spanOf(events: Buffer | string): Span {
  const body = new SharedBody(typeof events === 'string' ? Buffer.from(events) : events);
  return { framed: framed(body.plain), bodies: [body] };
}
