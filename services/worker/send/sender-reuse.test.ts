// Connections that are used again: what happens when the partner has closed one, and how long it may be kept.
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createSocketServer } from 'node:net';
import { FakePartner } from '@ess/test/fakes/partner.ts';
import { closeSenders, openSender, PATIENT_MS, post, stoppedClock } from '@ess/test/harness/data/sender.ts';
import { afterEach, describe, expect, test } from '@jest/globals';

afterEach(closeSenders);

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

/** What a partner does at the nth request of its nth connection, both from 1. */
type Does = (socket: Socket, request: number, connection: number) => void;

async function partnerThat(does: Does) {
  const heads: string[] = [];
  let connections = 0;
  const server = createSocketServer((socket) => {
    connections += 1;
    const connection = connections;
    let requests = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      if (!text.startsWith('POST')) return; // the body
      heads.push(text);
      requests += 1;
      does(socket, requests, connection);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, heads, connections: () => connections, [Symbol.asyncDispose]: async () => void server.close() };
}

/** Answers the first request of each connection. */
const tires =
  (then: (socket: Socket) => void): Does =>
  (socket, request) =>
    request === 1 ? socket.write(OK) : then(socket);

/** Resets the first connection at its second request, and never answers on the second. `reached`: the request has come there. */
function silentOnTheSecond() {
  const reached = Promise.withResolvers<void>();
  const behaviour: Does = (socket, request, connection) => {
    if (connection === 2) reached.resolve();
    else if (request === 1) socket.write(OK);
    else socket.resetAndDestroy();
  };
  return { reached, behaviour };
}

describe('a connection that had been idle and ends before one byte', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['closed', (socket) => void socket.end()],
    ['reset', (socket) => void socket.resetAndDestroy()],
  ])('%s: the request goes once more, on a new one, and nothing of it is different', async (_, end) => {
    await using partner = await partnerThat(tires(end));
    const sender = openSender(partner.url, { connections: 1 });
    expect(await post(sender).answer).toEqual({ kind: 'answered', status: 200 });
    const again = await post(sender, PATIENT_MS, { 'webhook-id': 'w-2', 'ess-attempt': '1' }).answer;
    expect(again).toEqual({ kind: 'answered', status: 200, resent: 'idle' });
    expect(partner.connections()).toBe(2);
    const [, second, third] = partner.heads.map((head) => head.replace(/connection: \S+\r\n/, ''));
    expect(third).toBe(second);
  });

  test('a new connection that ends so too is a failure, and it is tried no more', async () => {
    await using partner = await partnerThat((socket, request, connection) =>
      connection === 1 && request === 1 ? socket.write(OK) : socket.resetAndDestroy(),
    );
    const sender = openSender(partner.url, { connections: 1 });
    await post(sender).answer;
    expect(await post(sender).answer).toEqual({ kind: 'unreachable', code: 'ECONNRESET', resent: 'idle' });
    expect(partner.heads).toHaveLength(3);
  });

  test('a first request on a connection that ends so is a failure', async () => {
    await using partner = await partnerThat((socket) => void socket.resetAndDestroy());
    expect(await post(openSender(partner.url)).answer).toEqual({ kind: 'unreachable', code: 'ECONNRESET' });
    expect(partner.heads).toHaveLength(1);
  });

  test.each([
    ['one byte of an answer', 'H'],
    ['an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('%s is more than none: that is a failure', async (_, bytes) => {
    await using partner = await partnerThat(tires((socket) => void socket.end(bytes)));
    const sender = openSender(partner.url, { connections: 1 });
    await post(sender).answer;
    expect(await post(sender).answer).toEqual({ kind: 'unreachable', code: 'UND_ERR_SOCKET' });
    expect(partner.heads).toHaveLength(2);
  });

  test('a cut is a cut, also while it goes once more', async () => {
    const { reached, behaviour } = silentOnTheSecond();
    await using partner = await partnerThat(behaviour);
    const sender = openSender(partner.url, { connections: 1 });
    await post(sender).answer;
    const { exchange, answer, answers } = post(sender);
    await reached.promise;
    exchange.cut();
    expect(await answer).toEqual({ kind: 'cut' });
    expect(answers).toHaveLength(1);
  });

  test('both together have the time of one', async () => {
    const { reached, behaviour } = silentOnTheSecond();
    await using partner = await partnerThat(behaviour);
    const sender = openSender(partner.url, { connections: 1 });
    await post(sender).answer;
    using clock = stoppedClock();
    const { answer, answers } = post(sender, 100);
    await reached.promise;
    clock.pass(99);
    expect(answers).toEqual([]);
    clock.pass(1);
    expect(await answer).toEqual({ kind: 'unreachable', code: 'ETIMEDOUT', resent: 'idle' });
  });
});

describe('hints of the partner are obeyed', () => {
  async function hinting(hint: string): Promise<{ url: string; connections(): number } & AsyncDisposable> {
    let connections = 0;
    const server: Server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'keep-alive': hint, connection: 'keep-alive' }).end();
    }).on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}/`,
      connections: () => connections,
      [Symbol.asyncDispose]: async () => {
        server.close();
        server.closeAllConnections();
      },
    };
  }
  const sendThree = async (url: string) => {
    const sender = openSender(url, { connections: 1 });
    for (let n = 0; n < 3; n += 1) expect(await post(sender).answer).toEqual({ kind: 'answered', status: 200 });
  };

  test.each([
    ['timeout=60', 1],
    ['timeout=60, max=100', 1],
    ['max=0', 3],
    ['timeout=60, max=1', 3],
    ['timeout=60, max=2', 2],
    ['timeout=1', 3],
  ])('%s: three requests take %i connections', async (hint, expected) => {
    await using partner = await hinting(hint);
    await sendThree(partner.url);
    expect(partner.connections()).toBe(expected);
  });

  test('a connection is given up a second before the partner does', async () => {
    await using partner = await hinting('timeout=5');
    const sender = openSender(partner.url, { connections: 1 });
    using clock = stoppedClock();
    await post(sender).answer;
    await new Promise(setImmediate);
    clock.pass(3_900);
    await post(sender).answer;
    expect(partner.connections()).toBe(1);
    await new Promise(setImmediate);
    clock.pass(4_100);
    await post(sender).answer;
    expect(partner.connections()).toBe(2);
  });
});

describe('a page where JSON was sent', () => {
  const page = { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>' };
  const told = async (headers: Record<string, string>) => {
    await using partner = await FakePartner.start(() => page);
    const seen: number[] = [];
    const sender = openSender(partner.url, { onOdd: (odd) => seen.push(odd.kind === 'page' ? odd.status : 0) });
    for (let n = 0; n < 3; n += 1) await post(sender, PATIENT_MS, headers).answer;
    return seen;
  };
  test('is told once', async () => expect(await told({})).toEqual([200]));
  test('also where another JSON is asked for', async () =>
    expect(await told({ accept: 'application/fhir+json' })).toEqual([200]));
  test('but not where a page is welcome', async () => expect(await told({ accept: 'text/html' })).toEqual([]));
  test('nor for a form', async () =>
    expect(await told({ 'content-type': 'application/x-www-form-urlencoded' })).toEqual([]));
});
