// The bridge's public port without a bridge behind it: which protocol a client speaks is found out however slowly it says so,
// and whatever it does instead of asking, it does not stay.
import type { ServerResponse } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { makeCertificate } from '@ess/infra/demo/certificate.ts';
import { SocketGuard } from '@ess/runtime/listener/socket-guard.ts';
import { BRIDGE_NUISANCES } from '@ess/test/fakes/doors/nuisances.ts';
import { PREFACE, Stranger } from '@ess/test/fakes/doors/stranger.ts';
import { eventually } from '@ess/test/harness/deadline.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Listener } from './listener.ts';
import { listen } from './listener.ts';

const STALL_MS = 1_000;
/** For whom nobody is to be cut, however long this process stands. */
const LONG_STALL_MS = 60_000;
const PAGE = 'x'.repeat(30_000);

interface Opened extends AsyncDisposable {
  readonly guard: SocketGuard;
  readonly listener: Listener;
}

let cuts = 0;

async function open(stallMs = STALL_MS): Promise<Opened> {
  const guard = new SocketGuard({
    connections: 500,
    anonymousPerAddress: 100,
    stallMs,
    onCut: () => {
      cuts += 1;
    },
  });
  const listener = await listen(
    (request, response) => {
      response.on('error', () => undefined);
      request.on('error', () => undefined);
      const found = request.url === '/openapi.json';
      (response as ServerResponse).writeHead(found ? 200 : 404).end(found ? PAGE : undefined);
    },
    guard,
    { port: 0, host: '127.0.0.1' },
  );
  const close = async () => {
    await listener.close(0);
    guard.close();
  };
  return { guard, listener, [Symbol.asyncDispose]: close };
}

// Side by side, each at a listener of its own: they wait to be cut.
test.concurrent.each(BRIDGE_NUISANCES)(
  'strangers who %s are gone in the end, and others are answered',
  async (_, nuisance) => {
    await using opened = await open();
    const { guard, listener } = opened;
    using stranger = new Stranger(listener.url, '127.0.0.2', 10, nuisance);
    await eventually('they have come', () => stranger.sockets.every(({ connecting }) => !connecting) || undefined);
    expect((await fetch(`${listener.url}/openapi.json`, { headers: { connection: 'close' } })).status).toBe(200);
    await eventually('they are gone', () => guard.size === 0 || undefined);
    expect(guard.anonymous).toBe(0);
  },
);

let opened: Opened;
let listener: Listener;
beforeAll(async () => {
  opened = await open(LONG_STALL_MS);
  ({ listener } = opened);
});
afterAll(async () => {
  await opened[Symbol.asyncDispose]();
});

test.each<[string, readonly (string | Buffer)[], string]>([
  ['a request of HTTP/1.1, letter by letter', [...'POST / HTTP/1.1\r\nhost: x\r\n\r\n'], 'HTTP/1.1 404'],
  ['one that begins as HTTP/2 does', ['PR', 'OPFIND / HTTP/1.1\r\nhost: x\r\n\r\n'], 'HTTP/1.1 404'],
  ['a request whose client ends its side', ['GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n', ''], PAGE],
])('%s is answered', async (_, parts, answer) => {
  let text = '';
  const socket = connect({ port: Number(new URL(listener.url).port), host: '127.0.0.1' });
  socket.setNoDelay(true).on('data', (bytes) => {
    text += String(bytes);
  });
  for (const part of parts) {
    if (part === '') socket.end();
    else await new Promise((resolve) => socket.write(part, resolve));
  }
  await eventually('it is answered', () => text.includes(answer) || undefined);
  socket.destroy();
});

test('the preface of HTTP/2, byte by byte, begins a session', async () => {
  const socket = connect({ port: Number(new URL(listener.url).port), host: '127.0.0.1' });
  const first = new Promise<Buffer>((resolve) => socket.setNoDelay(true).once('data', resolve));
  for (const byte of PREFACE) await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
  expect((await first)[3]).toBe(4); // SETTINGS
  socket.destroy();
});

test('clients of both protocols are answered, and a session is told how many streams it may have', async () => {
  const session = connectHttp2(listener.url);
  const limit = await new Promise((resolve) =>
    session.once('remoteSettings', ({ maxConcurrentStreams }) => resolve(maxConcurrentStreams)),
  );
  expect(limit).toBe(100);
  const statuses = await Promise.all(
    Array.from(
      { length: 50 },
      () =>
        new Promise((resolve) => {
          const stream = session.request({ ':path': '/openapi.json' });
          stream.once('response', ({ ':status': status }) => resolve(status));
          stream.resume();
        }),
    ),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
  session.destroy();
  expect((await fetch(listener.url)).status).toBe(404);
  expect(cuts).toBeGreaterThan(0);
});

test('with TLS, connections that get nowhere are cut on every layer, and streams of both protocols stay', async () => {
  const strict = new SocketGuard({
    connections: 50,
    anonymousPerAddress: 50,
    stallMs: STALL_MS,
    onCut: () => undefined,
  });
  const encrypted = await listen(
    (request, response) => {
      response.on('error', () => undefined);
      if (request.url !== '/stream') return void (response as ServerResponse).end();
      strict.streams(request);
      (response as ServerResponse).writeHead(200).write('begun');
    },
    strict,
    { port: 0, host: '127.0.0.1', tls: makeCertificate('bridge') },
  );
  const port = Number(new URL(encrypted.url).port);
  const to = { port, host: '127.0.0.1', rejectUnauthorized: false };
  const head = 'GET /stream HTTP/1.1\r\nhost: x\r\n\r\n';
  const streaming = connectTls(to, () => streaming.write(head));
  const other = connectHttp2(encrypted.url, { rejectUnauthorized: false });
  const stream = other.request({ ':path': '/stream' });
  for (const one of [streaming, other, stream]) one.on('error', () => undefined);
  // They stream before the others come: until then they are as idle as those.
  await Promise.all([streaming, stream].map((one) => new Promise((resolve) => one.once('data', resolve))));
  const silent = connect(port, '127.0.0.1');
  const handshaken = connectTls(to);
  const answered = connectTls(to, () => answered.write(head.replace('/stream', '/')));
  const session = connectHttp2(encrypted.url, { rejectUnauthorized: false });
  const gone = [silent, handshaken, answered, session].map(
    (one) => new Promise((resolve) => one.on('error', () => undefined).once('close', resolve)),
  );
  for (const one of [silent, handshaken, answered]) one.resume();
  await Promise.all(gone);
  await eventually('they are forgotten', () => strict.size === 2 || undefined);
  expect([streaming.destroyed, stream.destroyed, strict.anonymous]).toEqual([false, false, 0]);
  for (const one of [streaming, other]) one.destroy();
  await encrypted.close(0);
  strict.close();
});
