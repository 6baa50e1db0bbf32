// Whatever somebody has written into a topic: one record, or one batch of them, that cannot be read is told and passed. Only a
// partner's own source stops there, because a position never passes a record that nobody has seen; everything else goes on.
// The topics of the project itself are never packed, whatever producers do: `ess topics apply` sees to that.

import { HookTopic } from '@ess/inbound/hook-topic.ts';
import type { StreamLog } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { applyTopics } from '@ess/stream/kafkajs/topics.ts';
import { follow } from '@ess/stream/read/follow.ts';
import { read } from '@ess/stream/read/read.ts';
import { timeOfOffset } from '@ess/stream/read/retention.ts';
import { rows } from '@ess/stream/read/rows.ts';
import { TopicReader } from '@ess/stream/read/topic-reader.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { partitionOf } from '@ess/stream/wire/partition.ts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { compressFrameSync } from 'lz4-napi';
import type { MadeRecord } from '../../fakes/kafka/record-batch.ts';
import { makeBatch, produceRaw, recordBytes } from '../../fakes/kafka/record-batch.ts';
import { FakePartner } from '../../fakes/partner.ts';
import { makeRule } from '../../harness/data/rules.ts';
import { eventually } from '../../harness/deadline.ts';
import { Belt } from '../../harness/programs/belt.ts';
import { Pipeline } from '../../harness/programs/pipeline.ts';
import { StreamLine } from '../../harness/programs/stream-line.ts';
import { stack } from './stack.ts';

const AS_SENT = { 'compression.type': 'producer' };
const OWN = [
  'ess.control',
  'ess.audit',
  'ess.delivery-state',
  'ess.dead-letters',
  'ess.dead-letter-state',
  'ess.stream-state',
];
const valued = (value: string | Buffer) => ({ records: [{ key: 'k', value }] });

/** A few kB each, that say that they are 65 MB. */
const bombs = () =>
  (['gzip', 'zstd'] as const).map((codec) => makeBatch({ ...valued(Buffer.alloc(65 * 1024 * 1024)), codec }));
const packed = () => {
  const [record] = valued(Buffer.alloc(65 * 1024 * 1024)).records;
  const bytes = compressFrameSync(recordBytes(record as MadeRecord));
  return [0, 1].map(() => makeBatch({ bytes, count: 1, codec: 'lz4' }));
};
const garbage = () => [
  Buffer.alloc(0),
  Buffer.from('no avro'),
  Buffer.from('000000000102', 'hex'),
  Buffer.alloc(3_000, 0xff),
];

async function produce(topic: string, batches: readonly Buffer[], partition = 0): Promise<void> {
  for (const batch of batches) await produceRaw(stack.kafka, topic, partition, batch);
}

async function newTopic(name: string, config: Record<string, string> = AS_SENT): Promise<string> {
  await applyTopics(stack.kafka, [{ name, partitions: 1, replication: 1, config }]);
  return name;
}

async function settingsOf(name: string): Promise<Map<string, string>> {
  const { resources } = await stack.admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name }],
  });
  return new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]));
}

/** A client whose log is kept. */
function listening() {
  const told: Array<{ message: string; details: Record<string, unknown> }> = [];
  const keep = (details: object, message: string) => told.push({ message, details: { ...details } });
  const log: StreamLog = { debug: () => undefined, info: () => undefined, warn: keep, error: keep };
  const unreadable = () => told.filter(({ message }) => message === 'records.unreadable').map(({ details }) => details);
  return { kafka: connectKafka({ brokers: stack.brokers }, 'ess-test', log), unreadable };
}

describe('every reader tells what cannot be read, once, and reads the rest', () => {
  const PLACES = [1, 2, 3, 5].map((offset) => expect.objectContaining({ partition: 0, offset }));
  let topic: string;
  beforeAll(async () => {
    topic = await newTopic('mixed');
    const [gzip, zstd] = bombs() as [Buffer, Buffer];
    const [first, second] = packed() as [Buffer, Buffer];
    const plain = [valued('a'), { ...valued('b'), codec: 'zstd' }, valued('c')] as const;
    const [a, b, c] = plain.map(makeBatch) as [Buffer, Buffer, Buffer];
    await produce(topic, [a, first, second, gzip, b, zstd, c]);
  });

  test('a range', async () => {
    const { kafka, unreadable } = listening();
    const values: string[] = [];
    for await (const batch of read(kafka, { topic })) values.push(...batch.map(({ value }) => String(value)));
    expect(values).toEqual(['a', 'b', 'c']);
    expect(unreadable()).toEqual(PLACES);
  });

  test('a tail', async () => {
    const { kafka, unreadable } = listening();
    const values: string[] = [];
    const tail = await follow(kafka, { topic, from: 'beginning' });
    const ended = (async () => {
      for await (const records of tail) values.push(...records.map(({ value }) => String(value)));
    })();
    await tail.caughtUp(20_000);
    await tail.close();
    await ended;
    expect(values).toEqual(['a', 'b', 'c']);
    expect(unreadable()).toEqual(PLACES);
  });

  test('a range beside live traffic, and a reader of chosen places', async () => {
    const { kafka, unreadable } = listening();
    const values: string[] = [];
    for await (const batch of read(kafka, { topic, beside: 'live' }))
      values.push(...batch.map(({ value }) => String(value)));
    expect(values).toEqual(['a', 'b', 'c']);
    expect(unreadable()).toEqual(PLACES);
    const reader = await TopicReader.open(kafka, topic);
    const [time, last] = await Promise.all([1, 6].map((offset) => timeOfOffset(reader, { partition: 0, offset })));
    await reader.close();
    expect([time, last]).toEqual([expect.any(Number), expect.any(Number)]);
  });

  test('a door reads the keys of its window back, and takes rings', async () => {
    const { kafka, unreadable } = listening();
    const crashed: Error[] = [];
    const door = await HookTopic.open({
      kafka,
      topic,
      windowMs: 3_600_000,
      maxKeys: 1_000,
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
      onCrash: (error) => crashed.push(error),
    });
    const records = [{ key: 'p', value: Buffer.from('rung') }];
    const ring = { partner: 'p', door: 'p /door', key: 'once', digest: 'd', records };
    expect([await door.publish(ring), await door.publish(ring)]).toEqual(['published', 'repeated']);
    await door.close();
    expect(crashed).toEqual([]);
    expect(unreadable()).toEqual(PLACES);
  });
});

test('a worker starts, delivers and obeys beside all of that in the topics of the project', async () => {
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  await Promise.all(
    OWN.map((name) => applyTopics(stack.kafka, [{ name, partitions: 1, replication: 1, config: AS_SENT }])),
  );
  const [bomb] = bombs() as [Buffer];
  const bad = [...packed(), ...garbage().map((value) => makeBatch(valued(value)))];
  for (const topic of OWN) await produce(topic, topic === 'ess.control' ? [bomb, ...bad] : bad);

  const [worker] = await line.start();
  await line.source.publish([makeRule('a', 1), makeRule('b', 1)]);
  await line.drained();
  expect(partner.received).toHaveLength(2);
  await line.json('pause', line.partner);
  await worker?.logged('partner.paused');
  // It goes on while it follows, too.
  await produce('ess.control', [bomb, ...bad]);
  await line.json('resume', line.partner);
  await worker?.logged('partner.unpaused');
  await line.source.publish([makeRule('a', 2)]);
  await line.drained();
  expect(worker?.ended).toBeUndefined();
  const told = worker?.lines.filter(({ msg, topic }) => msg === 'records.unreadable' && topic === 'ess.control') ?? [];
  expect(told.map(({ partition }) => partition)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(new Set(told.map(({ offset }) => offset)).size).toBe(6);
});

test('a bridge takes receipts and writes them beside all of that', async () => {
  await applyTopics(stack.kafka, [{ name: 'ess.stream-state', partitions: 1, replication: 1, config: AS_SENT }]);
  await produce('ess.stream-state', [...packed(), ...garbage().map((value) => makeBatch(valued(value)))]);
  await using line = await StreamLine.open(stack, { partitions: 1 });
  const kiosk = line.partner('Hospital');
  const bridge = await line.bridge();
  await using client = await line.listening(bridge, kiosk);
  client.breakConnection();
  const codec = new Codec(stack.registry);
  await eventually('its receipt', async () => {
    for await (const batch of rows(codec, 'ess.stream-state', read(stack.kafka, { topic: 'ess.stream-state' })))
      if (batch.some(({ row }) => row.partner === kiosk.name && row.clients[0]?.broughtAt)) return true;
    return undefined;
  });
  expect(bridge.lines.some(({ msg }) => msg === 'stream.receipts.unreadable')).toBe(true);
  expect(bridge.ended).toBeUndefined();
});

test('a place in the source that cannot be read holds its partition, and nothing else', async () => {
  await using partner = await FakePartner.start();
  await using neighbour = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 2, config: AS_SENT });
  await using other = await Pipeline.open(stack, neighbour, { partitions: 1 });
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  const sick = partitionOf(Buffer.from('a'), 2);
  const well = keys.find((key) => partitionOf(Buffer.from(key), 2) !== sick) ?? '';
  await line.source.publish([makeRule('a', 1)]);
  await produce(line.source.name, packed(), sick);
  await line.source.publish([makeRule('a', 2), makeRule(well, 1)]);

  const [worker] = await line.start();
  const held = await worker?.logged('source.held');
  expect(held).toMatchObject({
    partition: sick,
    offset: 1,
    next: 2,
    error: expect.stringMatching(/^source: .*lz4/),
  });
  await eventually('the other partition', () => (partner.received.length === 2 ? true : undefined));
  expect(partner.received.map(({ body }) => `${body['ruleId']} v${body['version']}`).sort()).toEqual(
    ['a v1', `${well} v1`].sort(),
  );
  await other.start();
  await other.source.publish([makeRule('x', 1)]);
  await other.drained();
  const status = await eventually('a status that says why', async () => {
    const { stdout } = await line.run('status', line.partner, '--json');
    return stdout.includes('cannot be read') ? stdout : undefined;
  });
  expect(status).toContain('source: ');
  expect([worker?.ended, worker?.count('source.held')]).toEqual([undefined, worker?.count('partitions.assigned')]);
  // Retention takes what nobody could read: the worker says what was lost, and goes on.
  await stack.admin.fetchTopicOffsets(line.source.name); // or kafkajs knows no leader
  await stack.admin.deleteTopicRecords({ topic: line.source.name, partitions: [{ partition: sick, offset: '3' }] });
  await worker?.signal('SIGTERM');
  const [next] = await line.start();
  await next?.logged('retention.lost');
  await line.drained();
  expect(partner.received.at(-1)?.body).toMatchObject({ ruleId: 'a', version: 2 });
});

test('the projector holds that partition, and projects the others', async () => {
  await using belt = await Belt.open(stack, 2);
  await applyTopics(stack.kafka, [{ name: belt.names.source, partitions: 2, replication: 1, config: AS_SENT }]);
  await produce(belt.names.source, packed(), partitionOf(Buffer.from('a'), 2));
  const well = ['b', 'c', 'd', 'e'].find(
    (key) => partitionOf(Buffer.from(key), 2) !== partitionOf(Buffer.from('a'), 2),
  );
  await belt.source.publish([makeRule(well ?? '', 1)]);
  const projector = belt.spawn();
  await projector.logged('projector.source-held', ({ error }) => String(error).startsWith('source: '));
  await eventually('the other partition', async () => ((await belt.seen()).length === 1 ? true : undefined));
  expect(projector.ended).toBeUndefined();
});

describe('topics apply', () => {
  test('corrects a topic that is there, and leaves alone what an operator has set', async () => {
    const name = await newTopic('corrected', { ...AS_SENT, 'segment.bytes': '10485760', 'retention.ms': '777000000' });
    const config = { 'compression.type': 'uncompressed', 'max.message.bytes': '2097152' };
    const plan = [{ name, partitions: 2, replication: 1, config }];
    expect(await applyTopics(stack.kafka, plan)).toEqual([
      {
        topic: name,
        action: 'partitions added',
        details: '1 to 2, compression.type=uncompressed, max.message.bytes=2097152',
      },
    ]);
    const settings = await settingsOf(name);
    expect(Object.fromEntries(settings)).toMatchObject({
      ...config,
      'segment.bytes': '10485760',
      'retention.ms': '777000000',
    });
    expect(await applyTopics(stack.kafka, plan)).toEqual([{ topic: name, action: 'unchanged' }]);
  });

  test('then everybody can read what producers pack', async () => {
    const name = await newTopic('unpacked', { 'compression.type': 'uncompressed' });
    await produce(name, [
      makeBatch({ ...valued('s'), codec: 'snappy' }),
      makeBatch({ ...valued('l'), codec: 'lz4' }),
      makeBatch({ ...valued('z'), codec: 'zstd' }),
      makeBatch({ ...valued('g'), codec: 'gzip' }),
    ]);
    const { kafka, unreadable } = listening();
    let records = 0;
    for await (const batch of read(kafka, { topic: name })) records += batch.length;
    expect([records, unreadable()]).toEqual([4, []]);
  });

  test('and a bomb is refused by the broker', async () => {
    const name = await newTopic('defused', { 'compression.type': 'uncompressed' });
    for (const bomb of bombs()) await expect(produceRaw(stack.kafka, name, 0, bomb)).rejects.toThrow();
  });
});
