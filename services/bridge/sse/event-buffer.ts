// Server-sent events as bytes that many clients share. Everything between two `open` and `close` is one chunk of HTTP/1.1's
// chunked coding, with its frame around it; chunks lie one behind the other, so what waits for a client is one slice,
// whatever the number of events and chunks in it.
//   00012c\r\n id: <cursor>\n data: {…}\n \n … \r\n
import { MAX_CHARS } from '@ess/domain/stream/cursor.ts';

/** Six hexadecimal digits hold any chunk; leading zeros are allowed. */
const HEAD_BYTES = 8;
const TAIL_BYTES = 2;
const ID = 'id: ';
const DATA = '\ndata: ';
/** JSON needs up to three bytes for a UTF-16 unit. */
const MAX_UTF8 = 3;

/** Text that is written when its place is known. */
export interface Written {
  /** @returns where it ends */
  write(into: Buffer, at: number): number;
}

/** Bytes that it takes at most. */
export const bytesOf = (text: string): number => text.length * MAX_UTF8;

/** One event of a chunk; an id alone has no document. */
export interface EventMark {
  /** Total of the vector after it; see vector.ts. */
  readonly total: number;
  /** Where the cursor begins in the buffer. */
  readonly idAt: number;
  readonly idEnd: number;
  /** Where the document begins; both are `end` when there is none. */
  readonly dataAt: number;
  readonly dataEnd: number;
  /** After the event. */
  readonly end: number;
}

/** Where a chunk's frame and what is in it begin and end. */
export interface Chunk {
  readonly start: number;
  readonly bodyAt: number;
  readonly bodyEnd: number;
  readonly end: number;
}

export class EventBuffer {
  readonly bytes: Buffer<ArrayBuffer>;
  #used = 0;
  #headAt = -1;

  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
  }

  /** Bytes of the open chunk, without its frame. */
  get openBytes(): number {
    return this.#headAt < 0 ? 0 : this.#used - this.#headAt - HEAD_BYTES;
  }

  /** Whether an event with a document of so many bytes surely fits, with frame and all. */
  fits(documentBytes: number): boolean {
    return this.#used + EventBuffer.bytesFor(documentBytes) <= this.bytes.length;
  }

  static bytesFor(documentBytes: number): number {
    return HEAD_BYTES + TAIL_BYTES + MAX_CHARS + documentBytes + 64;
  }

  /** A larger one with the same content, the open chunk included. */
  grown(moreBytes: number): EventBuffer {
    const larger = new EventBuffer(this.bytes.length * 2 + moreBytes);
    this.bytes.copy(larger.bytes, 0, 0, this.#used);
    larger.#used = this.#used;
    larger.#headAt = this.#headAt;
    return larger;
  }

  /** As new; what it held is no more. */
  clear(): void {
    this.#used = 0;
    this.#headAt = -1;
  }

  open(): void {
    this.#headAt = this.#used;
    this.#used += HEAD_BYTES;
  }

  /** @param data undefined: an id alone, which moves the client's last event id and dispatches nothing */
  event(id: string | Written, data: string | Written | undefined, total: number, name?: string): EventMark {
    const { bytes } = this;
    const idAt = this.#used + ID.length;
    let at = typeof id === 'string' ? idAt + bytes.write(id, idAt, 'latin1') : id.write(bytes, idAt);
    bytes.write(ID, this.#used, 'latin1');
    const idEnd = at;
    if (name !== undefined) at += bytes.write(`\nevent: ${name}`, at, 'latin1');
    let dataAt = -1;
    let dataEnd = -1;
    if (data !== undefined) {
      at += bytes.write(DATA, at, 'latin1');
      dataAt = at;
      at = typeof data === 'string' ? at + bytes.write(data, at, 'utf8') : data.write(bytes, at);
      dataEnd = at;
    }
    bytes[at++] = 0x0a;
    bytes[at++] = 0x0a;
    this.#used = at;
    return data === undefined
      ? { total, idAt, idEnd, dataAt: at, dataEnd: at, end: at }
      : { total, idAt, idEnd, dataAt, dataEnd, end: at };
  }

  /** Writes the frame. */
  close(): Chunk {
    const start = this.#headAt;
    const bodyAt = start + HEAD_BYTES;
    const bodyEnd = this.#used;
    this.bytes.write(`${(bodyEnd - bodyAt).toString(16).padStart(6, '0')}\r\n`, start, 'latin1');
    this.bytes[this.#used++] = 0x0d;
    this.bytes[this.#used++] = 0x0a;
    this.#headAt = -1;
    return { start, bodyAt, bodyEnd, end: this.#used };
  }
}

/** A chunk of its own, for what only one client gets. */
export function framed(body: Buffer | string): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const head = `${bytes.length.toString(16).padStart(6, '0')}\r\n`;
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n')]);
}

/** The end of a chunked body. */
export const LAST_CHUNK = Buffer.from('0\r\n\r\n');
