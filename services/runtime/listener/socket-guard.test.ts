// Connections that get nowhere, over real sockets: each kind is cut within its time, and never one on which work goes on.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { eventually } from '@ess/test/harness/deadline.ts';
import type { Handle } from '@ess/test/harness/guarded-server.ts';
import {
  answer,
  BIG,
  closeAll,
  closing,
  dial,
  dialHttp2,
  dialTls,
  GET,
  gone,
  knownBig,
  never,
  openGuarded,
  withBig,
} from '@ess/test/harness/guarded-server.ts';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { GuardedRequest, GuardedResponse } from './guarded-connection.ts';
import { GuardedConnection } from './guarded-connection.ts';
import { MAX_PIPELINED } from './socket-guard.ts';

afterEach(closeAll);

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
    const { port, guard, cuts } = await openGuarded(handle);
    const socket = await dial(port);
    if (reads) socket.resume();
    socket.write(bytes);
    await eventually('it is cut', () => cuts.length > 0 || undefined);
    expect(cuts[0]).toEqual([reason, '127.0.0.1']);
    await eventually('it is forgotten', () => guard.size === 0 || undefined);
    expect(guard.anonymous).toBe(0);
  });

  test('that trickles: a byte now and then is no progress', async () => {
    const { port, cuts } = await openGuarded(answer);
    const socket = await dial(port);
    const trickle = setInterval(() => socket.write('x'), 20);
    closing.push(() => clearInterval(trickle));
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nx-long: ');
    await gone(socket.resume());
    expect(cuts).toEqual([['idle', '127.0.0.1']]);
  });

  test('whose answer was ended past Node, and is not taken', async () => {
    const { port, guard, cuts } = await openGuarded((request, response) => {
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
    const { port, guard } = await openGuarded((request, response, its) => {
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
    const { port, cuts } = await openGuarded(knownBig);
    const [socket, idle] = [await dial(port), await dial(port)];
    let taken = 0;
    socket.on('data', (chunk: Buffer) => {
      taken += chunk.length;
      socket.pause();
      setTimeout(() => socket.resume(), 2);
    });
    socket.write(GET);
    await gone(idle.resume());
    await eventually('it has everything', () => taken >= BIG.length || undefined);
    expect(cuts.filter(([reason]) => reason !== 'idle')).toEqual([]);
  });
});

describe('HTTP/2', () => {
  test('a session without a stream is told to go, and goes; one with a stream stays', async () => {
    const { port, cuts, guard } = await openGuarded(
      (request, response) => {
        guard.streams(request);
        (response as ServerResponse).writeHead(200);
        (response as ServerResponse).write('begun');
      },
      {},
      'http2',
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
    const { port, guard, cuts } = await openGuarded(isKnown ? knownBig : withBig, {}, 'http2');
    const session = dialHttp2(port, { initialWindowSize: 0 });
    const stream = session.request({ ':path': '/' }).on('error', () => undefined);
    await new Promise((resolve) => stream.once('close', resolve));
    expect(cuts[0]?.[0]).toBe('stalled');
    await eventually('all are forgotten', () => guard.size === 0 || undefined);
  });
});

test('a connection with too many requests in a row is cut, the rest is not looked at, and each of them is over', async () => {
  let begun = 0;
  let over = 0;
  const { port, cuts, seen } = await openGuarded((_request: GuardedRequest, response: GuardedResponse) => {
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
  const { port, guard } = await openGuarded((_request: GuardedRequest, response: GuardedResponse) => {
    const { socket } = response as ServerResponse;
    if (!socket) return;
    socket.end();
    // The system has been asked to end it and has not answered yet.
    process.nextTick(() => new GuardedConnection(socket, '', undefined, 0).cut());
  });
  const socket = await dial(port);
  socket.write(GET);
  await gone(socket.resume());
  await eventually('it is forgotten', () => guard.size === 0 || undefined);
});

test('so is one whose TLS is just being ended', async () => {
  let begun = 0;
  const handle = (request: GuardedRequest) => {
    begun += 1;
    // The next request of the same chunk is one too many, and cuts before the system has answered.
    if (begun === MAX_PIPELINED) request.socket.end();
  };
  const { port, guard, cuts } = await openGuarded(handle, { stallMs: 60_000 }, 'https');
  const socket = dialTls(port);
  socket.write(GET.repeat(MAX_PIPELINED + 1));
  await gone(socket.resume());
  await eventually('it is forgotten', () => guard.size === 0 || undefined);
  expect(cuts).toEqual([['pipelined', '127.0.0.1']]);
});

test('requests in a row that are within bounds are all answered, in order', async () => {
  const { port, cuts } = await openGuarded((request: GuardedRequest, response: GuardedResponse) =>
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
