// The doors' guarantee: what was answered 204 is in the topic, exactly once for each idempotency key when the sender repeats
// its unanswered rings one after another; through kills of the process and of the broker that leads the partition.
import { setTimeout as delay } from 'node:timers/promises';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Ringer } from '../fakes/doors/ringer.ts';
import { KafkaProxy } from '../fakes/kafka/kafka-proxy.ts';
import { hookRecords, judgeKeys } from '../harness/data/hook-records.ts';
import { eventually, PATIENCE_MS } from '../harness/deadline.ts';
import { freePort } from '../harness/free-port.ts';
import { ownTestStack } from '../harness/own-stack.ts';
import { DOOR_PATH, DOOR_SECRET, DoorProcess, hookTopic, writeDoor } from '../harness/programs/door-process.ts';
import { FULL, report, sized } from '../harness/results.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const KILLS = sized(1, 10);
const LEADER_KILLS = 5;
const BETWEEN_KILLS_MS = sized(1_000, 4_000);
const PER_SECOND = sized(60, 500);
const PARTNER = 'clinic';

const cleanup = new Cleanup();
let stack: TestStack;
beforeAll(async () => {
  stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
});
afterAll(() => cleanup[Symbol.asyncDispose]());

async function doorOn(where: TestStack, topic: string) {
  const connectors = temporaryFolder(cleanup);
  writeDoor(connectors, PARTNER, { topic });
  const port = await freePort();
  return async (at = port) => {
    const door = await DoorProcess.spawn(where, connectors, [PARTNER], { port: at, env: { ESS_LOG_LEVEL: 'warn' } });
    cleanup.defer(() => door[Symbol.asyncDispose]());
    return door.ready();
  };
}

const knock = (at: DoorProcess, key?: string) => {
  const body = JSON.stringify({ auth: DOOR_SECRET, bedsFree: 1 });
  const headers = { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) };
  return fetch(at.url + DOOR_PATH, { method: 'POST', headers, body });
};
const ring = async (at: DoorProcess, key: string) => (await knock(at, key)).status;
const keys = Array.from({ length: sized(20, 500) }, (_, n) => `k${n}`);
// One door for the tests below, from one to the next: starting it is what takes their time.
let hook: string;
let open: (port?: number) => Promise<DoorProcess>;
let door: DoorProcess;

test('a repeated key is published once: at the same door, at once, and at another process', async () => {
  hook = await hookTopic(stack);
  open = await doorOn(stack, hook);
  const [one, two] = await Promise.all([open(), open(await freePort())]);
  door = one;
  for (const key of keys) {
    // Twice at once here, then without a pause there.
    expect(await Promise.all([ring(one, key), ring(one, key)])).toEqual([204, 204]);
    expect(await ring(two, key)).toBe(204);
  }
  await two.process.signal('SIGTERM');
  const records = await hookRecords(stack, hook);
  expect(records.map(({ key }) => key)).toEqual(keys);
  expect(records.every(({ partner, record }) => partner === PARTNER && record.partner === PARTNER)).toBe(true);
});

test(`kill -9 under ${PER_SECOND} rings a second: each answered ring is in the topic, each key once`, async () => {
  const ringer = new Ringer('kill', () => door.url, PER_SECOND);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = ringer.answered.size;
    await eventually('rings are answered', () => (ringer.answered.size > before + PER_SECOND / 2 ? true : undefined));
    await delay(kill === 0 ? 0 : BETWEEN_KILLS_MS);
    await door.process.signal('SIGKILL');
    door = await open();
  }
  await ringer.stop();
  const verdict = judgeKeys(ringer.answered.keys(), await hookRecords(stack, hook));
  report('door, kill -9', `${KILLS} kills under ${PER_SECOND}/s`, {
    rung: ringer.sent,
    'sent again': [...ringer.answered.values()].filter((tries) => tries > 1).length,
    'answered and not there': verdict.lost.length,
    'there more than once': verdict.repeated.length,
  });
  expect(verdict).toEqual({ lost: [], repeated: [] });
  expect(ringer.answered.size).toBe(ringer.sent);
});

test('a key is remembered over a restart', async () => {
  const before = (await hookRecords(stack, hook)).length;
  for (const key of keys) expect(await ring(door, key)).toBe(204);
  expect((await hookRecords(stack, hook)).length).toBe(before);
  const repeated = await door.metric('ess_inbound_total{hook="/webhook/bedChange",outcome="repeated"}');
  expect(repeated).toBeGreaterThanOrEqual(keys.length);
});

test('while Kafka is away a ring is answered 503 with the time to come back; repeated under its key it is there once', async () => {
  const topic = await hookTopic(stack);
  // The broker has the record of the first ring; nobody learns so.
  await using proxy = await KafkaProxy.start(stack.brokers[0] ?? '', { api: 'Produce', when: 'answered' });
  const connectors = temporaryFolder(cleanup);
  writeDoor(connectors, PARTNER, { topic });
  const address = { brokers: [proxy.address], registry: stack.registry };
  await using away = await DoorProcess.spawn(address, connectors, [PARTNER], { env: { ESS_LOG_LEVEL: 'warn' } });
  await away.ready();
  const written = knock(away, 'written');
  await proxy.reached;
  for (const answer of await Promise.all([written, knock(away, 'unknown'), knock(away)])) {
    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  }
  proxy.heal();
  for (const key of ['written', 'unknown'])
    await eventually(`${key} is taken`, async () => ((await knock(away, key)).status === 204 ? true : undefined));
  const there = (await hookRecords(stack, topic)).map(({ key }) => key);
  for (const key of ['written', 'unknown']) expect([key, there.filter((one) => one === key)]).toEqual([key, [key]]);
  expect(await away.metric('outcome="kafka-away"')).toBeGreaterThanOrEqual(3);
});

// A cluster of three takes longer to start than all other tests of the doors together.
const inFull = FULL ? test : test.skip;
inFull(
  'the broker that leads is killed in a cluster of three: each answered ring is there, each key once',
  async () => {
    const cluster = await ownTestStack(3);
    cleanup.defer(() => cluster[Symbol.asyncDispose]());
    const topic = await hookTopic(cluster, 3, { 'min.insync.replicas': '2' });
    const there = await (await doorOn(cluster, topic))();
    const ringer = new Ringer('leader', () => there.url, PER_SECOND);
    let longestMs = 0;
    for (let kill = 0; kill < LEADER_KILLS; kill += 1) {
      const before = ringer.answered.size;
      await eventually('rings are answered', () => (ringer.answered.size > before + PER_SECOND ? true : undefined));
      const metadata = await cluster.admin.fetchTopicMetadata({ topics: [topic] });
      // All records of a partner are in one partition.
      const used = (await cluster.admin.fetchTopicOffsets(topic)).find(({ high }) => high !== '0')?.partition ?? 0;
      const leader = metadata.topics[0]?.partitions.find(({ partitionId }) => partitionId === used)?.leader ?? 1;
      const broker = cluster.processes.kafka[leader - 1];
      const killedAt = performance.now();
      await broker?.kill('SIGKILL');
      const at = ringer.answered.size;
      await eventually('rings are answered again', () => (ringer.answered.size > at + 100 ? true : undefined), {
        timeoutMs: PATIENCE_MS,
      });
      longestMs = Math.max(longestMs, performance.now() - killedAt);
      await broker?.start();
    }
    await ringer.stop();
    const verdict = judgeKeys(ringer.answered.keys(), await hookRecords(cluster, topic));
    report('door, leader kill', `${LEADER_KILLS} kills of the leader of three under ${PER_SECOND}/s`, {
      rung: ringer.sent,
      'sent again': [...ringer.answered.values()].filter((tries) => tries > 1).length,
      'longest silence ms': Math.round(longestMs),
      'answered and not there': verdict.lost.length,
      'there more than once': verdict.repeated.length,
    });
    expect(verdict).toEqual({ lost: [], repeated: [] });
    expect(ringer.answered.size).toBe(ringer.sent);
  },
  300_000,
);
