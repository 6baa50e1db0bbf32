// A server with a SocketGuard, and clients of it: what is common to the tests of socket-guard.ts.
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { ClientHttp2Session } from 'node:http2';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import { makeCertificate } from '@ess/infra/demo/certificate.ts';
import type { GuardedRequest, GuardedResponse } from '@ess/runtime/listener/guarded-connection.ts';
import type { GuardOptions } from '@ess/runtime/listener/socket-guard.ts';
import { SocketGuard } from '@ess/runtime/listener/socket-guard.ts';

export type Handle = (request: GuardedRequest, response: GuardedResponse, guard: SocketGuard) => void;

interface Opened {
  readonly port: number;
  readonly guard: SocketGuard;
  readonly cuts: Array<[reason: string, holder: string]>;
  /** Requests that Node has made. */
  readonly seen: () => number;
}

/** What a test opens is closed after it. */
export const closing: Array<() => unknown> = [];

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

const STALL_MS = 600;
/** More than the kernel keeps for a connection whose client does not read. */
export const BIG = Buffer.alloc(16_000_000);

export async function openGuarded(
  handle: Handle,
  more: Partial<GuardOptions> = {},
  speaks: 'http' | 'https' | 'http2' = 'http',
): Promise<Opened> {
  const cuts: Opened['cuts'] = [];
  const guard = new SocketGuard({
    connections: 1_000,
    anonymousPerAddress: 256,
    stallMs: STALL_MS,
    onCut: (reason, holder) => cuts.push([reason, holder]),
    ...more,
  });
  let seen = 0;
  const take = (request: GuardedRequest, response: GuardedResponse) => {
    seen += 1;
    response.on('error', () => undefined);
    if (guard.admits(request, response)) handle(request, response, guard);
  };
  const times = { keepAliveTimeout: 60_000, headersTimeout: 60_000 };
  const server: Server = {
    http: () => createServer(times, take as never),
    https: () => createHttpsServer({ ...times, ...makeCertificate('guarded') }, take as never),
    http2: createHttp2Server,
  }[speaks]();
  // Before Node's own, which begins the session.
  if (speaks === 'http2') {
    const [begin] = server.listeners('connection');
    server.off('connection', begin as never);
    guard.watch(server);
    server.on('connection', begin as never);
    server.on('request', take);
    server.on('session', (session) => guard.session(session.on('error', () => undefined)));
  } else guard.watch(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    guard.close();
    return new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, guard, cuts, seen: () => seen };
}

export async function dial(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  closing.push(() => socket.destroy());
  // One that is refused may be gone before it knows that it was there.
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return socket;
}

export function dialHttp2(port: number, settings = {}): ClientHttp2Session {
  const session = connectHttp2(`http://127.0.0.1:${port}`, { settings });
  session.on('error', () => undefined);
  closing.push(() => session.destroy());
  return session;
}

export function dialTls(port: number): TLSSocket {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  socket.on('error', () => undefined);
  closing.push(() => socket.destroy());
  return socket;
}

export const gone = (socket: Socket) => socket.closed || new Promise((resolve) => socket.once('close', resolve));
export const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
export const answer: Handle = (_request, response) => void (response as ServerResponse).end('well');
export const never: Handle = () => undefined;
export const withBig: Handle = (_request, response) => void (response as ServerResponse).end(BIG);
export const knownBig: Handle = (request, response, guard) => {
  guard.known(request);
  (response as ServerResponse).end(BIG);
};
