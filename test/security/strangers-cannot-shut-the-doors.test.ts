// Strangers who open connections and get nowhere, each kind from an address of its own: partners ring as before, nothing of a
// stranger's stays, and where descriptors are few the process goes on.
import { request } from 'node:http';
import { connect } from 'node:net';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { wellFormed } from '../fakes/doors/malformed.ts';
import { DOOR_NUISANCES as NUISANCES } from '../fakes/doors/nuisances.ts';
import { Stranger } from '../fakes/doors/stranger.ts';
import { hookRecords } from '../harness/data/hook-records.ts';
import { eventually } from '../harness/deadline.ts';
import { DOOR_PATH, DOOR_SECRET, DoorProcess, hookTopic, writeDoor } from '../harness/programs/door-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { fuzz } from '../judges/fuzz.ts';

const PER_ADDRESS = 40;
const CONNECTIONS = 60;
const RINGS = 5;
const DESCRIPTORS = 256;

const cleanup = new Cleanup();
let stack: TestStack;
let topic: string;
let connectors: string;
let door: DoorProcess;
let scarce: DoorProcess;
const answered: string[] = [];
beforeAll(async () => {
  stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  topic = await hookTopic(stack);
  connectors = temporaryFolder(cleanup);
  writeDoor(connectors, 'clinic', { topic });
  const env = { ESS_LOG_LEVEL: 'warn', ESS_INBOUND_ANONYMOUS_PER_ADDRESS: String(PER_ADDRESS) };
  const open = async (descriptors?: number) => {
    const more = descriptors === undefined ? {} : { descriptors };
    const opened = await DoorProcess.spawn(stack, connectors, ['clinic'], { env, ...more });
    cleanup.defer(() => opened[Symbol.asyncDispose]());
    return opened.ready();
  };
  [door, scarce] = await Promise.all([open(), open(DESCRIPTORS)]);
});
afterAll(() => cleanup[Symbol.asyncDispose]());

/** An honest ring in a connection of its own. @returns its status; 0: none */
function ring({ url }: DoorProcess, ward: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': ward };
    const asked = request(url + DOOR_PATH, { method: 'POST', headers, agent: false, localAddress: '127.0.0.1' });
    asked.once('response', (answer) => resolve(answer.resume().statusCode ?? 0));
    asked.once('error', () => resolve(0));
    asked.end(JSON.stringify({ auth: DOOR_SECRET, bedsFree: 1, ward }));
  });
}

async function ringAsBefore(at: DoorProcess, name: string): Promise<void> {
  for (let index = 0; index < RINGS; index += 1) {
    const ward = `${name.replaceAll(' ', '-')}-${index}`;
    expect([ward, await ring(at, ward)]).toEqual([ward, 204]);
    answered.push(ward);
  }
}

const anonymous = (at: DoorProcess) => at.metric('ess_connections{listener="doors",kind="anonymous"}');
test('strangers of every kind: honest rings are answered while they are there, and each of them is cut', async () => {
  const strangers: Stranger[] = [];
  try {
    for (const [index, [name, nuisance]] of NUISANCES.entries()) {
      strangers.push(new Stranger(door.url, `127.0.1.${index + 1}`, CONNECTIONS, nuisance));
      await ringAsBefore(door, name);
    }
    await eventually('nothing of a stranger stays', async () => (await anonymous(door)) === 0 || undefined);
    expect(await door.metric('ess_connections_cut_total{listener="doors",reason="address"}')).toBeGreaterThanOrEqual(
      CONNECTIONS - PER_ADDRESS,
    );
    expect(await door.metric('ess_connections_cut_total{listener="doors",reason="pipelined"}')).toBeGreaterThan(0);
    expect(await door.metric('outcome="overloaded"')).toBe(0);
    // One line for each address and reason, not for each connection.
    const lines = door.process.lines.filter(({ msg }) => msg === 'connections.cut');
    expect(lines.length).toBeLessThanOrEqual(2 * 4 * NUISANCES.length);
  } finally {
    for (const stranger of strangers) stranger[Symbol.dispose]();
  }
  await ringAsBefore(door, 'afterwards');
});

test(`strangers from ten addresses at a process of ${DESCRIPTORS} descriptors: it goes on, and partners ring as before`, async () => {
  const strangers: Stranger[] = [];
  try {
    for (let index = 0; index < 10; index += 1) {
      strangers.push(new Stranger(scarce.url, `127.0.2.${index + 1}`, CONNECTIONS, {}));
      await ringAsBefore(scarce, `scarce-${index}`);
    }
    expect(await scarce.metric('ess_connections_cut_total{listener="doors",reason="full"}')).toBeGreaterThan(0);
    expect(await scarce.metric('ess_connections_cut_total{listener="doors",reason="accept"}')).toBe(0);
  } finally {
    for (const stranger of strangers) stranger[Symbol.dispose]();
  }
  await ringAsBefore(scarce, 'scarce-afterwards');
  expect(scarce.process.ended).toBeUndefined();
});

test('an address that has its fill is refused, but not where its requests show who it is', async () => {
  using _stranger = new Stranger(door.url, '127.0.0.1', CONNECTIONS, {});
  await eventually('it has its fill', async () => (await anonymous(door)) >= PER_ADDRESS || undefined);
  expect(await ring(door, 'from-the-same-address')).toBe(0);
});

test('random bytes and requests that were changed at random never end a door, and leave nothing behind', async () => {
  await eventually('nothing of the last test stays', async () => (await anonymous(door)) === 0 || undefined);
  const port = Number(new URL(door.url).port);
  let drawn = 0;
  const say = (bytes: Uint8Array, cuts: readonly number[]) =>
    new Promise<string>((resolve) => {
      let text = '';
      const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.3.1' });
      socket.setNoDelay(true).on('error', () => undefined);
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
      });
      socket.once('close', () => resolve(text));
      let from = 0;
      for (const cut of [...cuts].sort((a, b) => a - b)) {
        socket.write(bytes.subarray(from, cut));
        from = Math.max(from, cut);
      }
      socket.end(bytes.subarray(from));
    });
  const good = wellFormed('mutated');
  const place = fc.nat({ max: good.length - 1 });
  const mutated = fc
    .array(fc.tuple(place, fc.integer({ min: 0, max: 255 }), fc.constantFrom('set', 'insert', 'drop', 'repeat')), {
      minLength: 1,
      maxLength: 8,
    })
    .map((changes) =>
      changes.reduce((bytes, [at, value, how]) => {
        const rest = how === 'insert' ? at : at + 1;
        const middle = how === 'drop' ? [] : how === 'repeat' ? bytes.subarray(0, at) : [value];
        return Buffer.concat([bytes.subarray(0, at), Buffer.from(middle), bytes.subarray(rest)]);
      }, good as Buffer),
    );
  const input = fc.oneof(fc.uint8Array({ maxLength: 4_096 }), mutated);
  await fuzz(
    'raw HTTP',
    fc.asyncProperty(input, fc.array(fc.nat({ max: 600 }), { maxLength: 3 }), async (bytes, cuts) => {
      drawn += 1;
      const statuses = [...(await say(bytes, cuts)).matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) =>
        Number(status),
      );
      expect(statuses.filter((status) => status >= 500)).toEqual([]);
      if (drawn % 50 === 0) await ringAsBefore(door, `fuzz-${drawn}`);
    }),
  );
  await eventually('no connection stays', async () => (await anonymous(door)) === 0 || undefined);
  await ringAsBefore(door, 'fuzz-afterwards');
  expect(door.process.ended).toBeUndefined();
  expect(door.process.output).not.toContain('inbound.failed');
});

test('every honest ring is in the topic once', async () => {
  const records = await hookRecords(stack, topic);
  const wards = records.map(({ record }) => record.ward).filter((ward) => answered.includes(ward ?? ''));
  expect(wards.sort()).toEqual([...answered].sort());
});
