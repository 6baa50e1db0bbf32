// Where the bytes of one stream go: a socket that takes whole HTTP/1.1 chunks, or any writable that frames them itself
// (HTTP/2, HTTP/1.0), each plain or packed. Nothing is queued here: a write that is not taken at once blocks the outlet.
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { framed, LAST_CHUNK } from './event-buffer.ts';
import type { ChunkBody, Span } from './span.ts';

export interface Outlet {
  /**
   * @param gone called, maybe twice, when nothing here reads the bytes any more; where that cannot be known, never
   * @returns false: the connection does not take more now; `onDrain` says when
   */
  write(span: Span, gone?: () => void): boolean;
  /** Ends the answer in good order. */
  end(): void;
  /** Cuts the connection. */
  destroy(): void;
  onDrain: () => void;
}

const NOTHING = Buffer.alloc(0);

/** Chunks go past Node's HTTP layer to the socket: one call and one system call for all that waits. */
export class SocketOutlet implements Outlet {
  onDrain: () => void = () => undefined;
  readonly #socket: Socket;
  readonly #gzip: GzipStream | undefined;

  constructor(socket: Socket, gzip: boolean) {
    this.#socket = socket;
    if (gzip) {
      this.#gzip = new GzipStream();
      socket.write(framed(GZIP_HEADER));
    }
  }

  write(span: Span, gone?: () => void): boolean {
    const socket = this.#socket;
    if (this.#gzip) this.#packed(span.bodies, this.#gzip);
    else socket.write(span.framed);
    const taken = socket.writableLength === 0;
    if (taken || this.#gzip) gone?.(); // what is packed is a copy
    if (taken) return true;
    // An empty write is called back when everything before it has gone, or when the connection is cut.
    socket.write(NOTHING, (error) => {
      if (!error) gone?.();
      this.onDrain();
    });
    return false;
  }

  end(): void {
    if (this.#gzip) this.#socket.write(framed(this.#gzip.trailer()));
    this.#socket.end(LAST_CHUNK);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #packed(bodies: readonly ChunkBody[], gzip: GzipStream): void {
    this.#socket.cork();
    for (const body of bodies) {
      gzip.count(body.plain);
      this.#socket.write(body.packedFrame());
    }
    this.#socket.uncork();
  }
}

export class WritableOutlet implements Outlet {
  onDrain: () => void = () => undefined;
  readonly #writable: Writable;
  readonly #gzip: GzipStream | undefined;

  constructor(writable: Writable, gzip: boolean) {
    this.#writable = writable;
    writable.on('drain', () => this.onDrain());
    if (gzip) {
      this.#gzip = new GzipStream();
      writable.write(GZIP_HEADER);
    }
  }

  write({ bodies }: Span): boolean {
    let taken = true;
    for (const body of bodies) {
      this.#gzip?.count(body.plain);
      taken = this.#writable.write(this.#gzip ? body.packed() : body.plain);
    }
    return taken;
  }

  end(): void {
    if (this.#gzip) this.#writable.write(this.#gzip.trailer());
    this.#writable.end();
  }

  destroy(): void {
    this.#writable.destroy();
  }
}

/** RFC 1952: deflate, no name, no time, unknown system. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
/** The last deflate block: fixed codes, empty. */
const LAST_BLOCK = [0x03, 0x00];

/** What a gzip stream must say at its end about what one client was sent; its pieces are shared. */
class GzipStream {
  #crc = 0;
  #bytes = 0;

  count(body: Buffer): void {
    this.#crc = crc32(body, this.#crc);
    this.#bytes = (this.#bytes + body.length) >>> 0;
  }

  trailer(): Buffer {
    const trailer = Buffer.from([...LAST_BLOCK, 0, 0, 0, 0, 0, 0, 0, 0]);
    trailer.writeUInt32LE(this.#crc, 2);
    trailer.writeUInt32LE(this.#bytes, 6);
    return trailer;
  }
}
