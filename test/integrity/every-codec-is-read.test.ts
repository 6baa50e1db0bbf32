// A source may be packed in any of Kafka's codecs: here by the broker itself, with Kafka's own libraries. Worker, replay, tail and
// bridge read the batches of one topic alike, whichever codec each of them is in.
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { rulesOf, StreamLine, versions } from '../harness/programs/stream-line.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { judge } from '../judges/delivery-checker.ts';
import { judgeReplay } from '../judges/replay-judge.ts';

const CODECS = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'];
const EACH = 20;
const ALL = CODECS.length * EACH;

const cleanup = new Cleanup();
let stack: TestStack;
beforeAll(async () => {
  stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
});
afterAll(() => cleanup[Symbol.asyncDispose]());

/** What is written from here on is packed so, whatever its producer did. */
async function packWith(topic: string, codec: string): Promise<void> {
  const configEntries = [{ name: 'compression.type', value: codec }];
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries };
  await stack.admin.alterConfigs({ validateOnly: false, resources: [resource] });
}

test('a worker delivers all of them, in order; a replay sends them again; tail shows them', async () => {
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 2 });
  const rules = CODECS.flatMap((_, codec) =>
    Array.from({ length: EACH }, (_unused, index) => makeRule(`r${index % 4}`, 1 + codec * EACH + index)),
  );
  for (const [index, codec] of CODECS.entries()) {
    await packWith(line.source.name, codec);
    await line.source.publish(rules.slice(index * EACH, (index + 1) * EACH));
  }
  const [worker] = await line.start();
  await line.drained();
  expect(judge(rules, partner.received, await line.audit())).toMatchObject({ lost: [], outOfOrder: [], unaudited: [] });

  const replay = await line.run('replay', line.partner, '--earliest', '--yes', '--wait', '--json');
  expect(replay).toMatchObject({ code: 0 });
  const [given] = replay.stdout
    .split('\n')
    .filter(Boolean)
    .map((text) => JSON.parse(text) as { id: string });
  await line.drained();
  const found = judgeReplay(given?.id ?? '', rules, partner.received);
  expect(found).toMatchObject({ missing: [], outside: [], outOfOrder: [], leftBehind: [] });

  const tail = await line.run('tail', line.source.name, '--from-beginning', '--limit', String(ALL));
  expect(tail.stdout.trim().split('\n')).toHaveLength(ALL);
  expect([worker?.count('source.held'), worker?.output]).toEqual([0, expect.not.stringContaining('unreadable')]);
});

test('a bridge streams all of them', async () => {
  await using line = await StreamLine.open(stack, { partitions: 2 });
  const hospital = line.partner('Hospital');
  const sinceMs = Date.now() - 1_000;
  for (const [index, codec] of CODECS.entries()) {
    await packWith(line.topic, codec);
    await line.publish(rulesOf('Hospital', index * EACH, (index + 1) * EACH));
  }
  const client = line.listen(await line.bridge(), hospital, `?since=${sinceMs}`);
  await client.until('all of them', ({ documents }) => documents.length >= ALL);
  const seen = versions(client)
    .map(Number)
    .sort((a, b) => a - b);
  expect(seen).toEqual(Array.from({ length: ALL }, (_, index) => index));
  await client.close();
});
