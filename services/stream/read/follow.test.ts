import type { FakePartition } from '@ess/test/fakes/kafka/fake-cluster.ts';
import { FakeTopic } from '@ess/test/fakes/kafka/fake-cluster.ts';
import { eventually } from '@ess/test/harness/deadline.ts';
import { expect, test } from '@jest/globals';
import type { FollowStart } from './follow.ts';
import { follow } from './follow.ts';

const WAIT_MS = 60_000;
const valued = (...values: string[]) => ({ records: values.map((value) => ({ value })) });

/** What a tail hands over, in a list that grows. */
async function following(topic: FakeTopic, from?: FollowStart) {
  const tail = await follow(topic.kafka, { topic: topic.name, ...(from === undefined ? {} : { from }) });
  const values: string[] = [];
  const ended = (async () => {
    for await (const batch of tail)
      values.push(...batch.map(({ partition, offset, value }) => `${partition}:${offset} ${value}`));
  })();
  return { tail, values, ended, [Symbol.asyncDispose]: () => tail.close() };
}

function filled(): FakeTopic {
  const topic = new FakeTopic(2);
  topic.add(0, { ...valued('a', 'b'), timestampMs: 1_000 });
  topic.add(0, { ...valued('c'), timestampMs: 3_000 });
  topic.add(1, { ...valued('x'), timestampMs: 2_000 });
  return topic;
}

test.each<[string, FollowStart | undefined, string[]]>([
  ['the end', undefined, []],
  ['the beginning', 'beginning', ['0:0 a', '0:1 b', '0:2 c', '1:0 x']],
  ['a time', { sinceMs: 1_500 }, ['0:2 c', '1:0 x']],
  ['a time, but the newest only', { sinceMs: 0, maxRecords: 1 }, ['0:2 c', '1:0 x']],
  ['chosen offsets; the log start where none is given', new Map([[0, 1]]), ['0:1 b', '0:2 c', '1:0 x']],
])('a tail that begins at %s', async (_, from, before) => {
  const topic = filled();
  await using it = await following(topic, from);
  await it.tail.caughtUp(WAIT_MS);
  expect(it.values.sort()).toEqual(before);
  topic.add(1, valued('y'));
  await it.tail.caughtUp(WAIT_MS);
  expect(it.values.sort()).toEqual([...before, '1:1 y']);
  expect([...it.tail.positions]).toEqual([
    [0, 3],
    [1, 2],
  ]);
});

test('a tail passes transaction markers: it has caught up behind them', async () => {
  const topic = new FakeTopic(1);
  await using it = await following(topic);
  const producerId = 4n;
  topic.partitions[0]?.aborted.push([producerId, topic.add(0, { ...valued('gone'), attributes: 0x10, producerId })]);
  topic.add(0, { attributes: 0x30, producerId, records: [{ key: Buffer.alloc(4) }] });
  await it.tail.caughtUp(WAIT_MS);
  expect([it.values, it.tail.positions.get(0)]).toEqual([[], 2]);
  topic.add(0, { ...valued('kept'), attributes: 0x10, producerId: 5n });
  await it.tail.caughtUp(WAIT_MS);
  expect(it.values).toEqual(['0:2 kept']);
});

test('what cannot be read is told once and passed', async () => {
  const topic = new FakeTopic(1);
  await using it = await following(topic);
  topic.add(0, { ...valued('nobody reads this'), attributes: 5 });
  topic.add(0, valued('a'));
  await it.tail.caughtUp(WAIT_MS);
  expect(it.values).toEqual(['0:1 a']);
  expect(topic.unreadable).toEqual([expect.objectContaining({ partition: 0, offset: 0, next: 1 })]);
});

test('leaders move and partitions are added: each record comes once, in the order of its partition', async () => {
  const topic = filled();
  await using it = await following(topic, 'beginning');
  await it.tail.caughtUp(WAIT_MS);
  const first = topic.partitions[0] as FakePartition;
  topic.partitions.push(Object.assign(new (first.constructor as typeof FakePartition)(), { leader: '2' }));
  topic.add(2, valued('new'));
  first.leader = '2';
  topic.wake();
  topic.add(0, valued('d'));
  await eventually('the record of the new partition', () => it.values.includes('2:0 new') || undefined);
  await it.tail.caughtUp(WAIT_MS);
  expect(it.values.filter((value) => value.startsWith('0'))).toEqual(['0:0 a', '0:1 b', '0:2 c', '0:3 d']);
  expect(it.values.sort()).toEqual(['0:0 a', '0:1 b', '0:2 c', '0:3 d', '1:0 x', '2:0 new']);
});

test('Kafka is away and comes back: the tail goes on where it was', async () => {
  const topic = filled();
  await using it = await following(topic);
  topic.away = true;
  topic.add(0, valued('d'));
  const caughtUp = it.tail.caughtUp(WAIT_MS);
  const refreshed = topic.asked.refresh;
  await eventually('a question that is not answered', () => topic.asked.refresh > refreshed || undefined);
  topic.away = false;
  await caughtUp;
  expect(it.values).toEqual(['0:3 d']);
});

test('caughtUp that comes too late says which topic, and those at the same time share a question', async () => {
  const topic = filled();
  await using it = await following(topic);
  const { ends } = topic.asked;
  await Promise.all(Array.from({ length: 20 }, () => it.tail.caughtUp(WAIT_MS)));
  expect(topic.asked.ends).toBe(ends + 1);
  topic.away = true;
  await expect(it.tail.caughtUp(5)).rejects.toMatchObject({
    code: 'ESS_BROKER',
    message: 't could not be read to its end in 5 ms',
  });
});

test('a right that is missing is told at once to whoever waits, and ends the tail where that is wanted', async () => {
  const topic = filled();
  await using patient = await following(topic);
  const waitedFor = await follow(topic.kafka, { topic: topic.name, isWaitedFor: true });
  topic.refuses = true;
  topic.add(0, valued('d'));
  const told = /^t cannot be read: .*the right Read on topic t/;
  await expect(patient.tail.caughtUp(WAIT_MS)).rejects.toThrow(told);
  await expect(waitedFor[Symbol.asyncIterator]().next()).rejects.toThrow(told);
  topic.refuses = false;
  await eventually('the other goes on', () => patient.values.includes('0:3 d') || undefined);
});

test('a batch is done with when the next one is asked for', async () => {
  const topic = filled();
  const tail = await follow(topic.kafka, {
    topic: topic.name,
    from: new Map([
      [0, 2],
      [1, 1],
    ]),
  });
  await using _tail = tail;
  const batches = tail[Symbol.asyncIterator]();
  expect((await batches.next()).value?.map(({ value }: { value: Buffer | null }) => String(value))).toEqual(['c']);
  expect(tail.positions.get(0)).toBe(2);
  topic.add(1, valued('y'));
  await batches.next();
  expect(tail.positions.get(0)).toBe(3);
});

test('retention was faster: the tail goes on at the log start', async () => {
  const topic = filled();
  (topic.partitions[0] as FakePartition).low = 2;
  await using it = await following(
    topic,
    new Map([
      [0, 0],
      [1, 1],
    ]),
  );
  await it.tail.caughtUp(WAIT_MS);
  expect(it.values).toEqual(['0:2 c']);
});

test.each(['close', 'signal'] as const)('its iteration ends with %s', async (how) => {
  const topic = filled();
  const stop = new AbortController();
  const tail = await follow(topic.kafka, { topic: topic.name, signal: stop.signal });
  const values: string[] = [];
  const ended = (async () => {
    for await (const batch of tail) values.push(...batch.map(({ value }) => String(value)));
  })();
  if (how === 'close') await tail.close();
  else stop.abort();
  await ended;
  topic.add(0, valued('late'));
  expect(values).toEqual([]);
});

test('no such topic is told with the remedy', async () => {
  await expect(follow(filled().kafka, { topic: 'other' })).rejects.toMatchObject({ code: 'ESS_CONFIG' });
});
