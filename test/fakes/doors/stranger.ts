// Strangers at a public port: connections from an address of their own that say something and then get nowhere. On loopback
// only, a few dozen at a time, and gone with the test.
import type { Socket } from 'node:net';
import { connect } from 'node:net';

export interface Nuisance {
  /** What each connection says at once. */
  readonly says?: string | Buffer;
  /** What it says again and again, so that it is never silent. */
  readonly repeats?: string | Buffer;
  /** It takes nothing of what it is sent. */
  readonly deaf?: boolean;
  /** It ends its side after what it said. */
  readonly hangsUp?: boolean;
}

const REPEAT_MS = 200;

export class Stranger implements Disposable {
  readonly sockets: Socket[] = [];
  readonly #timer: NodeJS.Timeout;

  /** @param address one of 127.0.0.0/8 */
  constructor(url: string, address: string, connections: number, nuisance: Nuisance) {
    const port = Number(new URL(url).port);
    for (let index = 0; index < connections; index += 1) {
      const socket = connect({ port, host: '127.0.0.1', localAddress: address, allowHalfOpen: true });
      socket.on('error', () => undefined); // cut while we were still saying something
      socket.once('connect', () => {
        if (nuisance.says !== undefined) socket.write(nuisance.says);
        if (nuisance.hangsUp) socket.end();
      });
      if (!nuisance.deaf) socket.resume();
      this.sockets.push(socket);
    }
    this.#timer = setInterval(() => {
      if (nuisance.repeats === undefined) return;
      for (const socket of this.sockets) if (socket.writable) socket.write(nuisance.repeats);
    }, REPEAT_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const socket of this.sockets) socket.destroy();
  }
}

/** A frame of HTTP/2 (RFC 9113, section 4.1). */
export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, window: 8, continuation: 9 };
/** END_STREAM, END_HEADERS. */
export const END = { stream: 1, headers: 4 };
export const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(FRAME.settings, 0, 0)]);

/** The head of a request, with names from HPACK's static table. @param method 0x82 = GET, 0x83 = POST */
export const head = (path: string, method = 0x82): Buffer =>
  Buffer.concat([
    Buffer.from([method, 0x86, 0x44, path.length]),
    Buffer.from(path),
    Buffer.from([0x41, 1]),
    Buffer.from('x'),
  ]);
