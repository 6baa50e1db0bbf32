// Connections that get nowhere, over real sockets: each kind is cut within its time, and never one on which work goes on.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { ClientHttp2Session } from 'node:http2';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect } from 'node:net';
import { eventually } from '@ess/test/harness/deadline.ts';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { networksOf } from './client-address.ts';
import type { GuardedRequest, GuardedResponse } from './guarded-connection.ts';
import { GuardedConnection } from './guarded-connection.ts';
import type { GuardOptions } from './socket-guard.ts';
import { MAX_PIPELINED, SocketGuard } from './socket-guard.ts';

type Handle = (request: GuardedRequest, response: GuardedResponse, guard: SocketGuard) => void;

interface Opened {
  readonly port: number;
  readonly guard: SocketGuard;
  readonly cuts: Array<[reason: string, holder: string]>;
  /** Requests that Node has made. */
  readonly seen: () => number;
}

// Nothing here takes so long but on a machine that has other things to do.
jest.setTimeout(60_000);
const closing: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const STALL_MS = 600;
/** More than the kernel keeps for a connection whose client does not read. */
const BIG = Buffer.alloc(16_000_000);

async function open(handle: Handle, more: Partial<GuardOptions> = {}, http2 = false): Promise<Opened> {
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
  const server: Server = http2
    ? createHttp2Server()
    : createServer({ keepAliveTimeout: 60_000, headersTimeout: 60_000 }, take as never);
  // Before Node's own, which begins the session.
  if (http2) {
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

async function dial(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  closing.push(() => socket.destroy());
  // One that is refused may be gone before it knows that it was there.
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return socket;
}

function dialHttp2(port: number, settings = {}): ClientHttp2Session {
  const session = connectHttp2(`http://127.0.0.1:${port}`, { settings });
  session.on('error', () => undefined);
  closing.push(() => session.destroy());
  return session;
}

const gone = (socket: Socket) => socket.closed || new Promise((resolve) => socket.once('close', resolve));
const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
const answer: Handle = (_request, response) => void (response as ServerResponse).end('well');
const never: Handle = () => undefined;
const withBig: Handle = (_request, response) => void (response as ServerResponse).end(BIG);
const knownBig: Handle = (request, response, guard) => {
  guard.known(request);
  (response as ServerResponse).end(BIG);
};

describe('a connection that gets nowhere is cut', () => {
  test.each<[string, string, Handle, boolean, string]>([
    ['on which nothing is said', '', answer, true, 'idle'],
    ['with half a head', 'GET / HTTP/1.1\r\nhos', answer, true, 'idle'],
    ['with random bytes that begin no request', '\r\n\r\n\r\n', answer, true, 'idle'],
    ['whose body does not come', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{', never, true, 'stalled'],
    ['whose answer is not taken', GET, withBig, false, 'stalled'],
    ['whose answer is not taken, of a client that is known', GET, knownBig, false, 'stalled'],
    ['after an answer', GET, answer, true, 'idle'],
  ])('%s', async (_, bytes, handle, reads, reason) => {
    const { port, guard, cuts } = await open(handle);
    const socket = await dial(port);
    if (reads) socket.resume();
    socket.write(bytes);
    await eventually('it is cut', () => cuts.length > 0 || undefined);
    expect(cuts[0]).toEqual([reason, '127.0.0.1']);
    await eventually('it is forgotten', () => guard.size === 0 || undefined);
    expect(guard.anonymous).toBe(0);
  });

  test('that trickles: a byte now and then is no progress', async () => {
    const { port, cuts } = await open(answer);
    const socket = await dial(port);
    const trickle = setInterval(() => socket.write('x'), 20);
    closing.push(() => clearInterval(trickle));
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nx-long: ');
    await gone(socket.resume());
    expect(cuts).toEqual([['idle', '127.0.0.1']]);
  });

  test('whose answer was ended past Node, and is not taken', async () => {
    const { port, guard, cuts } = await open((request, response) => {
      guard.streams(request);
      (response as ServerResponse).writeHead(200, { connection: 'close' });
      (response as ServerResponse).flushHeaders();
      (response as ServerResponse).socket?.end('0\r\n\r\n');
    });
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined);
    socket.resume().write(GET);
    closing.push(() => socket.destroy());
    await eventually('it has come', () => guard.size === 1 || undefined);
    await eventually('it is forgotten', () => guard.size === 0 || undefined);
    expect(cuts).toEqual([['stalled', '127.0.0.1']]);
  });
});

describe('a connection on which work goes on stays', () => {
  test('while a known request waits for us, and while a stream is silent', async () => {
    const { port, guard } = await open((request, response, its) => {
      if (request.url === '/stream') {
        its.streams(request);
        (response as ServerResponse).write('begun');
      } else its.known(request);
    });
    const [waiting, streaming, idle] = [await dial(port), await dial(port), await dial(port)];
    waiting.write(GET);
    streaming.write(GET.replace('/', '/stream'));
    await gone(idle.resume());
    const second = await dial(port);
    await gone(second.resume());
    await eventually('the others are gone', () => guard.size === 2 || undefined);
    expect([waiting.destroyed, streaming.destroyed]).toEqual([false, false]);
  });

  test('while the client takes a known answer, however slowly', async () => {
    const { port, cuts } = await open(knownBig);
    const [socket, idle] = [await dial(port), await dial(port)];
    let taken = 0;
    socket.on('data', (chunk: Buffer) => {
      taken += chunk.length;
      socket.pause();
      setTimeout(() => socket.resume(), 2);
    });
    socket.write(GET);
    await gone(idle.resume());
    await eventually('it has everything', () => taken >= BIG.length || undefined, { timeoutMs: 30_000 });
    expect(cuts.filter(([reason]) => reason !== 'idle')).toEqual([]);
  });
});

describe('HTTP/2', () => {
  test('a session without a stream is told to go, and goes; one with a stream stays', async () => {
    const { port, cuts, guard } = await open(
      (request, response) => {
        guard.streams(request);
        (response as ServerResponse).writeHead(200);
        (response as ServerResponse).write('begun');
      },
      {},
      true,
    );
    const [idle, streaming] = [dialHttp2(port), dialHttp2(port)];
    const stream = streaming.request({ ':path': '/' }).on('error', () => undefined);
    await new Promise((resolve) => stream.once('data', resolve));
    const pings = setInterval(() => !idle.destroyed && idle.ping(() => undefined), 20);
    const goaway = new Promise((resolve) => idle.once('goaway', resolve));
    await new Promise((resolve) => idle.once('close', resolve));
    clearInterval(pings);
    expect(await goaway).toBe(0);
    expect(streaming.closed).toBe(false);
    expect(cuts.filter(([reason]) => reason !== 'idle')).toEqual([]);
    stream.close();
    await new Promise((resolve) => streaming.once('close', resolve));
    await eventually('all are forgotten', () => guard.size === 0 || undefined);
  });

  test.each<[string, boolean]>([
    ['of a stranger', false],
    ['of a client that is known', true],
  ])('an answer %s whose window stays shut does not hold its connection', async (_, isKnown) => {
    const { port, guard, cuts } = await open(isKnown ? knownBig : withBig, {}, true);
    const session = dialHttp2(port, { initialWindowSize: 0 });
    const stream = session.request({ ':path': '/' }).on('error', () => undefined);
    await new Promise((resolve) => stream.once('close', resolve));
    expect(cuts[0]?.[0]).toBe('stalled');
    await eventually('all are forgotten', () => guard.size === 0 || undefined);
  });
});

describe('one address', () => {
  test('has so many unknown connections; the next one is cut, another address comes in', async () => {
    const { port, guard, cuts } = await open(answer, { anonymousPerAddress: 5, stallMs: 60_000 });
    for (let index = 0; index < 5; index += 1) await dial(port, '127.0.0.2');
    await gone((await dial(port, '127.0.0.2')).resume());
    await dial(port, '127.0.0.3');
    await eventually('all are counted', () => guard.size === 6 || undefined);
    expect(cuts).toEqual([['address', '127.0.0.2']]);
  });

  test('has a place again when one of its connections leaves, or shows who it is', async () => {
    const { port, guard } = await open(
      (request, response) => {
        guard.known(request);
        (response as ServerResponse).end('well');
      },
      { anonymousPerAddress: 2, stallMs: 60_000 },
    );
    const first = await dial(port);
    const second = await dial(port);
    second.write(GET);
    await new Promise((resolve) => second.once('data', resolve));
    await dial(port);
    await eventually('both are unknown', () => guard.anonymous === 2 || undefined);
    first.destroy();
    await eventually('one has gone', () => guard.anonymous === 1 || undefined);
    const last = await dial(port);
    last.write(GET);
    await new Promise((resolve) => last.once('data', resolve));
    expect(guard.size).toBe(3);
  });

  test('has so many unknown requests at work; in the connection of a proxy the client counts that it names', async () => {
    const { port, cuts } = await open(never, { anonymousPerAddress: 2, proxies: PROXIES, stallMs: 60_000 });
    const statuses: string[] = [];
    const ask = async (client?: string) => {
      const socket = await dial(port);
      socket.on('data', (bytes) => statuses.push(String(bytes).slice(9, 12)));
      socket.write(`GET / HTTP/1.1\r\nhost: x\r\n${client === undefined ? '' : `x-forwarded-for: ${client}\r\n`}\r\n`);
      return socket;
    };
    for (const client of ['192.0.2.1', '203.0.113.9, 192.0.2.1', undefined, undefined, undefined]) await ask(client);
    await ask('192.0.2.2, 192.0.2.1, 127.0.0.1');
    await eventually('the third is refused', () => statuses.length === 1 || undefined);
    await ask('192.0.2.2');
    expect(statuses).toEqual(['429']);
    expect(cuts).toEqual([['address', '192.0.2.1']]);
  });
});

test('a request that was over before it was known whose it is counts once', async () => {
  const late: GuardedRequest[] = [];
  const { port, guard, cuts } = await open(
    (request, response) => {
      if (request.url !== '/late') return;
      late.push(request);
      response.once('close', () => guard.known(request));
    },
    { anonymousPerAddress: 1, stallMs: 60_000 },
  );
  for (let index = 0; index < 3; index += 1) {
    const socket = await dial(port);
    socket.write(GET.replace('/', '/late'));
    await eventually('it has come', () => late.length > index || undefined);
    socket.destroy();
    await eventually('it has gone', () => guard.size === 0 || undefined);
  }
  const socket = await dial(port);
  // The first one is at work, and nobody knows whose it is: there is no place for a second one.
  socket.write(GET.repeat(2));
  await eventually('the second one is refused', () => cuts.length > 0 || undefined);
  expect(cuts).toEqual([['address', '127.0.0.1']]);
});

const PROXIES = networksOf('X', ['127.0.0.0/8']);

test('when there is no room the oldest unknown connection gives way; when all are known the newcomer does', async () => {
  const { port, guard, cuts } = await open(
    (request, response) => {
      guard.known(request);
      (response as ServerResponse).end('well');
    },
    { connections: 2, stallMs: 60_000 },
  );
  const oldest = await dial(port, '127.0.0.2');
  const known = await dial(port, '127.0.0.3');
  known.write(GET);
  await new Promise((resolve) => known.once('data', resolve));
  const went = gone(oldest.resume());
  const newcomer = await dial(port, '127.0.0.4');
  await went;
  newcomer.write(GET);
  await new Promise((resolve) => newcomer.once('data', resolve));
  await gone((await dial(port, '127.0.0.5')).resume());
  expect(cuts).toEqual([
    ['full', '127.0.0.2'],
    ['full', '127.0.0.5'],
  ]);
  expect([known.destroyed, newcomer.destroyed, guard.size]).toEqual([false, false, 2]);
});

test('a connection with too many requests in a row is cut, the rest is not looked at, and each of them is over', async () => {
  let begun = 0;
  let over = 0;
  const { port, cuts, seen } = await open((_request: GuardedRequest, response: GuardedResponse) => {
    begun += 1;
    response.once('close', () => {
      over += 1;
    });
  });
  const socket = await dial(port);
  socket.write(GET.repeat(2_000));
  await gone(socket.resume());
  expect(cuts[0]).toEqual(['pipelined', '127.0.0.1']);
  expect(begun).toBe(MAX_PIPELINED);
  expect(seen()).toBe(MAX_PIPELINED + 1);
  await eventually('each is over', () => over === MAX_PIPELINED || undefined);
});

test('a connection whose end is just under way is gone when it is cut', async () => {
  const { port, guard } = await open((_request: GuardedRequest, response: GuardedResponse) => {
    const { socket } = response as ServerResponse;
    if (!socket) return;
    socket.end();
    // The system has been asked to end it and has not answered yet.
    process.nextTick(() => new GuardedConnection(socket, '', undefined, 0).cut());
  });
  const socket = await dial(port);
  socket.write(GET);
  await gone(socket.resume());
  await eventually('it is forgotten', () => guard.size === 0 || undefined, { timeoutMs: 5_000 });
});

test('requests in a row that are within bounds are all answered, in order', async () => {
  const { port, cuts } = await open((request: GuardedRequest, response: GuardedResponse) =>
    setImmediate(() => (response as ServerResponse).end((request as IncomingMessage).url)),
  );
  const socket = await dial(port);
  let text = '';
  socket.on('data', (bytes) => {
    text += String(bytes);
  });
  const paths = Array.from({ length: MAX_PIPELINED }, (_, index) => `/${index}`);
  socket.write(paths.map((path) => GET.replace('/', path)).join(''));
  await eventually('all are answered', () => text.split('HTTP/1.1 200').length > MAX_PIPELINED || undefined);
  expect(paths.filter((path) => !text.includes(path))).toEqual([]);
  expect(cuts).toEqual([]);
});
