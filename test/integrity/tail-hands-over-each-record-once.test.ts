// A tail reads a topic for one process: what doors and streams know of Kafka comes through it.

import type { FollowStart } from '@ess/stream/read/follow.ts';
import { follow } from '@ess/stream/read/follow.ts';
import { read } from '@ess/stream/read/read.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SourceTopic } from '../harness/data/source-topic.ts';
import { eventually, PATIENCE_MS } from '../harness/deadline.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

let stack: TestStack;
let source: SourceTopic;
beforeAll(async () => {
  stack = await openTestStack();
  source = await SourceTopic.open(stack, { partitions: 3 });
});
afterAll(async () => {
  await source.close();
  await stack[Symbol.asyncDispose]();
});

const publish = (from: number, count: number) =>
  Promise.all(Array.from({ length: count }, (_, n) => source.publishRaw(`k${n % 7}`, Buffer.from(String(from + n)))));
const open = async (from?: FollowStart) => {
  const seen: ReadRecord[] = [];
  const tail = await follow(stack.kafka, { topic: source.name, ...(from === undefined ? {} : { from }) });
  void (async () => {
    for await (const records of tail) seen.push(...records);
  })();
  return { tail, seen, numbers: () => seen.map(({ value }) => Number(value)).sort((a, b) => a - b) };
};
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

test('each record from the chosen place on comes once and in order, and caughtUp waits for all that was there', async () => {
  await publish(0, 100);
  const atEnd = await open();
  await using _atEnd = atEnd.tail;
  const whole = await open('beginning');
  await using _whole = whole.tail;
  await whole.tail.caughtUp(PATIENCE_MS);
  expect(whole.numbers()).toEqual(range(0, 100));

  for (let round = 0; round < 20; round += 1) {
    await publish(100 + round * 10, 10);
    // Asked at once from several sides, as requests do.
    await Promise.all(Array.from({ length: 5 }, () => atEnd.tail.caughtUp(PATIENCE_MS)));
    expect(atEnd.numbers()).toEqual(range(100, 110 + round * 10));
  }
  for (const { seen } of [atEnd, whole])
    for (const partition of [0, 1, 2]) {
      const offsets = seen.filter((record) => record.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    }
  await eventually('the whole tail has all', () => (whole.numbers().length === 300 ? true : undefined));

  const recent = await open({ sinceMs: 0, maxRecords: 5 });
  await using _recent = recent.tail;
  await recent.tail.caughtUp(PATIENCE_MS);
  expect(recent.seen.length).toBe(15);
  const places = await open(new Map([...recent.tail.positions].map(([partition, next]) => [partition, next - 2])));
  await using _places = places.tail;
  await places.tail.caughtUp(PATIENCE_MS);
  expect(places.seen.length).toBe(6);
});

test('neither a tail nor a range joins a group', async () => {
  const groups = async () => (await stack.admin.listGroups()).groups.map(({ groupId }) => groupId).sort();
  const before = await groups();
  const { tail, numbers } = await open('beginning');
  await using _tail = tail;
  await tail.caughtUp(PATIENCE_MS);
  let records = 0;
  for await (const batch of read(stack.kafka, { topic: source.name })) records += batch.length;
  expect(records).toBe(numbers().length);
  expect(await groups()).toEqual(before);
});
