// A proxy that opens tunnels (CONNECT), over http or https, and keeps what it was asked.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import type { Certificate } from '@ess/infra/demo/certificate.ts';

export interface TunnelAsked {
  /** host:port. */
  readonly target: string;
  readonly authorization: string | undefined;
}

export class HttpProxy implements AsyncDisposable {
  readonly asked: TunnelAsked[] = [];
  /** What it answers instead of a tunnel. */
  refuse: ((asked: TunnelAsked) => number | undefined) | undefined;
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets = new Set<Socket>();
  readonly #isTls: boolean;

  private constructor(tls: Certificate | undefined) {
    this.#isTls = tls !== undefined;
    this.#server = tls ? createTlsServer(tls) : createServer();
    this.#server.on('connection', (socket: Socket) => this.#keep(socket));
    this.#server.on('connect', (request, socket: Socket) => {
      const asked = { target: request.url ?? '', authorization: request.headers['proxy-authorization'] };
      this.asked.push(asked);
      const status = this.refuse?.(asked);
      if (status !== undefined) return socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 2\r\n\r\nno`);
      const { hostname, port } = new URL(`http://${asked.target}`);
      const upstream = connect({ host: hostname, port: Number(port) }, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      this.#keep(upstream);
      upstream.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
      socket.on('error', () => upstream.destroy());
    });
  }

  static async start(tls?: Certificate): Promise<HttpProxy> {
    const proxy = new HttpProxy(tls);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  /** host:port. */
  get host(): string {
    return `localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `${this.#isTls ? 'https' : 'http'}://${this.host}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
