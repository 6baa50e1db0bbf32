// One public port for HTTP/1.1 and HTTP/2: by ALPN with TLS, by the client's first bytes without.
import type { Server as Http1Server, IncomingMessage, RequestListener } from 'node:http';
import type { Http2Session } from 'node:http2';
import { createServer as createHttp2, createSecureServer } from 'node:http2';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { listenNear } from '@ess/runtime/listener/ports.ts';
import type { SocketGuard } from '@ess/runtime/listener/socket-guard.ts';
import { nodeHttp } from '@ess/runtime/node-http.ts';
import type { HttpAnswer } from './http-answer.ts';

export type Handler = (request: IncomingMessage, response: HttpAnswer) => void;

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

/** Connections that wait to be accepted: after a restart everybody comes back at once. */
const BACKLOG = 4_096;
/** Dead peers are noticed although nothing is written to them for a while. */
const KEEP_ALIVE_MS = 60_000;
/** A client has so long to say what it wants. */
const HEADERS_TIMEOUT_MS = 10_000;
/** How often Node looks for requests that are over their time. */
const CHECK_MS = 1_000;
const SWEEP_MS = 50;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const MAX_HEADER_BYTES = 16_384;

const HTTP1_LIMITS = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: HEADERS_TIMEOUT_MS,
  connectionsCheckingInterval: CHECK_MS,
};
/** What one session may ask of us before it is ended; a browser needs a tenth of each. */
const HTTP2_LIMITS = {
  settings: { maxConcurrentStreams: 100, maxHeaderListSize: MAX_HEADER_BYTES },
  /** Megabytes, of headers and of what waits to be sent. */
  maxSessionMemory: 10,
  maxHeaderListPairs: 64,
  maxSettings: 16,
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
  /** Streams begun and reset by the client: at once, and per second after that. */
  streamResetBurst: 200,
  streamResetRate: 20,
};

/** @param guard bounds the connections; the handler sees only what it admits */
export async function listen(
  handle: Handler,
  guard: SocketGuard,
  { port, host, tls }: ListenerOptions,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  const sessions = new Set<Http2Session>();
  const track = (session: Http2Session) => {
    sessions.add(session);
    guard.session(session);
    session.on('error', () => undefined);
    session.once('close', () => sessions.delete(session));
  };
  const handler: Handler = (request, response) => {
    if (guard.admits(request, response)) handle(request, response);
  };
  const [server, http1] = tls ? [secure(handler, tls, track)] : plain(handler, track);
  guard.watch(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    socket.once('close', () => sockets.delete(socket));
  });
  const bound = await listenNear(server, { port, host, backlog: BACKLOG });
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

type Track = (session: Http2Session) => void;

function plain(handler: Handler, track: Track): [Server, Http1Server] {
  const http1 = nodeHttp.createServer(HTTP1_LIMITS, handler as RequestListener);
  // It listens nowhere, and Node counts connections and their time limits only from here on.
  http1.emit('listening');
  const http2 = createHttp2(HTTP2_LIMITS, handler as never);
  http2.on('session', track);
  const server = createServer((socket) => {
    let seen: Buffer = Buffer.alloc(0);
    const look = (chunk: Buffer) => {
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
      const isHttp2 = PREFACE.startsWith(seen.toString('latin1', 0, PREFACE.length));
      if (isHttp2 && seen.length < PREFACE.length) return; // it may still become a POST
      socket.off('data', look);
      socket.pause();
      socket.unshift(seen);
      (isHttp2 ? http2 : http1).emit('connection', socket);
      process.nextTick(() => socket.resume());
    };
    socket.on('data', look);
  });
  return [server, http1];
}

function secure(handler: Handler, tls: { cert: string; key: string }, track: Track): Server {
  const options = { ...tls, ...HTTP1_LIMITS, ...HTTP2_LIMITS, allowHTTP1: true };
  const server = createSecureServer(options as never);
  server.on('request', handler as never);
  server.on('session', track);
  return server as unknown as Server;
}
