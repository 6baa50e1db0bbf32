// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
// The server in front of the doors, over real sockets: each limit has its answer and its count, and who may say that a client
// certificate was checked.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { compileConnector } from '@ess/domain/connector/compile.ts';
import { RateLimit } from '@ess/domain/delivery/rate-limit.ts';
import { parseRange } from '@ess/domain/values/network.ts';
import type { JwtVerifier } from '@ess/runtime/access/jwt.ts';
import { createJwtVerifier } from '@ess/runtime/access/jwt.ts';
import { findSubject, readSchema } from '@ess/schemas/catalog.ts';
import { DOOR_NUISANCES } from '@ess/test/fakes/doors/nuisances.ts';
import { Stranger } from '@ess/test/fakes/doors/stranger.ts';
import { eventually } from '@ess/test/harness/deadline.ts';
import { afterEach, expect, jest, test } from '@jest/globals';
import { exportJWK, SignJWT } from 'jose';
import { openDoor } from './door.ts';
import type { Doors } from './doors.ts';
import { createGate, createWall } from './gate.ts';
import type { HookTopic } from './hook-topic.ts';
import { LIMITS } from './limits.ts';
import type { ToldRequest } from './server.ts';
import { DoorServer } from './server.ts';

const SECRET = 'the-secret-of-the-clinic';
const PATH = '/beds';
const GOOD = JSON.stringify({ auth: SECRET, bedsFree: 1 });

const PAGES = new Map([['/docs', { type: 'text/plain', body: 'x'.repeat(30_000) }]]);

interface Opened {
  readonly url: string;
  readonly port: number;
  readonly server: DoorServer;
  readonly told: ToldRequest[];
}
interface Options {
  readonly auth?: string;
  readonly access?: string;
  readonly jwt?: JwtVerifier;
  readonly proxies?: string;
  readonly publish?: HookTopic['publish'];
  readonly anonymousPerAddress?: number;
  readonly stallMs?: number;
}

const closing: Array<() => Promise<unknown> | unknown> = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Closed after the test. */
async function open(options: Options = {}): Promise<Opened> {
  const opened = await start(options);
  closing.push(() => opened.server.drain());
  return opened;
}

async function start({ auth = '{ body: { auth: "${CLINIC_SECRET}" } }', ...more }: Options = {}): Promise<Opened> {
  const { access = '{}', jwt, proxies = '10.0.0.0/8', publish = async () => 'published' } = more;
  const yaml = `partner: clinic\nsource: { topic: rules }\nmapping: m.json\naccess: ${access}\ninbound: [{ path: ${PATH}, topic: hospital.bedChange, auth: ${auth}, mapping: b.json }]\n`;
  const files = new Map([
    ['connector.yaml', yaml],
    ['m.json', '{"fields":{"title":"title"}}'],
    ['b.json', '{"fields":{"bedsFree":"bedsFree"}}'],
  ]);
  const folder = { path: 'clinic', partner: 'clinic', files };
  const { connector, problems } = compileConnector(folder, { env: () => SECRET, sourceSchema: findSubject });
  const [hook] = connector?.inbound ?? [];
  if (connector === undefined || hook === undefined) throw new Error(JSON.stringify(problems));
  const door = openDoor(connector, hook, readSchema('hospital.bedChange'), {
    gate: createGate(hook.auth, connector.access, jwt),
    rate: new RateLimit(Number.POSITIVE_INFINITY, 1_000),
    encode: () => Buffer.from('record'),
    topic: { publish } as HookTopic,
  });
  const told: ToldRequest[] = [];
  const server = new DoorServer({
    doors: { at: (path) => (path === PATH ? door : undefined) } as Doors,
    wall: createWall(jwt),
    anonymousPerAddress: more.anonymousPerAddress ?? 256,
    ...(more.stallMs !== undefined && { stallMs: more.stallMs }),
    onCut: () => undefined,
    proxies: [parseRange(proxies)].flatMap((range) => range ?? []),
    clientSubjectHeader: 'x-subject',
    pages: () => PAGES,
    onAnswer: (one) => told.push(one),
    onFault: (error) => {
      throw error;
    },
  });
  await server.server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, server, told };
}

async function ring(url: string, headers: Record<string, string> = {}, body = GOOD) {
  const all = { 'content-type': 'application/json', ...headers };
  const answer = await fetch(url + PATH, { method: 'POST', headers: all, body });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, problem: text === '' ? undefined : JSON.parse(text) };
}

const nested = (depth: number) => `{"auth":"${SECRET}","bedsFree":${'['.repeat(depth)}${']'.repeat(depth)}}`;

test.each<[string, number, string, Record<string, string>, string]>([
  ['a body of a byte too many', 413, 'too-large', {}, GOOD.padEnd(LIMITS.bodyBytes + 1)],
  ['another type', 415, 'unsupported', { 'content-type': 'text/plain' }, GOOD],
  ['another charset', 415, 'unsupported', { 'content-type': 'application/json; charset=latin1' }, GOOD],
  ['a packed body', 415, 'unsupported', { 'content-encoding': 'gzip' }, GOOD],
  ['a level too deep', 400, 'malformed', {}, nested(LIMITS.jsonDepth)],
  ['a header of a byte too many', 431, 'malformed', { 'x-big': 'x'.repeat(LIMITS.headerBytes) }, GOOD],
])('%s is answered %i with a problem document, and counted', async (_, status, outcome, headers, body) => {
  const { url, told } = await open();
  const answer = await ring(url, headers, body);
  expect([answer.status, answer.problem.status]).toEqual([status, status]);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  if (status === 415)
    expect(answer.headers.get('accept-post')).toBe('application/json, application/x-www-form-urlencoded');
  expect(told).toMatchObject([{ outcome, status }]);
});

test('a wrong secret and a path without a door are answered at the same time after the request, however soon it is known', async () => {
  const { url, told } = await open();
  const wrong = JSON.stringify({ auth: 'wrong', bedsFree: 1 });
  const headers = { 'content-type': 'application/json' };
  // Timers stand still, sockets go on.
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setInterval', 'performance', 'Date'],
  });
  try {
    const waiting = jest.getTimerCount();
    const statuses: number[] = [];
    const answers = [PATH, '/nowhere'].map(async (path) => {
      const { status } = await fetch(url + path, { method: 'POST', headers, body: wrong });
      statuses.push(status);
    });
    while (jest.getTimerCount() < waiting + 2) await new Promise(setImmediate);
    expect([statuses, told]).toEqual([[], []]);
    jest.advanceTimersByTime(LIMITS.refusalMs);
    await Promise.all(answers);
    expect(statuses).toEqual([401, 401]);
  } finally {
    jest.useRealTimers();
  }
});

test('what is just within the limits is taken', async () => {
  const { url } = await open();
  const type = { 'content-type': 'application/vnd.clinic+json; charset="UTF-8"' };
  expect((await ring(url, type, GOOD.padEnd(LIMITS.bodyBytes))).status).toBe(204);
  // As deep as may be: then it is told what the field has to be.
  const { problem } = await ring(url, type, nested(LIMITS.jsonDepth - 1));
  expect(problem.errors).toMatchObject([{ pointer: '#/bedsFree', detail: expect.stringContaining('is a list') }]);
});

test('one request more than may wait is answered 503 with the time to come back; those that wait are answered', async () => {
  const kafka = Promise.withResolvers<'published'>();
  const { url, server, told } = await open({ publish: () => kafka.promise, anonymousPerAddress: 2_000 });
  const waiting = Array.from({ length: LIMITS.pending }, () => ring(url));
  while (server.pending() < LIMITS.pending) await new Promise(setImmediate);
  const refused = await ring(url);
  expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([503, expect.any(Number)]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  kafka.resolve('published');
  expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([204]));
  expect(told.filter(({ outcome }) => outcome === 'overloaded')).toHaveLength(1);
  expect((await ring(url)).status).toBe(204);
});

const closed = (socket: Socket) => socket.closed || new Promise((resolve) => socket.resume().once('close', resolve));
const dial = async (port: number, localAddress = '127.0.0.1') => {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  closing.push(() => socket.destroy());
  // One that is refused may be gone before it knows that it was there.
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return socket;
};

test('one unknown connection more than an address may have is closed at once; when one leaves, the next comes in', async () => {
  const { url, port } = await open({ anonymousPerAddress: 3 });
  const [first, ...others] = [
    await dial(port, '127.0.0.2'),
    await dial(port, '127.0.0.2'),
    await dial(port, '127.0.0.2'),
  ];
  await closed(await dial(port, '127.0.0.2'));
  expect((await ring(url)).status).toBe(204);
  first?.destroy();
  const head = `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${GOOD.length}\r\n\r\n`;
  // The server learns a moment later that it has gone.
  const taken = async () => {
    const next = await dial(port, '127.0.0.2');
    if (next.closed) return undefined;
    const answered = new Promise<string>((resolve) => {
      next.once('data', (bytes) => resolve(String(bytes)));
      next.once('close', () => resolve('closed'));
    });
    next.write(head + GOOD);
    return (await answered).startsWith('HTTP/1.1 204') || undefined;
  };
  await eventually('the next one comes in', taken);
  // The ones that rang are known, and count no more.
  expect(await taken()).toBe(true);
  expect(others.map(({ destroyed }) => destroyed)).toEqual([false, false]);
});

test('requests that nobody knows hold up nobody: only what the gate has let in counts as work', async () => {
  const { url, port, server } = await open({ anonymousPerAddress: 2_000 });
  const slow = `POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{`;
  const strangers = await Promise.all(Array.from({ length: LIMITS.pending + 1 }, () => dial(port, '127.0.0.2')));
  for (const stranger of strangers) stranger.write(slow);
  while (server.pending() <= LIMITS.pending) await new Promise(setImmediate);
  expect((await ring(url)).status).toBe(204);
});

// Side by side, each at a server of its own: they wait to be cut.
test.concurrent.each(DOOR_NUISANCES)(
  'strangers who %s are gone in the end, and others are answered',
  async (_, nuisance) => {
    const { url, server } = await start({ stallMs: 1_000 });
    await using closed = new AsyncDisposableStack();
    closed.defer(() => server.drain().then(() => undefined));
    using stranger = new Stranger(url, '127.0.0.2', 10, nuisance);
    await eventually('they have come', () => stranger.sockets.every(({ connecting }) => !connecting) || undefined);
    expect((await ring(url, { connection: 'close' })).status).toBe(204);
    await eventually('they are gone', () => server.guard.size === 0 || undefined);
    expect([server.guard.anonymous, server.pending()]).toEqual([0, 0]);
  },
);

const SUBJECT = 'CN=clinic,O=County';
test.each<[string, string, Record<string, string>, number, string | undefined]>([
  ['from a trusted proxy', '127.0.0.0/8', { 'x-subject': SUBJECT }, 204, undefined],
  ['from a stranger', '10.0.0.0/8', { 'x-subject': SUBJECT }, 401, 'missing'],
  [
    'from a stranger who says whom he speaks for',
    '10.0.0.0/8',
    { 'x-subject': SUBJECT, 'x-forwarded-for': '10.0.0.1' },
    401,
    'missing',
  ],
  ['that is another one', '127.0.0.0/8', { 'x-subject': 'CN=other' }, 401, 'client-certificate'],
  ['that is two', '127.0.0.0/8', { 'x-subject': `${SUBJECT}, ${SUBJECT}` }, 401, 'client-certificate'],
])('the subject of a client certificate %s', async (_, proxies, headers, status, refusal) => {
  const auth = `{ clientCertificate: { subject: "${SUBJECT}" } }`;
  const { url, told } = await open({ auth, proxies });
  expect((await ring(url, headers)).status).toBe(status);
  expect(told.map((one) => one.refusal)).toEqual([refusal]);
});

test('tokens by keys from an address: a good one opens, others are told apart, and while the address is away it is 503', async () => {
  const [ours, strange] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  if (!ours || !strange) throw new Error('no keys');
  const jwks = { keys: [{ ...(await exportJWK(ours.publicKey)), kid: 'one' }] };
  const keyServer = createServer((_, response) => response.end(JSON.stringify(jwks)));
  await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
  closing.push(() => keyServer.close());
  const at = { issuer: 'https://gateway.test', audience: 'ess' };
  const verifier = (port: number) => createJwtVerifier({ ...at, keys: { jwksUrl: `http://127.0.0.1:${port}/jwks` } });
  const bearer = async (kid: string, key = ours.privateKey) => {
    const claims = { sub: 'clinic', iss: at.issuer, aud: at.audience, exp: Math.floor(Date.now() / 1000) + 60 };
    return { authorization: `Bearer ${await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid }).sign(key)}` };
  };
  const door = { auth: '{ jwt: true }', access: '{ jwtSubject: clinic }' };
  const { url, told } = await open({ ...door, jwt: verifier((keyServer.address() as AddressInfo).port) });
  const statuses: number[] = [];
  for (const headers of [await bearer('one'), await bearer('two'), await bearer('one', strange.privateKey)])
    statuses.push((await ring(url, headers)).status);
  expect(statuses).toEqual([204, 401, 401]);
  expect(told.map(({ refusal }) => refusal)).toEqual([undefined, 'jwt-unknown-key', 'jwt-signature']);

  const away = await open({ ...door, jwt: verifier(9) });
  const answer = await ring(away.url, await bearer('one'));
  expect([answer.status, Number(answer.headers.get('retry-after')) >= 1]).toEqual([503, true]);
  expect(away.told).toMatchObject([{ outcome: 'keys-away', refusal: 'jwt-keys-away' }]);
});
