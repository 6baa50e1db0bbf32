import { setTimeout as delay } from 'node:timers/promises';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { sign } from '@ess/worker/send/signing/signature.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Webhook as Standard } from 'standardwebhooks';
import { Webhook as Svix } from 'svix';
import { ATTACKS, apiKey, BODY, jwt, signed } from '../fakes/doors/credentials.ts';
import { hookRecords } from '../harness/data/hook-records.ts';
import { DOOR_PATH, DOOR_SECRET, DOOR_SIGNING_SECRET, type DoorProcess } from '../harness/programs/door-process.ts';
import type { Doors } from '../harness/programs/open-doors.ts';
import { openDoors, secretBody } from '../harness/programs/open-doors.ts';
import type { TestStack } from '../harness/test-stack.ts';

const cleanup = new Cleanup();
let stack: TestStack;
let topic: string;
let door: DoorProcess;
let ring: Doors['ring'];

beforeAll(async () => {
  ({ stack, topic, door, ring } = await openDoors(cleanup));
});
afterAll(() => cleanup[Symbol.asyncDispose]());

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
