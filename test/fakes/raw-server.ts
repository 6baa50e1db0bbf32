// A server that writes bytes, not answers: whatever one can think of, HTTP or not, and for as long as it is read.
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { eventually } from '../harness/deadline.ts';

/** What is done with a connection once the head of a request has come. */
export type Misbehaviour = (socket: Socket) => void;

export class RawServer implements AsyncDisposable {
  /** Requests whose head has come. */
  requests = 0;
  /** Connections that the other side has ended, or we. */
  closed = 0;
  misbehave: Misbehaviour = (socket) => void socket.end();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(misbehave?: Misbehaviour): Promise<RawServer> {
    const server = new RawServer();
    if (misbehave) server.misbehave = misbehave;
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when nobody is connected any more. */
  untilLeft(): Promise<true> {
    return eventually('the end of all connections', () => (this.#sockets.size === 0 ? true : undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.closed += 1;
    });
    let head = '';
    socket.on('data', (chunk: Buffer) => {
      if (head.includes('\r\n\r\n')) return; // the body of the request
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      this.requests += 1;
      this.misbehave(socket);
    });
  }
}

/** Writes `head`, then `piece` over and over, as fast as it is taken. */
export function pouring(head: string | Buffer, piece: string | Buffer): Misbehaviour {
  return (socket) => {
    const pour = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.write(head);
    socket.on('drain', pour);
    pour();
  };
}

/** Writes `head`, then `piece` ten times a second. */
export function dripping(head: string, piece: string): Misbehaviour {
  return (socket) => {
    socket.write(head);
    const drip = setInterval(() => socket.write(piece), 100);
    socket.once('close', () => clearInterval(drip));
  };
}
