// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
// Who may ring: every way in with its attacks, counted by reason; a path without a door tells nothing; a changed connector,
// a rate, a handshake, the samples of the document, and a stop that answers what was accepted.
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { sign } from '@ess/worker/send/request.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import { Webhook as Standard } from 'standardwebhooks';
import { Webhook as Svix } from 'svix';
import { parse, stringify } from 'yaml';
import { hookRecords } from '../harness/data/hook-records.ts';
import { eventually } from '../harness/deadline.ts';
import {
  DOOR_PATH,
  DOOR_SECRET,
  DOOR_SIGNING_SECRET,
  DoorProcess,
  hookTopic,
  writeDoor,
} from '../harness/programs/door-process.ts';
import { EssProcess } from '../harness/programs/worker-process.ts';
import { sized } from '../harness/results.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const ISSUER = 'https://gateway.test';
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicKey = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const apiKey = newApiKey();

const cleanup = new Cleanup();
let stack: TestStack;
let topic: string;
let connectors: string;
let door: DoorProcess;

const hookFor = (path: string, auth: object) => ({ path, auth });
interface OpenApi {
  readonly paths: Record<string, { post: { 'x-codeSamples': Array<{ label: string; source: string }> } }>;
}

const PARTNERS = {
  signed: { hook: hookFor('/signed', { sign: { secrets: ['${SIGNED_SIGNING_SECRET}'] } }) },
  keyed: { hook: hookFor('/keyed', { apiKey: true }), access: { apiKeyHashes: [apiKey.hash] } },
  token: { hook: hookFor('/token', { jwt: true }), access: { jwtSubject: 'token' } },
  header: { hook: hookFor('/header', { header: { 'x-one': '${HEADER_SECRET}', 'x-two': '${HEADER_SECRET}' } }) },
  certificate: { hook: hookFor('/certificate', { clientCertificate: { subject: 'CN=clinic,O=County' } }) },
  clinic: {
    hook: {
      handshake: {
        cloudEvents: { origins: ['events.example'], perMinute: 120 },
        challenge: { parameter: 'hub.challenge', token: { parameter: 'hub.verify_token', value: '${CLINIC_SECRET}' } },
      },
    },
  },
  slow: { hook: hookFor('/slow', { body: { auth: '${SLOW_SECRET}' } }), access: { rateLimit: { perSecond: 3 } } },
};

beforeAll(async () => {
  stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  topic = await hookTopic(stack);
  connectors = temporaryFolder(cleanup);
  for (const [partner, more] of Object.entries(PARTNERS)) writeDoor(connectors, partner, { topic, ...more });
  door = await DoorProcess.spawn(stack, connectors, Object.keys(PARTNERS), {
    env: {
      ESS_JWT_ISSUER: ISSUER,
      ESS_JWT_AUDIENCE: 'ess',
      ESS_JWT_KEY: publicKey,
      ESS_INBOUND_PROXIES: '127.0.0.0/8',
      ESS_INBOUND_CLIENT_SUBJECT_HEADER: 'x-subject',
    },
  });
  cleanup.defer(() => door[Symbol.asyncDispose]());
  await door.ready();
});
afterAll(() => cleanup[Symbol.asyncDispose]());

const BODY = '{"bedsFree":1}';
async function ring(path: string, headers: Record<string, string> = {}, body = BODY) {
  const answer = await fetch(door.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, problem: text === '' ? undefined : JSON.parse(text) };
}
const secretBody = (more: object = {}) => JSON.stringify({ auth: DOOR_SECRET, bedsFree: 1, ...more });
const signed = (id: string, signature: string, at = new Date()) => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
  'webhook-signature': signature,
});

test('the story of the founding document works as printed', async () => {
  const before = (await hookRecords(stack, topic)).length;
  expect((await ring(DOOR_PATH, {}, JSON.stringify({ auth: 'wrong', bedsFree: 3 }))).status).toBe(401);
  const answer = await ring(DOOR_PATH, {}, JSON.stringify({ auth: DOOR_SECRET, bedsFree: 3 }));
  expect([answer.status, answer.problem]).toEqual([204, undefined]);
  const records = await hookRecords(stack, topic);
  expect(records.length).toBe(before + 1);
  expect(records.at(-1)).toMatchObject({ partner: 'clinic', record: { partner: 'clinic', bedsFree: 3, ward: null } });
});

test('ess tail shows what arrived, decoded, from where it is asked to', async () => {
  const address = { KAFKA_BROKERS: stack.brokers.join(','), SCHEMA_REGISTRY_URL: stack.registry };
  const tail = async (...args: string[]) => {
    await using command = new EssProcess(['tail', topic, ...args], address);
    await command.exited;
    expect([command.ended, command.ended === 0 ? '' : command.output]).toEqual([0, '']);
    return command.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { value: { bedsFree: number } });
  };
  for (const bedsFree of [4, 5, 6]) await ring(DOOR_PATH, {}, secretBody({ bedsFree }));
  const rest = tail('--since', '0ms', '--follow', '--limit', '1');
  const [last, first] = await Promise.all([tail('-n', '2'), tail('--from-beginning', '--limit', '1')]);
  expect(last).toMatchObject([
    { key: 'clinic', value: { bedsFree: 5 } },
    { value: { partner: 'clinic', bedsFree: 6 } },
  ]);
  expect(first).toMatchObject([{ offset: 0 }]);
  // It may not have begun to follow yet: rings until one is seen.
  let seen = false;
  const ringing = (async () => {
    for (; !seen; await delay(100)) await ring(DOOR_PATH, {}, secretBody({ bedsFree: 7 }));
  })();
  expect(await rest).toMatchObject([{ value: { bedsFree: 7 } }]);
  seen = true;
  await ringing;
});

test('a bad body is answered with a problem document that names every field', async () => {
  const { status, headers, problem } = await ring(DOOR_PATH, {}, secretBody({ bedsFree: 'three', ward: 7 }));
  expect([status, headers.get('content-type')]).toEqual([400, 'application/problem+json; charset=utf-8']);
  expect(problem).toMatchObject({
    type: 'about:blank',
    status: 400,
    errors: [
      { pointer: '#/bedsFree', expected: 'a whole number from -2147483648 to 2147483647' },
      { pointer: '#/ward', expected: 'a text or null' },
    ],
  });
  expect(JSON.stringify(problem)).not.toContain(DOOR_SECRET);
});

describe('an outside implementation agrees', () => {
  test.each([
    ['standardwebhooks', new Standard(DOOR_SIGNING_SECRET).sign.bind(new Standard(DOOR_SIGNING_SECRET))],
    ['svix', new Svix(DOOR_SIGNING_SECRET).sign.bind(new Svix(DOOR_SIGNING_SECRET))],
  ])('what %s signs opens the door', async (name, make) => {
    const at = new Date();
    expect((await ring('/signed', signed(`by-${name}`, make(`by-${name}`, at, BODY), at))).status).toBe(204);
  });

  test('what we sign is accepted by both', () => {
    const at = Date.now();
    const headers = signed('ours', sign([DOOR_SIGNING_SECRET], 'ours', at, BODY), new Date(at));
    for (const webhook of [new Standard(DOOR_SIGNING_SECRET), new Svix(DOOR_SIGNING_SECRET)])
      expect(() => webhook.verify(BODY, headers)).not.toThrow();
  });
});

test('a signed message under another Idempotency-Key is still the same message', async () => {
  const headers = signed('replayed', sign([DOOR_SIGNING_SECRET], 'replayed', Date.now(), BODY));
  for (const other of ['one', 'two', 'three'])
    expect((await ring('/signed', { ...headers, 'idempotency-key': other })).status).toBe(204);
  const there = (await hookRecords(stack, topic)).map(({ key }) => key);
  expect(there.filter((key) => key === 'replayed')).toHaveLength(1);
  expect(there).not.toContain('one');
});

const claims = () => ({ sub: 'token', iss: ISSUER, aud: 'ess', exp: Math.floor(Date.now() / 1000) + 60 });
const jwt = (change: object = {}, key = keys.privateKey, header: object = {}) =>
  new SignJWT({ ...claims(), ...change }).setProtectedHeader({ alg: 'ES256', ...header }).sign(key);
const hs = (secret: string) => new SignJWT(claims()).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret));

test('each good credential opens its own door and no other one', async () => {
  const bearer = { authorization: `Bearer ${await jwt()}` };
  const opens: Array<readonly [string, Record<string, string>]> = [
    ['/token', bearer],
    ['/keyed', { 'x-api-key': apiKey.key }],
    ['/header', { 'x-one': DOOR_SECRET, 'x-two': DOOR_SECRET }],
    ['/certificate', { 'x-subject': 'CN=clinic,O=County' }],
  ];
  for (const [path] of opens)
    for (const [own, headers] of opens)
      expect([path, own, (await ring(path, headers)).status]).toEqual([path, own, path === own ? 204 : 401]);
});

const old = (ms: number) =>
  signed('old', sign([DOOR_SIGNING_SECRET], 'old', Date.now() - ms, BODY), new Date(Date.now() - ms));
const ATTACKS: ReadonlyArray<
  readonly [path: string, reason: string, () => Promise<Record<string, string>> | Record<string, string>]
> = [
  ['/signed', 'missing', () => ({})],
  ['/signed', 'signature-timestamp', () => old(600_000)],
  ['/signed', 'signature-timestamp', () => old(-600_000)],
  [
    '/signed',
    'signature-mismatch',
    () => ({ ...signed('other', sign([DOOR_SIGNING_SECRET], 'id', Date.now(), BODY)) }),
  ],
  [
    '/signed',
    'signature-mismatch',
    () => signed('id', sign([`whsec_${Buffer.alloc(32, 8).toString('base64')}`], 'id', Date.now(), BODY)),
  ],
  [
    '/signed',
    'signature-malformed',
    () => signed('id', sign([DOOR_SIGNING_SECRET], 'id', Date.now(), BODY).slice(0, 20)),
  ],
  [
    '/signed',
    'signature-malformed',
    () =>
      signed(
        'id',
        Array(40)
          .fill(`v1,${Buffer.alloc(32).toString('base64')}`)
          .join(' '),
      ),
  ],
  ['/token', 'missing', () => ({})],
  ['/token', 'jwt-algorithm', () => ({ authorization: `Bearer ${new UnsecuredJWT(claims()).encode()}` })],
  ['/token', 'jwt-algorithm', async () => ({ authorization: `Bearer ${await hs(publicKey)}` })],
  ['/token', 'jwt-issuer', async () => ({ authorization: `Bearer ${await jwt({ iss: 'https://evil.test' })}` })],
  ['/token', 'jwt-audience', async () => ({ authorization: `Bearer ${await jwt({ aud: 'console' })}` })],
  ['/token', 'jwt-expired', async () => ({ authorization: `Bearer ${await jwt({ exp: 1_000_000 })}` })],
  [
    '/token',
    'jwt-not-yet',
    async () => ({ authorization: `Bearer ${await jwt({ nbf: Math.floor(Date.now() / 1000) + 600 })}` }),
  ],
  [
    '/token',
    'jwt-signature',
    async () => ({ authorization: `Bearer ${await jwt({}, stranger.privateKey, { kid: '../../dev/null' })}` }),
  ],
  ['/token', 'jwt-signature', async () => ({ authorization: `Bearer ${(await jwt()).slice(0, -8)}` })],
  ['/token', 'jwt-too-large', async () => ({ authorization: `Bearer ${await jwt({ junk: 'x'.repeat(8_000) })}` })],
  ['/token', 'jwt-malformed', () => ({ authorization: 'Bearer abc' })],
  ['/token', 'jwt-subject', async () => ({ authorization: `Bearer ${await jwt({ sub: 'keyed' })}` })],
  ['/keyed', 'missing', () => ({})],
  ['/keyed', 'api-key', () => ({ 'x-api-key': newApiKey().key })],
  ['/keyed', 'api-key', () => ({ 'x-api-key': apiKey.hash })],
  ['/header', 'header-secret', () => ({ 'x-one': DOOR_SECRET })],
  ['/header', 'header-secret', () => ({ 'x-one': DOOR_SECRET, 'x-two': 'other' })],
  ['/certificate', 'client-certificate', () => ({ 'x-subject': 'CN=clinic,O=Other' })],
];

test('every attack is refused alike and counted by its reason', async () => {
  const reasonCount = (path: string, reason: string) =>
    door.metric(`ess_inbound_refused_total{hook="${path}",reason="${reason}"}`);
  const bodies = new Set<string>();
  for (const [path, reason, make] of ATTACKS) {
    const before = await reasonCount(path, reason);
    const { status, problem } = await ring(path, await make());
    expect([path, reason, status, await reasonCount(path, reason)]).toEqual([path, reason, 401, before + 1]);
    bodies.add(JSON.stringify(problem));
  }
  expect(bodies.size).toBe(1);
});

// That both leave at the same time is server.test.ts's to show, how well the bench's to say (REFUSAL).
test('a path without a door cannot be told from a wrong secret by its answer, and takes the same way', async () => {
  const wrong = JSON.stringify({ auth: 'wrong-secret', bedsFree: 1 });
  const unauthorized = (hook: string) => door.metric(`ess_inbound_total{hook="${hook}",outcome="unauthorized"}`);
  const answers = new Set<string>();
  for (const [path, hook] of [
    [DOOR_PATH, DOOR_PATH],
    ['/webhook/nowhere', 'none'],
  ] as const) {
    const before = await unauthorized(hook);
    const { status, problem, headers } = await ring(path, {}, wrong);
    answers.add(JSON.stringify([status, problem, [...headers.keys()].sort()]));
    expect([hook, (await unauthorized(hook)) - before]).toEqual([hook, 1]);
  }
  expect(answers.size).toBe(1);
});

test('more calls than agreed are answered 429 with the time to wait, which is enough', async () => {
  const statuses = await Promise.all(Array.from({ length: 12 }, () => ring('/slow', {}, secretBody())));
  const limited = statuses.filter(({ status }) => status === 429);
  expect(statuses.filter(({ status }) => status === 204).length).toBeGreaterThanOrEqual(3);
  expect(limited.length).toBeGreaterThan(0);
  const waitS = Number(limited[0]?.headers.get('retry-after'));
  expect(waitS).toBeGreaterThanOrEqual(1);
  await delay(waitS * 1000);
  expect((await ring('/slow', {}, secretBody())).status).toBe(204);
});

test('a sender that asks first is answered where the connector allows it', async () => {
  const ask = async (path: string, headers: Record<string, string>) => {
    const answer = await fetch(door.url + path, { method: 'OPTIONS', headers });
    await answer.text();
    return [answer.status, answer.headers.get('webhook-allowed-origin'), answer.headers.get('webhook-allowed-rate')];
  };
  const origin = { 'webhook-request-origin': 'Events.example', 'webhook-request-rate': '500' };
  expect(await ask(DOOR_PATH, origin)).toEqual([200, 'events.example', '120']);
  expect(await ask(DOOR_PATH, { 'webhook-request-origin': 'evil.example' })).toEqual([404, null, null]);
  expect(await ask('/signed', origin)).toEqual([404, null, null]);

  const challenge = async (query: string) => {
    const answer = await fetch(`${door.url}${DOOR_PATH}?${query}`);
    return [
      answer.status,
      answer.status === 200 ? await answer.text() : '',
      answer.headers.get('x-content-type-options'),
    ];
  };
  const token = `hub.verify_token=${DOOR_SECRET}`;
  expect(await challenge(`hub.challenge=word-1&${token}`)).toEqual([200, 'word-1', 'nosniff']);
  for (const query of [
    'hub.challenge=word-1',
    `hub.challenge=word-1&hub.verify_token=x`,
    `hub.challenge=%3Cscript%3E&${token}`,
    `hub.challenge=a&hub.challenge=b&${token}`,
  ])
    expect((await challenge(query))[0]).toBe(404);
});

test('the samples of /openapi.json work as they stand, and /docs shows them', async () => {
  const document = (await (await fetch(`${door.url}/openapi.json`)).json()) as OpenApi;
  const page = await (await fetch(`${door.url}/docs`)).text();
  const secrets: Record<string, string> = {
    [DOOR_PATH]: DOOR_SECRET,
    '/signed': DOOR_SIGNING_SECRET,
    '/keyed': apiKey.key,
    '/token': await jwt(),
  };
  const folder = temporaryFolder(cleanup);
  mkdirSync(folder, { recursive: true });
  const run = promisify(execFile);
  const before = (await hookRecords(stack, topic)).length;
  const jobs = Object.entries(secrets)
    .slice(0, sized(2, 4))
    .flatMap(([path, SECRET]) =>
      (document.paths[path]?.post['x-codeSamples'] ?? []).map(async ({ label, source }) => {
        expect(page).toContain(label);
        const [command, name] = {
          curl: ['bash', 'ring.sh'],
          Python: ['python3', 'ring.py'],
          Node: [process.execPath, 'ring.mjs'],
        }[label] as [string, string];
        const file = join(folder, `${path.replaceAll('/', '_')}-${name}`);
        writeFileSync(file, source);
        const { stdout } = await run(command, [file], { env: { ...process.env, SECRET } });
        expect([label, path, stdout]).toEqual([label, path, expect.stringMatching(/stored|HTTP\/1\.1 204/)]);
      }),
    );
  await Promise.all(jobs);
  expect((await hookRecords(stack, topic)).length).toBe(before + jobs.length);
});

test('a changed connector takes effect without a restart; an invalid change is refused and the old one stays', async () => {
  const file = join(connectors, 'header', 'connector.yaml');
  const text = readFileSync(file, 'utf8');
  const changed = parse(text);
  changed.inbound[0].path = '/moved';
  const headers = { 'x-one': DOOR_SECRET, 'x-two': DOOR_SECRET };
  writeFileSync(file, stringify(changed));
  await eventually('the door has moved', async () =>
    (await ring('/moved', headers)).status === 204 ? true : undefined,
  );
  expect((await ring('/header', headers)).status).toBe(401);
  changed.inbound[0].path = '/keyed'; // of another partner
  writeFileSync(file, stringify(changed));
  await door.process.logged('connector.refused');
  expect((await ring('/moved', headers)).status).toBe(204);
  expect((await ring('/keyed', { 'x-api-key': apiKey.key })).status).toBe(204);
});

test('no secret is in the log, and every request has one line', async () => {
  const { output } = door.process;
  for (const secret of [DOOR_SECRET, DOOR_SIGNING_SECRET, apiKey.key, publicKey]) expect(output).not.toContain(secret);
  const line = door.process.lines.find(({ msg, outcome }) => msg === 'inbound.answered' && outcome === 'published');
  expect(line).toMatchObject({
    hook: expect.any(String),
    status: 204,
    tookMs: expect.any(Number),
    bytes: expect.any(Number),
  });
});

test('SIGTERM answers what was accepted and takes nothing more', async () => {
  const body = secretBody({ ward: 'last' });
  const head = `POST ${DOOR_PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  let answer = '';
  const socket = connect(Number(new URL(door.url).port), '127.0.0.1', () => socket.write(head + body.slice(0, 10)));
  socket.on('data', (text) => {
    answer += String(text);
  });
  await eventually('the request is under way', async () =>
    (await door.metric('ess_inbound_pending')) === 1 ? true : undefined,
  );
  const stopped = door.process.signal('SIGTERM');
  await door.process.logged('inbound.stopping');
  await eventually('nobody is taken in', () =>
    fetch(door.url + DOOR_PATH).then(
      () => undefined,
      () => true as const,
    ),
  );
  socket.write(body.slice(10));
  await stopped;
  expect(answer).toMatch(/^HTTP\/1\.1 204 /);
  expect(door.process.ended).toBe(0);
  expect((await hookRecords(stack, topic)).filter(({ record }) => record.ward === 'last')).toHaveLength(1);
});
