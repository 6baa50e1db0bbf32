// What comes in one request to a door is in the topic whole or not at all, once for each key of each door, whatever is cut on the
// way to Kafka; and a key with another body is told, never taken for a repetition.
import { randomBytes } from 'node:crypto';
import type { Ring } from '@ess/inbound/hook-topic.ts';
import { HookTopic } from '@ess/inbound/hook-topic.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { applyTopics } from '@ess/stream/kafkajs/topics.ts';
import { read } from '@ess/stream/read/read.ts';
import { partitionOf } from '@ess/stream/wire/partition.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Cut } from '../fakes/kafka/kafka-proxy.ts';
import { KafkaProxy } from '../fakes/kafka/kafka-proxy.ts';
import { eventually } from '../harness/deadline.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const PARTITIONS = 3;
const cleanup = new Cleanup();
let stack: TestStack;
let topic: string;
beforeAll(async () => {
  stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  topic = await newTopic();
});
afterAll(() => cleanup[Symbol.asyncDispose]());

async function newTopic(config: Record<string, string> = {}): Promise<string> {
  const name = `whole-${randomBytes(5).toString('hex')}`;
  await applyTopics(stack.kafka, [{ name, partitions: PARTITIONS, replication: 1, config }]);
  return name;
}

async function openAt(name = topic, kafka: Kafka = stack.kafka): Promise<HookTopic> {
  const opened = await HookTopic.open({
    kafka,
    topic: name,
    windowMs: 3_600_000,
    maxKeys: 1_000,
    log: stack.log,
    onCrash: (error) => {
      throw error;
    },
  });
  cleanup.defer(() => opened.close());
  return opened;
}

/** Keys of records, one in each partition. */
const SPREAD = Array.from({ length: PARTITIONS }, (_, partition) => {
  for (let n = 0; ; n += 1) if (partitionOf(`r${n}`, PARTITIONS) === partition) return `r${n}`;
});
const ring = (key: string | undefined, keys: readonly string[], more: Partial<Ring> = {}): Ring => ({
  partner: 'clinic',
  door: 'clinic /rules',
  key,
  digest: key === undefined ? undefined : `digest of ${key}`,
  records: keys.map((name, index) => ({ key: name, value: Buffer.from(`${key} ${index}`) })),
  ...more,
});

async function there(name = topic) {
  const found: { key: string; value: string; partition: number; headers: Record<string, string> }[] = [];
  for await (const batch of read(stack.kafka, { topic: name }))
    for (const { key, value, partition, headers } of batch) {
      const told = Object.entries(headers).map(([header, text]) => [header, String(text)]);
      found.push({ key: String(key), value: String(value), partition, headers: Object.fromEntries(told) });
    }
  return found;
}
const valuesOf = async (key: string, name = topic) =>
  (await there(name))
    .map(({ value }) => value)
    .filter((value) => value.startsWith(`${key} `))
    .sort();
const all = (key: string) => SPREAD.map((_, index) => `${key} ${index}`);

test('an array over several partitions and one in a single partition are there whole, with door, key and digest', async () => {
  const door = await openAt();
  expect(await door.publish(ring('spread', SPREAD))).toBe('published');
  expect(await door.publish(ring('one', ['r', 'r', 'r']))).toBe('published');
  const found = await there();
  expect(
    found
      .filter(({ value }) => value.startsWith('spread'))
      .map(({ partition }) => partition)
      .sort(),
  ).toEqual([0, 1, 2]);
  expect(found.filter(({ value }) => value.startsWith('one')).map(({ value }) => value)).toEqual([
    'one 0',
    'one 1',
    'one 2',
  ]);
  for (const { value, headers } of found) {
    const [key = ''] = value.split(' ');
    expect(headers).toEqual({
      'ess-door': 'clinic /rules',
      'idempotency-key': key,
      'ess-body-digest': `digest of ${key}`,
    });
  }
});

test('a key is one of its door: repeated here and elsewhere, told when the body is another, new at another door', async () => {
  const [here, elsewhere] = [await openAt(), await openAt()];
  for (const door of [here, elsewhere]) {
    expect(await door.publish(ring('spread', SPREAD))).toBe('repeated');
    expect(await door.publish(ring('spread', SPREAD, { digest: 'another' }))).toBe('key-reused');
  }
  const together = [ring('new', SPREAD), ring('new', SPREAD), ring('new', SPREAD, { digest: 'another' })];
  expect(await Promise.all(together.map((one) => here.publish(one)))).toEqual(['published', 'repeated', 'key-reused']);
  expect(await elsewhere.publish(ring('new', SPREAD, { digest: 'another' }))).toBe('key-reused');
  expect(await here.publish(ring('new', ['r'], { door: 'clinic /other', digest: 'another' }))).toBe('published');
  expect(await elsewhere.publish(ring('new', ['r'], { door: 'clinic /other', digest: 'another' }))).toBe('repeated');
  await eventually('all of it', async () => ((await valuesOf('new')).length < 4 ? undefined : true));
  expect(await valuesOf('new')).toEqual(['new 0', ...all('new')]);
});

test('a key that a version before has written is one of all doors of its partner, with any body', async () => {
  const outbox = new Outbox(stack.kafka);
  cleanup.defer(() => outbox.close(0));
  await outbox.append([
    { topic, key: 'clinic', value: Buffer.from('before'), headers: { 'idempotency-key': 'before' } },
    { topic, key: 'clinic', value: Buffer.from('none') },
  ]);
  const door = await openAt();
  expect(await door.publish(ring('before', ['r']))).toBe('repeated');
  expect(await door.publish(ring('before', ['r'], { door: 'clinic /other', digest: 'another' }))).toBe('repeated');
  expect(await door.publish(ring('before', ['r'], { partner: 'other', door: 'other /rules' }))).toBe('published');
});

test.each<[string, Cut, readonly string[]]>([
  ['the end of a transaction never arrives', { api: 'EndTxn', when: 'asked' }, SPREAD],
  ['the end of a transaction is done, and nobody learns so', { api: 'EndTxn', when: 'answered' }, SPREAD],
  ['half of a transaction is written', { api: 'Produce', when: 'answered' }, SPREAD],
  ['one batch is written, and nobody learns so', { api: 'Produce', when: 'answered' }, ['r', 'r', 'r']],
])('%s: asked again under the key, all of it is there once', async (_, cut, keys) => {
  const name = await newTopic();
  await using proxy = await KafkaProxy.start(stack.brokers[0] ?? '', cut);
  const door = await openAt(name, connectKafka({ brokers: [proxy.address] }, 'ess-whole', stack.log));
  const first = door.publish(ring('cut', keys)).catch(() => 'failed');
  await proxy.reached;
  proxy.heal();
  await first;
  const again = async () => (await door.publish(ring('cut', keys)).catch(() => undefined)) ?? undefined;
  expect(['published', 'repeated']).toContain(await eventually('it is answered', again));
  await eventually('all of it', async () => ((await valuesOf('cut', name)).length < 3 ? undefined : true));
  expect(await valuesOf('cut', name)).toEqual(['cut 0', 'cut 1', 'cut 2']);
  expect(await door.publish(ring('cut', keys, { digest: 'another' }))).toBe('key-reused');
});

test('one record that Kafka will not take keeps all of its request out', async () => {
  const name = await newTopic({ 'max.message.bytes': '2000' });
  const door = await openAt(name);
  for (const keys of [SPREAD, ['r', 'r', 'r']]) {
    const records = keys.map((key, index) => ({ key, value: randomBytes(index === 1 ? 5_000 : 5) }));
    await expect(door.publish(ring('large', keys, { records }))).rejects.toMatchObject({ code: 'ESS_RECORD' });
    expect(await door.publish(ring(undefined, SPREAD))).toBe('published');
  }
  const good = [...all('undefined'), ...all('undefined')].sort();
  const values = async () => (await there(name)).map(({ value }) => value).sort();
  await eventually('what is good', async () => ((await values()).length < good.length ? undefined : true));
  expect(await values()).toEqual(good);
});
