import type { Codec, Decoded } from '@ess/stream/registry/codec.ts';
import { FakeTopic } from '@ess/test/fakes/kafka/fake-cluster.ts';
import { expect, jest, test } from '@jest/globals';
import { FollowedTopic } from './followed-topic.ts';

/** What each value decodes to: its text, or why it does not. */
const codec = {
  prepare: async () => undefined,
  decode: (value: Buffer | null): Decoded => {
    const text = String(value);
    const reason = (['unknown-schema', 'unreadable-schema', 'decode'] as const).find((one) => one === text);
    return reason ? { ok: false, reason, detail: '' } : { ok: true, record: { text } };
  },
} as unknown as Codec;

test('another reading begins at what the registry did not know, and behind what can never be read', async () => {
  const topic = new FakeTopic(3);
  const add = (partition: number, ...values: string[]) =>
    topic.add(partition, { records: values.map((value) => ({ value })) });
  add(0, 'a', 'decode', 'b');
  add(1, 'c', 'unknown-schema', 'd', 'unknown-schema');
  add(2, 'unreadable-schema');
  const taken: string[] = [];
  await using followed = await FollowedTopic.open({
    kafka: topic.kafka,
    codec,
    topic: topic.name,
    as: undefined,
    take: ({ value }, { ok }) => taken.push(`${value} ${ok}`),
  });
  await followed.complete;
  expect(taken.sort()).toEqual([
    'a true',
    'b true',
    'c true',
    'd true',
    'decode false',
    'unknown-schema false',
    'unknown-schema false',
    'unreadable-schema false',
  ]);
  expect([...followed.positions]).toEqual([
    [0, 3],
    [1, 1],
    [2, 0],
  ]);
  add(2, 'e');
  await followed.caughtUp();
  expect(taken).toContain('e true');
  expect(followed.positions.get(2)).toBe(0);
});

test('a source whose own schema cannot be read is not waited for, and goes on when it can be', async () => {
  const topic = new FakeTopic(1);
  topic.add(0, { records: [{ value: 'a' }, { value: 'unreadable-schema' }] });
  let isHeld = true;
  const taken: string[] = [];
  const all = Promise.withResolvers<void>();
  await using followed = await FollowedTopic.open({
    kafka: topic.kafka,
    codec: Object.assign(Object.create(codec), { holdsSource: () => isHeld }) as Codec,
    topic: topic.name,
    as: undefined,
    holds: {},
    take: ({ value }) => {
      taken.push(String(value));
      if (taken.length === 2) all.resolve();
    },
  });
  await followed.complete;
  expect([followed.readToMs, [...followed.positions], taken]).toEqual([0, [[0, 0]], []]);
  isHeld = false;
  await all.promise;
  await followed.caughtUp();
  expect(followed.readToMs).toBeGreaterThan(0);
});

test('what was read while the clock was an hour ahead is old from then on, not in an hour', async () => {
  const topic = new FakeTopic(1);
  const isNow = Date.now();
  const clock = jest.spyOn(Date, 'now').mockReturnValue(isNow + 3_600_000);
  try {
    await using followed = await FollowedTopic.open({
      ...{ kafka: topic.kafka, codec, topic: topic.name, as: undefined },
      take: () => undefined,
    });
    await followed.complete;
    topic.away = true;
    clock.mockReturnValue(isNow);
    expect(followed.readToMs).toBeGreaterThan(0);
    expect(followed.readToMs).toBeLessThanOrEqual(isNow);
  } finally {
    clock.mockRestore();
  }
});

test('the newest record of a key of a source is read again until its schema has come, and taken once', async () => {
  const topic = new FakeTopic(1, 'rules');
  const keyed = (key: string, value: string) => ({ key, value });
  const records = [keyed('a', 'unknown-schema'), keyed('a', 'read'), keyed('b', 'unknown-schema'), keyed('c', 'read')];
  topic.add(0, { records });
  let hasCome = false;
  const decode: Codec['decode'] = (value) => (hasCome ? { ok: true, record: {} } : codec.decode(value));
  const taken: string[] = [];
  const again = Promise.withResolvers<void>();
  await using followed = await FollowedTopic.open({
    kafka: topic.kafka,
    codec: { ...codec, decode, holdsSource: () => false } as unknown as Codec,
    topic: topic.name,
    as: undefined,
    holds: {},
    take: ({ key, offset }, { ok }) => {
      taken.push(`${key} ${offset} ${ok}`);
      if (hasCome) again.resolve();
    },
  });
  await followed.complete;
  expect(taken.splice(0)).toEqual(['a 0 false', 'a 1 true', 'b 2 false', 'c 3 true']);
  hasCome = true;
  await again.promise;
  topic.add(0, { records: [keyed('d', 'read')] });
  await followed.caughtUp();
  expect(taken).toEqual(['b 2 true', 'd 4 true']);
});
