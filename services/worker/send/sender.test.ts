// One POST over real sockets, against a partner that answers as told or misbehaves.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import { FakePartner } from '@ess/test/fakes/partner.ts';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { Exchange, IsNewer, SenderOptions } from './sender.ts';
import { Sender } from './sender.ts';

/** Longer than any test: nothing that is to be answered is cut off on a busy machine. */
const PATIENT_MS = 600_000;
const LOCAL = ['127.0.0.0/8', '::1/128'];
const opened: Sender[] = [];

afterEach(async () => {
  for (const sender of opened.splice(0)) await sender.close();
});

function open(url: string, more: Partial<SenderOptions> = {}): Sender {
  const sender = new Sender({ url, allow: LOCAL, connections: 4, ...more });
  opened.push(sender);
  return sender;
}

interface Sent {
  readonly exchange: Exchange;
  readonly answer: Promise<Answer>;
  readonly answers: Answer[];
}

function post(sender: Sender, timeoutMs = PATIENT_MS, headers: Record<string, string> = {}, isNewer?: IsNewer): Sent {
  const answers: Answer[] = [];
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const outgoing = { headers: { 'content-type': 'application/json', ...headers }, body: '{"bedCap":10}' };
  const exchange = sender.send(outgoing, timeoutMs, isNewer, (answer) => {
    answers.push(answer);
    resolve(answer);
  });
  return { exchange, answer: promise, answers };
}

/** Timers stand still until they are told that time has passed; sockets go on. */
function stoppedClock(): { pass(ms: number): void } & Disposable {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date'] });
  return {
    pass: (ms) => void jest.advanceTimersByTime(ms),
    [Symbol.dispose]: () => void jest.useRealTimers(),
  };
}

/** Resolves when undici has handed a status over. */
function statusSeen(): Promise<void> {
  return new Promise((resolve) => {
    const seen = () => {
      unsubscribe('undici:request:headers', seen);
      setImmediate(resolve);
    };
    subscribe('undici:request:headers', seen);
  });
}

test('the partner gets method, path, query, headers and body; its status is the answer', async () => {
  await using partner = await FakePartner.start(() => 202);
  const sender = open(`${partner.url}?tenant=7`);
  expect(await post(sender, PATIENT_MS, { 'webhook-id': 'w-1' }).answer).toEqual({ kind: 'answered', status: 202 });
  expect(partner.received).toMatchObject([{ id: 'w-1', path: '/hook?tenant=7', body: { bedCap: 10 } }]);
});

test('connections are kept and used again', async () => {
  await using partner = await FakePartner.start();
  const sender = open(partner.url, { connections: 1 });
  for (let n = 0; n < 5; n++) await post(sender).answer;
  expect(partner.received).toHaveLength(5);
  expect(new Set(partner.received.map(({ headers }) => headers.connection))).toEqual(new Set(['keep-alive']));
  expect(partner.connections).toBe(1);
});

describe('the status line decides', () => {
  test.each([200, 204, 400, 409, 429, 500, 503])('%i is answered as it is', async (status) => {
    await using partner = await FakePartner.start(() => status);
    expect(await post(open(partner.url)).answer).toEqual({ kind: 'answered', status });
  });

  test('a redirect is not followed', async () => {
    await using target = await FakePartner.start();
    await using partner = await FakePartner.start(() => ({ status: 302, headers: { location: target.url } }));
    expect(await post(open(partner.url)).answer).toEqual({ kind: 'answered', status: 302 });
    expect(target.received).toEqual([]);
  });

  test('a connection that breaks within the body of a 200 changes nothing: the partner has it', async () => {
    await using partner = await FakePartner.start(() => 'reset-mid-body');
    expect(await post(open(partner.url)).answer).toEqual({ kind: 'answered', status: 200 });
  });

  test('an endless body is cut off at its bound, not at the timeout', async () => {
    await using partner = await FakePartner.start(() => 'endless-body');
    expect(await post(open(partner.url), PATIENT_MS).answer).toEqual({ kind: 'answered', status: 200 });
  });

  test('a body that stalls after a 200 is cut off at the timeout, and counts as answered', async () => {
    await using partner = await FakePartner.start(() => ({
      status: 200,
      headers: { 'content-length': '9' },
      body: 'x',
    }));
    using clock = stoppedClock();
    const status = statusSeen();
    const { answer, answers } = post(open(partner.url), 100);
    await status;
    clock.pass(99);
    expect(answers).toEqual([]);
    clock.pass(1);
    expect(await answer).toEqual({ kind: 'answered', status: 200 });
  });
});

describe('Retry-After', () => {
  test('comes with the answer in ms', async () => {
    await using partner = await FakePartner.start(() => ({ status: 503, headers: { 'retry-after': '2' } }));
    expect(await post(open(partner.url)).answer).toEqual({ kind: 'answered', status: 503, retryAfterMs: 2_000 });
  });

  test('sent twice counts once', async () => {
    await using partner = await FakePartner.start(() => ({
      status: 503,
      headers: { 'retry-after': ['2', '9'] as unknown as string },
    }));
    expect(await post(open(partner.url)).answer).toEqual({ kind: 'answered', status: 503, retryAfterMs: 2_000 });
  });
});

describe('a 409', () => {
  const isNewer: IsNewer = (_headers, body) => body().includes('newer');

  test('is told apart by its body where the connector describes how', async () => {
    await using partner = await FakePartner.start((_request, index) => ({
      ...{ status: 409, body: index === 0 ? '{"error":"newer"}' : '{"error":"clash"}' },
    }));
    const sender = open(partner.url);
    expect(await post(sender, PATIENT_MS, {}, isNewer).answer).toEqual({ kind: 'answered', status: 409, newer: true });
    expect(await post(sender, PATIENT_MS, {}, isNewer).answer).toEqual({ kind: 'answered', status: 409 });
  });

  test('of another status is never looked at', async () => {
    await using partner = await FakePartner.start(() => ({ status: 422, body: 'newer' }));
    expect(await post(open(partner.url), PATIENT_MS, {}, isNewer).answer).toEqual({ kind: 'answered', status: 422 });
  });
});

describe('no answer', () => {
  test('a partner that hangs is cut off at the timeout', async () => {
    await using partner = await FakePartner.start(() => 'hang');
    using clock = stoppedClock();
    const { answer, answers } = post(open(partner.url), 100);
    await partner.until((received) => received.length === 1);
    clock.pass(99);
    expect(answers).toEqual([]);
    clock.pass(1);
    expect(await answer).toEqual({ kind: 'unreachable', code: 'ETIMEDOUT' });
  });

  test('a hint before the answer is none', async () => {
    await using server = createServer((socket) =>
      socket.resume().end('HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n'),
    ).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await post(open(`http://127.0.0.1:${port}/`)).answer).toMatchObject({ kind: 'unreachable' });
  });

  test('a hint before the answer is none', async () => {
    await using server = createServer((socket) =>
      socket.resume().end('HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n'),
    ).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await post(open(`http://127.0.0.1:${port}/`)).answer).toMatchObject({ kind: 'unreachable' });
  });

  test('a partner that resets the connection', async () => {
    await using partner = await FakePartner.start(() => 'reset');
    expect(await post(open(partner.url)).answer).toEqual({ kind: 'unreachable', code: 'ECONNRESET' });
  });

  test('a partner that is down, and is reached again when it is back', async () => {
    await using partner = await FakePartner.start();
    const sender = open(partner.url);
    await post(sender).answer;
    await partner.down();
    const answers = await Promise.all([1, 2, 3].map(() => post(sender).answer));
    for (const answer of answers) expect(answer.kind).toBe('unreachable');
    expect(answers.at(-1)).toEqual({ kind: 'unreachable', code: 'ECONNREFUSED' });
    await partner.up();
    expect(await post(sender).answer).toEqual({ kind: 'answered', status: 200 });
  });

  test('a name that does not exist', async () => {
    const { kind, code } = (await post(open('http://no-such-host.invalid/x')).answer) as { kind: string; code: string };
    expect([kind, code]).toEqual(['unreachable', expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/)]);
  });

  test('a partner that speaks no HTTP', async () => {
    await using server = createServer((socket) => socket.resume().end('220 mail\r\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await post(open(`http://127.0.0.1:${port}/`)).answer).toEqual({
      kind: 'unreachable',
      code: expect.stringMatching(/^(HPE_|HTTPParserError)/),
    });
  });

  test('a header that cannot be sent is an answer as well, after send has returned', async () => {
    await using partner = await FakePartner.start();
    const sent = post(open(partner.url), PATIENT_MS, { 'x-bad': 'line\nbreak' });
    expect(sent.answers).toEqual([]);
    expect(await sent.answer).toMatchObject({ kind: 'unreachable', code: 'UND_ERR_INVALID_ARG' });
  });
});

describe('cut', () => {
  test('a request in flight ends at once, and only once', async () => {
    await using partner = await FakePartner.start(() => 'hang');
    using clock = stoppedClock();
    const { exchange, answer, answers } = post(open(partner.url), 200);
    await partner.until((received) => received.length === 1);
    exchange.cut();
    exchange.cut();
    expect(await answer).toEqual({ kind: 'cut' });
    clock.pass(250); // beyond the timeout
    expect(answers).toHaveLength(1);
  });

  test('a request that waits for a connection ends at once and never reaches the partner', async () => {
    await using partner = await FakePartner.start((_request, index) => ({
      status: 200,
      afterMs: index === 0 ? 80 : 0,
    }));
    const sender = open(partner.url, { connections: 1 });
    const first = post(sender, PATIENT_MS, { 'webhook-id': 'first' });
    await partner.until((received) => received.length === 1);
    const second = post(sender, PATIENT_MS, { 'webhook-id': 'second' });
    const third = post(sender, PATIENT_MS, { 'webhook-id': 'third' });
    second.exchange.cut();
    expect(second.answers).toEqual([{ kind: 'cut' }]);
    expect([await first.answer, await third.answer]).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(partner.received.map(({ id }) => id)).toEqual(['first', 'third']);
    expect(second.answers).toHaveLength(1);
  });

  test('so does one that waits beyond its timeout', async () => {
    await using partner = await FakePartner.start(() => ({ status: 200, afterMs: 200 }));
    const sender = open(partner.url, { connections: 1 });
    const first = post(sender);
    await partner.until((received) => received.length === 1);
    expect(await post(sender, 50).answer).toEqual({ kind: 'unreachable', code: 'ETIMEDOUT' });
    expect(await first.answer).toMatchObject({ status: 200 });
    expect(await post(sender).answer).toMatchObject({ status: 200 }); // by the one connection there is
    expect(partner.received).toHaveLength(2);
  });

  test('after a status has come, the status is the answer', async () => {
    await using partner = await FakePartner.start(() => ({
      status: 200,
      headers: { 'content-length': '9' },
      body: 'x',
    }));
    const status = statusSeen();
    const { exchange, answer } = post(open(partner.url));
    await status;
    exchange.cut();
    expect(await answer).toEqual({ kind: 'answered', status: 200 });
  });

  test('after the answer, it changes nothing', async () => {
    await using partner = await FakePartner.start();
    const sender = open(partner.url, { connections: 1 });
    const { exchange, answer, answers } = post(sender);
    await answer;
    exchange.cut();
    expect(await post(sender).answer).toMatchObject({ status: 200 });
    expect([answers.length, partner.connections]).toEqual([1, 1]);
  });
});

describe('an address that is not allowed is refused before anything is sent', () => {
  test.each(['127.0.0.1', 'localhost'])('%s, when the connector lists no network', async (host) => {
    await using partner = await FakePartner.start();
    const sender = open(`http://${host}:${partner.port}/hook`, { allow: [] });
    expect(await post(sender).answer).toEqual({ kind: 'unreachable', code: 'ESS_PLAIN_HTTP_REFUSED' });
    expect([partner.received.length, partner.connections]).toEqual([0, 0]);
  });

  test.each([['https://[::1]:9/x'], ['https://169.254.169.254/latest/meta-data'], ['https://0x7f.1:9/x']])(
    '%s',
    async (url) => {
      const sender = open(url, { allow: ['10.0.0.0/8'] });
      expect(await post(sender).answer).toEqual({ kind: 'unreachable', code: 'ESS_ADDRESS_REFUSED' });
    },
  );

  test('and a listed network is reached by name as well', async () => {
    await using partner = await FakePartner.start();
    expect(await post(open(`http://localhost:${partner.port}/hook`)).answer).toMatchObject({ status: 200 });
  });
});

describe('close', () => {
  test('when idle lets what is in flight end, and what comes later is answered', async () => {
    await using partner = await FakePartner.start(() => ({ status: 200, afterMs: 60 }));
    const sender = open(partner.url);
    const first = post(sender);
    await partner.until((received) => received.length === 1);
    const closed = sender.closeWhenIdle();
    const late = post(sender);
    expect(late.answers).toEqual([]); // never before send has returned
    expect(await late.answer).toMatchObject({ kind: 'unreachable', code: 'UND_ERR_CLOSED' });
    expect(await first.answer).toEqual({ kind: 'answered', status: 200 });
    await closed;
  });

  test('at once answers what is in flight', async () => {
    await using partner = await FakePartner.start(() => 'hang');
    const sender = open(partner.url);
    const { answer } = post(sender);
    await partner.until((received) => received.length === 1);
    await sender.close();
    expect((await answer).kind).toBe('unreachable');
  });
});
