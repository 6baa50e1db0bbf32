import type { FakePartition } from '@ess/test/fakes/kafka/fake-cluster.ts';
import { FakeTopic } from '@ess/test/fakes/kafka/fake-cluster.ts';
import { describe, expect, jest, test } from '@jest/globals';
import type { ReadOptions } from './range.ts';
import { read } from './read.ts';

const valued = (...values: string[]) => ({ records: values.map((value) => ({ value })) });

async function valuesOf(topic: FakeTopic, options: Partial<ReadOptions> = {}): Promise<string[]> {
  const values: string[] = [];
  for await (const batch of read(topic.kafka, { topic: topic.name, ...options })) {
    expect(batch.length).toBeGreaterThan(0);
    for (const { partition, offset, value } of batch) values.push(`${partition}:${offset} ${value}`);
  }
  return values;
}

/** Two partitions, two batches in the first one. */
function twoPartitions(): FakeTopic {
  const topic = new FakeTopic(2);
  topic.add(0, { ...valued('a', 'b'), timestampMs: 1_000 });
  topic.add(1, { ...valued('x'), timestampMs: 2_000 });
  topic.add(0, { ...valued('c', 'd'), timestampMs: 3_000 });
  return topic;
}

describe('what is read', () => {
  test('everything there is, each partition in order', async () => {
    expect(await valuesOf(twoPartitions())).toEqual(['0:0 a', '0:1 b', '1:0 x', '0:2 c', '0:3 d']);
  });

  test('oldest first over the partitions', async () => {
    const topic = twoPartitions();
    topic.add(1, { ...valued('y'), timestampMs: 2_500 });
    expect(await valuesOf(topic, { oldestFirst: true })).toEqual([
      '0:0 a',
      '0:1 b',
      '1:0 x',
      '1:1 y',
      '0:2 c',
      '0:3 d',
    ]);
  });

  test('offsets within a batch, of the named partitions only', async () => {
    const within = new Map([[0, { from: 1, to: 3 }]]);
    expect(await valuesOf(twoPartitions(), { within })).toEqual(['0:1 b', '0:2 c']);
  });

  test('from a time on: a partition that has nothing later is not read', async () => {
    expect(await valuesOf(twoPartitions(), { sinceMs: 2_500 })).toEqual(['0:2 c', '0:3 d']);
  });

  test('up to a time: each partition to its first record from then on', async () => {
    const topic = twoPartitions();
    expect(await valuesOf(topic, { untilMs: 3_000 })).toEqual(['0:0 a', '0:1 b', '1:0 x']);
    expect(await valuesOf(topic, { sinceMs: 1_500, untilMs: 9_000 })).toEqual(['0:2 c', '0:3 d', '1:0 x']);
    const { fetch } = topic.asked;
    expect(await valuesOf(topic, { untilMs: 1_000, within: new Map([[0, { from: 0, to: 9 }]]) })).toEqual([]);
    expect(topic.asked.fetch).toBe(fetch);
  });

  test('only the partition of a key', async () => {
    const both = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => valuesOf(twoPartitions(), { ofKey: Buffer.from(key) })),
    );
    expect(new Set(both.map((values) => values.join()))).toEqual(new Set(['0:0 a,0:1 b,0:2 c,0:3 d', '1:0 x']));
  });

  test('nothing of an empty range, and no fetch is made for it', async () => {
    const topic = twoPartitions();
    expect(await valuesOf(new FakeTopic(3))).toEqual([]);
    expect(await valuesOf(topic, { within: new Map([[0, { from: 2, to: 2 }]]) })).toEqual([]);
    expect(await valuesOf(topic, { within: new Map([[0, { from: 9, to: 12 }]]), oldestFirst: true })).toEqual([]);
    expect(await valuesOf(topic, { sinceMs: 9_000 })).toEqual([]);
    expect(topic.asked.fetch).toBe(0);
  });

  test('the end is the end of the start', async () => {
    const topic = twoPartitions();
    const values: string[] = [];
    for await (const batch of read(topic.kafka, { topic: topic.name, within: new Map([[0, { from: 0, to: 99 }]]) })) {
      values.push(...batch.map(({ value }) => String(value)));
      topic.add(0, valued('late'));
    }
    expect(values).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a position moves when a batch is done with, and a later read goes on there', async () => {
    const topic = twoPartitions();
    const position: number[] = [];
    for await (const _ of read(topic.kafka, { topic: topic.name, position })) break;
    expect(position[0]).toBe(0);
    await valuesOf(topic, { position, unhurried: () => true });
    expect(position).toEqual([4, 1]);
    topic.add(1, valued('y'));
    expect(await valuesOf(topic, { position })).toEqual(['1:1 y']);
  });

  test('transactions: what was taken back is left out, markers at the end are passed', async () => {
    const topic = new FakeTopic(1);
    const marker = (producerId: bigint) => ({ attributes: 0x30, producerId, records: [{ key: Buffer.alloc(4) }] });
    const transactional = (producerId: bigint) => ({ attributes: 0x10, producerId });
    topic.add(0, { ...valued('kept'), ...transactional(1n) });
    topic.partitions[0]?.aborted.push([2n, topic.add(0, { ...valued('gone'), ...transactional(2n) })]);
    topic.add(0, marker(2n));
    topic.add(0, marker(1n));
    expect(await valuesOf(topic)).toEqual(['0:0 kept']);
    expect(await valuesOf(topic, { within: new Map([[0, { from: 1, to: 4 }]]), oldestFirst: true })).toEqual([]);
  });

  test('what cannot be read is told and passed', async () => {
    const topic = new FakeTopic(1);
    topic.add(0, valued('a'));
    topic.add(0, { ...valued('nobody reads this'), attributes: 5 });
    topic.add(0, valued('b'));
    expect(await valuesOf(topic)).toEqual(['0:0 a', '0:2 b']);
    expect(topic.unreadable).toEqual([expect.objectContaining({ topic: 't', partition: 0, offset: 1, next: 2 })]);
  });

  test('headers, when they are asked for', async () => {
    const topic = new FakeTopic(1);
    topic.add(0, { records: [{ value: 'a', headers: [['version', '7']] }, { value: 'b' }] });
    const headers: string[] = [];
    for await (const batch of read(topic.kafka, { topic: topic.name }))
      headers.push(...batch.map((record) => String(record.headers['version'])));
    expect(headers).toEqual(['7', 'undefined']);
  });

  test('retention that is faster: the read goes on at the log start', async () => {
    const topic = twoPartitions();
    topic.add(0, valued('e'));
    const values: string[] = [];
    for await (const batch of read(topic.kafka, { topic: topic.name })) {
      values.push(...batch.map(({ value }) => String(value)));
      (topic.partitions[0] as FakePartition).low = 4;
    }
    expect(values).toEqual(['a', 'b', 'x', 'e']);
  });

  test('a topic that was made anew, and ends before the place where the read was', async () => {
    const topic = twoPartitions();
    const values: string[] = [];
    for await (const batch of read(topic.kafka, { topic: topic.name })) {
      values.push(...batch.map(({ value }) => String(value)));
      topic.partitions[0]?.batches.splice(0);
      topic.add(0, valued('new'));
    }
    expect(values).toEqual(['a', 'b', 'x']);
  });
});

describe('patience', () => {
  test('a leader moves: the read asks who leads now, and goes on where it was', async () => {
    const topic = twoPartitions();
    const values: string[] = [];
    for await (const batch of read(topic.kafka, { topic: topic.name })) {
      values.push(...batch.map(({ value }) => String(value)));
      (topic.partitions[0] as FakePartition).leader = '2';
    }
    expect(values).toEqual(['a', 'b', 'x', 'c', 'd']);
    expect(topic.asked.refresh).toBe(1);
  });

  test('Kafka is away for a while: nothing is lost, nothing comes twice', async () => {
    const topic = twoPartitions();
    const values: string[] = [];
    for await (const batch of read(topic.kafka, { topic: topic.name, oldestFirst: true })) {
      values.push(...batch.map(({ value }) => String(value)));
      topic.away = true;
      setTimeout(() => (topic.away = false), 60);
    }
    expect(values).toEqual(['a', 'b', 'x', 'c', 'd']);
  });

  test('nobody answers for half a minute: ESS_BROKER names the topic and the reason', async () => {
    jest.useFakeTimers();
    try {
      const topic = twoPartitions();
      topic.away = true;
      const ended = expect(valuesOf(topic)).rejects.toMatchObject({
        code: 'ESS_BROKER',
        message: 'Kafka has not answered for 30 s: t cannot be read',
        cause: expect.objectContaining({ message: 'Closed connection' }),
      });
      await jest.advanceTimersByTimeAsync(40_000);
      await ended;
    } finally {
      jest.useRealTimers();
    }
  });

  test('no such topic is told at once, with the remedy', async () => {
    const topic = twoPartitions();
    await expect(valuesOf(topic, { topic: 'other' })).rejects.toMatchObject({
      code: 'ESS_CONFIG',
      message: expect.stringContaining('ess topics apply'),
    });
    expect(topic.asked.connect).toBe(1);
  });

  test('a signal ends it, also while Kafka is away', async () => {
    const topic = twoPartitions();
    topic.away = true;
    const stop = new AbortController();
    const ended = expect(valuesOf(topic, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
    stop.abort();
    await ended;
  });
});
