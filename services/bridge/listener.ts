// One public port for HTTP/1.1 and HTTP/2: by ALPN with TLS, by the client's first bytes without.
import type { Server as Http1Server, IncomingMessage, RequestListener } from 'node:http';
import { createServer as createHttp1 } from 'node:http';
import type { Http2Session } from 'node:http2';
import { createServer as createHttp2, createSecureServer } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Answer } from './http-answer.ts';

export type Handler = (request: IncomingMessage, response: Answer) => void;

export interface ListenerOptions {
  /** 0 = any free one; a busy port = the next free one. */
  readonly port: number;
  readonly host: string;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface Listener {
  readonly url: string;
  /** Takes no new connections; resolves when the last one is gone, cut after the budget. */
  close(budgetMs: number): Promise<void>;
}

const PORTS_TRIED = 100;
/** Dead peers are noticed although nothing is written to them for a while. */
const KEEP_ALIVE_MS = 60_000;
/** A client has so long to say what it wants. */
const HEADERS_TIMEOUT_MS = 10_000;
const SWEEP_MS = 50;
const PREFACE = 'PRI * HTTP/2.0';
const MAX_HEADER_BYTES = 16_384;

export async function listen(handler: Handler, { port, host, tls }: ListenerOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  const sessions = new Set<Http2Session>();
  const [server, http1] = tls ? [secure(handler, tls, sessions)] : plain(handler, sessions);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('error', () => undefined); // a reset connection is an end like any other
    socket.once('close', () => sockets.delete(socket));
  });
  const bound = await bind(server, port, host);
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return {
    url: `${tls ? 'https' : 'http'}://${shown.includes(':') ? `[${shown}]` : shown}:${bound}`,
    async close(budgetMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      // A connection that is kept alive goes as soon as its answer is out.
      const sweep = setInterval(() => http1?.closeIdleConnections(), SWEEP_MS);
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, budgetMs);
      await closed;
      clearTimeout(cut);
      clearInterval(sweep);
      http1?.close();
    },
  };
}

function plain(handler: Handler, sessions: Set<Http2Session>): [Server, Http1Server] {
  const http1 = createHttp1(
    { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: HEADERS_TIMEOUT_MS },
    handler as RequestListener,
  );
  // It listens nowhere, and Node counts connections and their time limits only from here on.
  http1.emit('listening');
  const http2 = createHttp2(handler as never);
  http2.on('session', (session) => track(session, sessions));
  const server = createServer((socket) => {
    const timer = setTimeout(() => socket.destroy(), HEADERS_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(timer));
    socket.once('data', (first: Buffer) => {
      clearTimeout(timer);
      socket.pause();
      const isHttp2 = PREFACE.startsWith(first.toString('latin1', 0, PREFACE.length));
      socket.unshift(first);
      (isHttp2 ? http2 : http1).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  return [server, http1];
}

function secure(handler: Handler, tls: { cert: string; key: string }, sessions: Set<Http2Session>): Server {
  const server = createSecureServer({ ...tls, allowHTTP1: true, maxHeaderSize: MAX_HEADER_BYTES } as never);
  server.on('request', handler as never);
  server.on('session', (session) => track(session, sessions));
  return server as unknown as Server;
}

function track(session: Http2Session, sessions: Set<Http2Session>): void {
  sessions.add(session);
  session.on('error', () => undefined);
  session.once('close', () => sessions.delete(session));
}

async function bind(server: Server, port: number, host: string): Promise<number> {
  for (let candidate = port; ; candidate += 1) {
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve);
      server.listen({ port: candidate, host, backlog: 4_096 }, () => {
        server.off('error', resolve);
        resolve(undefined);
      });
    });
    if (!error) return (server.address() as AddressInfo).port;
    if (error.code !== 'EADDRINUSE' || candidate === 0 || candidate >= port + PORTS_TRIED) throw error;
  }
}
