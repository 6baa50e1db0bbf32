// A partner that may speak HTTP/2, over real sockets: what it chooses is spoken, and nothing else changes.
import { once } from 'node:events';
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse, ServerHttp2Session } from 'node:http2';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { issueCertificate } from '@ess/infra/demo/certificate.ts';
import { TlsPartner } from '@ess/test/fakes/tls-partner.ts';
import { closeSenders, openSender, PATIENT_MS, post } from '@ess/test/harness/data/sender.ts';
import { afterEach, expect, test } from '@jest/globals';

const authority = issueCertificate({ commonName: 'county authority' });
const good = issueCertificate({ commonName: 'partner', issuer: authority });
const tls = { ca: authority.cert };
const ACKED = { kind: 'answered', status: 204 };

afterEach(closeSenders);

type Handle = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

class Http2Partner implements AsyncDisposable {
  readonly server: Http2SecureServer;
  readonly sessions: ServerHttp2Session[] = [];
  /** Of each request, as it came. */
  readonly versions: string[] = [];
  handle: Handle = (_request, response) => void response.writeHead(204).end();

  constructor(settings: Parameters<typeof createSecureServer>[0] = {}) {
    this.server = createSecureServer({ ...good, allowHTTP1: true, ...settings }, (request, response) => {
      this.versions.push(request.httpVersion);
      this.handle(request, response);
    });
    this.server.on('session', (session) => this.sessions.push(session));
  }

  async listen(port = 0): Promise<this> {
    await once(this.server.listen(port, '127.0.0.1'), 'listening');
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://localhost:${this.port}/rules?zone=7`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.sessions) session.destroy();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }
}

test('all requests share one session, as many as there are at once', async () => {
  await using partner = await new Http2Partner().listen();
  const bodies: string[] = [];
  const held: Http2ServerResponse[] = [];
  const { promise: allHere, resolve } = Promise.withResolvers<void>();
  partner.handle = (request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(`${request.method} ${request.url} ${chunk}`));
    if (held.push(response) === 40) resolve();
  };
  const sender = openSender(partner.url, { tls, http2: true, connections: 40 });
  const sent = Array.from({ length: 40 }, () => post(sender));
  await allHere; // none waits for the answer to another
  for (const response of held) response.writeHead(204).end();
  expect(await Promise.all(sent.map(({ answer }) => answer))).toEqual(sent.map(() => ACKED));
  expect(partner.sessions).toHaveLength(1);
  expect(new Set(partner.versions)).toEqual(new Set(['2.0']));
  expect(new Set(bodies)).toEqual(new Set(['POST /rules?zone=7 {"bedCap":10}']));
  const [{ exchange }] = sent as [(typeof sent)[0]];
  expect(exchange.headAt).toBeGreaterThanOrEqual(exchange.writtenAt);
  expect(exchange.writtenAt).toBeGreaterThan(0);
});

test('a connector that does not ask for HTTP/2 has HTTP/1.1', async () => {
  await using partner = await new Http2Partner().listen();
  expect(await post(openSender(partner.url, { tls })).answer).toEqual(ACKED);
  expect(partner.versions).toEqual(['1.1']);
});

test('a partner that does not offer it has its requests over as many connections as ever', async () => {
  await using partner = await TlsPartner.start(good);
  let connections = 0;
  partner.server.on('secureConnection', () => {
    connections += 1;
  });
  const sender = openSender(partner.url, { tls, http2: true });
  const sent = Array.from({ length: 6 }, () => post(sender));
  expect(await Promise.all(sent.map(({ answer }) => answer))).toEqual(sent.map(() => ACKED));
  expect(connections).toBeGreaterThan(1);
});

test('a partner that is away is unreachable for each request, and none waits for another in vain', async () => {
  const away = await new Http2Partner().listen();
  const { port, url } = away;
  await away[Symbol.asyncDispose]();
  const sender = openSender(url, { tls, http2: true });
  const answers = await Promise.all(Array.from({ length: 5 }, () => post(sender).answer));
  expect(answers).toEqual(answers.map(() => ({ kind: 'unreachable', code: 'ECONNREFUSED' })));
  await using back = await new Http2Partner().listen(port);
  expect(await post(sender).answer).toEqual(ACKED);
  expect(back.versions).toEqual(['2.0']);
});

test('one certificate error is one answer for all who wait', async () => {
  await using partner = await new Http2Partner(issueCertificate({ commonName: 'stranger' })).listen();
  const sender = openSender(partner.url, { tls, http2: true });
  const answers = await Promise.all(Array.from({ length: 3 }, () => post(sender).answer));
  expect(answers).toEqual(answers.map(() => expect.objectContaining({ kind: 'unreachable' })));
  expect(partner.versions).toEqual([]);
});

test('a request that is cut ends its stream and no other', async () => {
  await using partner = await new Http2Partner().listen();
  const responses: Http2ServerResponse[] = [];
  const { promise: both, resolve } = Promise.withResolvers<void>();
  partner.handle = (_request, response) => {
    if (responses.push(response) === 2) resolve();
  };
  const sender = openSender(partner.url, { tls, http2: true });
  const [cut, kept] = [post(sender), post(sender)];
  await both;
  const reset = once(responses[0]?.stream as NodeJS.EventEmitter, 'close');
  cut.exchange.cut();
  expect(await cut.answer).toEqual({ kind: 'cut' });
  await reset;
  responses[1]?.writeHead(204).end();
  expect(await kept.answer).toEqual(ACKED);
});

test('what was cut before the protocol was known is never sent', async () => {
  await using partner = await new Http2Partner().listen();
  const sender = openSender(partner.url, { tls, http2: true });
  const sent = Array.from({ length: 4 }, () => post(sender));
  sent[2]?.exchange.cut();
  expect((await Promise.all(sent.map(({ answer }) => answer))).map(({ kind }) => kind)).toEqual([
    'answered',
    'answered',
    'cut',
    'answered',
  ]);
  expect(partner.versions).toHaveLength(3);
});

test('a session that the partner ends is followed by another', async () => {
  await using partner = await new Http2Partner().listen();
  const sender = openSender(partner.url, { tls, http2: true });
  expect(await post(sender).answer).toEqual(ACKED);
  const [session] = partner.sessions;
  const closed = once(session as NodeJS.EventEmitter, 'close');
  session?.close();
  await closed;
  for (let answered = false; !answered; ) answered = (await post(sender).answer).kind === 'answered';
  expect(partner.sessions).toHaveLength(2);
});

test('a partner that speaks HTTP/1.1 from some day on is spoken to in that', async () => {
  const before = await new Http2Partner().listen();
  const { port, url } = before;
  const sender = openSender(url, { tls, http2: true });
  expect(await post(sender).answer).toEqual(ACKED);
  await before[Symbol.asyncDispose]();
  await using after = await TlsPartner.start(good, port);
  for (let answered = false; !answered; ) answered = (await post(sender).answer).kind === 'answered';
  const more = Array.from({ length: 8 }, () => post(sender));
  expect(await Promise.all(more.map(({ answer }) => answer))).toEqual(more.map(() => ACKED));
  expect(after.received).toHaveLength(9);
});

test('a close waits for what waits for the protocol', async () => {
  await using partner = await TlsPartner.start(good);
  const sender = openSender(partner.url, { tls, http2: true });
  const sent = [post(sender), post(sender)];
  await sender.closeWhenIdle();
  expect(await Promise.all(sent.map(({ answer }) => answer))).toEqual([ACKED, ACKED]);
  expect((await post(sender, PATIENT_MS).answer).kind).toBe('unreachable');
});
