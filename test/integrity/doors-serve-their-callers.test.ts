// What a door does for who may ring: the story's ring, fields back, the samples of the document, a changed connector, a log line
// for each request, and a stop that answers what was accepted.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { apiKey, jwt, publicKey } from '../fakes/doors/credentials.ts';
import { hookRecords } from '../harness/data/hook-records.ts';
import { eventually } from '../harness/deadline.ts';
import { DOOR_PATH, DOOR_SECRET, DOOR_SIGNING_SECRET, type DoorProcess } from '../harness/programs/door-process.ts';
import type { Doors } from '../harness/programs/open-doors.ts';
import { openDoors, secretBody } from '../harness/programs/open-doors.ts';
import { EssProcess } from '../harness/programs/worker-process.ts';
import { sized } from '../harness/results.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { TestStack } from '../harness/test-stack.ts';

const cleanup = new Cleanup();
let stack: TestStack;
let topic: string;
let connectors: string;
let door: DoorProcess;
let ring: Doors['ring'];

beforeAll(async () => {
  ({ stack, topic, connectors, door, ring } = await openDoors(cleanup));
});
afterAll(() => cleanup[Symbol.asyncDispose]());

interface OpenApi {
  readonly paths: Record<string, { post: { 'x-codeSamples': Array<{ label: string; source: string }> } }>;
}

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
