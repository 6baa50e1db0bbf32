// `ess topics grow`: partitions come only when nobody writes and everybody has read to the end, so that no rule overtakes itself.
import { VERSION_HEADER } from '@ess/domain/delivery/version.ts';
import { moveKeys } from '@ess/stream/grow/topic-growth.ts';
import { read } from '@ess/stream/read/read.ts';
import { partitionOf } from '@ess/stream/wire/partition.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { SourceTopic } from '../harness/data/source-topic.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { EssProcess } from '../harness/programs/worker-process.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { judge } from '../judges/delivery-checker.ts';

const KEYS = Array.from({ length: 30 }, (_, index) => `r${index}`);
const versions = (version: number) => KEYS.map((key) => makeRule(key, version));

const partitionsOf = async ({ admin }: TestStack, topic: string): Promise<number> =>
  (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions.length ?? 0;

async function isReady(worker: EssProcess): Promise<boolean> {
  const { admin } = await worker.logged('worker.started');
  return (await fetch(`${admin}/readyz`)).ok;
}

test.concurrent('a topic grows when a partner that was held has what waited for it, and every rule stays in order', async () => {
  await using stack = await openTestStack();
  const open = Promise.withResolvers<number>();
  await using partner = await FakePartner.start(() => open.promise);
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  const workers = await line.start(2);
  const { name } = line.source;
  await line.source.publish(versions(1));
  await partner.until((received) => received.length > 0);
  // Also the one that has no partition, and while nothing is answered: a rollout waits for neither.
  for (const worker of workers) await eventually('it is ready', async () => (await isReady(worker)) || undefined);
  const growing = line.ess(['topics', 'grow', name, '--partitions', '3', '--yes', '--json']);
  await eventually('it waits', () => growing.output.includes(`the group ${line.group} has`) || undefined);
  expect(await partitionsOf(stack, name)).toBe(1);
  open.resolve(200);
  expect(await growing.exited).toBe(0);
  expect(JSON.parse(growing.stdout)).toEqual({ topic: name, from: 1, to: 3 });
  expect(await partitionsOf(stack, name)).toBe(3);
  // Who begins anew asks for the partitions anew; those that run on notice them within half a minute.
  for (const worker of workers) await worker.signal('SIGTERM');
  await line.start();
  const again = line.source.anew(stack);
  await again.publish(versions(2));
  await again.close();
  await partner.until((received) => received.length >= 2 * KEYS.length);
  await line.drained();
  const verdict = judge([...versions(1), ...versions(2)], partner.received, await line.audit());
  expect(verdict).toMatchObject({ lost: [], outOfOrder: [], unaudited: [] });
});

test.concurrent('while somebody writes, or reads no more, nothing is changed, and it says who', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 2 });
  const { name } = line.source;
  const [worker] = await line.start();
  await line.source.publish(versions(1));
  await line.drained();
  await worker?.signal('SIGTERM');
  await line.source.publish(versions(2));
  const grow = (...more: string[]) => line.run('topics', 'grow', name, '--partitions', '4', '--yes', ...more);
  const refused = await grow('--within', '1s');
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`--without ${line.group}; nothing was changed`),
  });
  const writing = setInterval(() => void line.source.publish(versions(3)), 200);
  try {
    const { code, stderr } = await grow('--within', '4s', '--without', line.group);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`somebody writes to ${name}: stop all who do`)]);
  } finally {
    clearInterval(writing);
  }
  expect(await partitionsOf(stack, name)).toBe(2);
});

test.concurrent('what a compacted topic has of a rule goes where the rule is, once, and no move looks like a withdrawal', async () => {
  await using stack = await openTestStack();
  const source = await SourceTopic.open(stack, { partitions: 2, config: { 'cleanup.policy': 'compact' } });
  const header = (version: number) => () => ({ [VERSION_HEADER]: String(version) });
  await source.publish(versions(1), header(1));
  await source.publish(versions(2), header(2));
  await source.publishRaw('withdrawn', null, { [VERSION_HEADER]: '7' });
  await stack.admin.createPartitions({ topicPartitions: [{ topic: source.name, count: 6 }] });
  const keys = [...KEYS, 'withdrawn'];
  const moved = keys.filter((key) => partitionOf(key, 2) !== partitionOf(key, 6));
  expect(await moveKeys(stack.kafka, source.name, 2, 6)).toBe(moved.length);
  // A call that was broken off is made again.
  expect(await moveKeys(stack.kafka, source.name, 2, 6)).toBe(0);
  const newest = new Map<string, string>();
  const left: Array<[string, string]> = [];
  for await (const records of read(stack.kafka, { topic: source.name }))
    for (const { key, value, partition, headers } of records) {
      const [name, version] = [String(key), String(headers[VERSION_HEADER])];
      if (partition === partitionOf(name, 6)) newest.set(name, version);
      else if (value === null) left.push([name, version]);
    }
  await source.close();
  expect(newest).toEqual(new Map([...KEYS.map((key) => [key, '2'] as const), ['withdrawn', '7']]));
  const gone = left.filter(([, version]) => version === 'undefined').map(([name]) => name);
  expect(gone.sort()).toEqual([...moved].sort());
});
