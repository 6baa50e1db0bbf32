// A topic that is deleted and created again keeps its name, and its offsets mean other records. That is noticed when partitions are
// assigned and while workers run, whether the new log has fewer records than the old position or more: told, put on record like
// a lost range, and every record of the new log is delivered.

import { isDeepStrictEqual } from 'node:util';
import { CursorSigner } from '@ess/domain/stream/cursor.ts';
import { Group } from '@ess/stream/group/group.ts';
import { applyTopics } from '@ess/stream/kafkajs/topics.ts';
import { TopicIds } from '@ess/stream/read/topic-ids.ts';
import type { LockstepAnswer } from '@ess/view/answer.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import type { EventSourceClient } from '../fakes/streams/event-source.ts';
import { makeRule } from '../harness/data/rules.ts';
import type { SourceTopic } from '../harness/data/source-topic.ts';
import { eventually } from '../harness/deadline.ts';
import { Belt } from '../harness/programs/belt.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { CURSOR_KEY, rulesOf, StreamLine, versions } from '../harness/programs/stream-line.ts';
import { sized } from '../harness/results.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const rules = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, at) => makeRule(`${prefix}${at}`, 1));
const idsOf = (partner: FakePartner) => partner.received.map(({ body }) => String(body['ruleId']));

async function makeAnew(stack: TestStack, name: string): Promise<void> {
  await stack.admin.deleteTopics({ topics: [name] });
  await eventually(`${name} is gone`, async () => !(await stack.admin.listTopics()).includes(name) || undefined);
  const config = { 'compression.type': 'uncompressed' };
  await applyTopics(stack.kafka, [{ name, partitions: 1, replication: 1, config }]);
}

async function madeAnew(stack: TestStack, source: SourceTopic): Promise<SourceTopic> {
  await makeAnew(stack, source.name);
  return source.anew(stack);
}

/** As a mirror restores it: Kafka itself forgets the positions of an empty group when it deletes the topic. */
async function restored(stack: TestStack, groupId: string, topic: string, offset: number, metadata: string) {
  await using topicIds = TopicIds.open(stack.kafka);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const nothing = () => undefined;
  const group = new Group({
    ...{ kafka: stack.kafka, groupId, topic, topicIds, log: stack.log, onCrash: reject },
    openAssignment: (member) => ({
      assigned: () => member.commit([{ partition: 0, offset, metadata }]).then(resolve, reject),
      take: () => 'none',
      lost: nothing,
      unreadable: nothing,
      revoke: async () => undefined,
    }),
  });
  await group.start();
  await promise;
  await group.stop();
}

async function lostOf(line: Pipeline) {
  const rows = (await line.audit()).filter(({ outcome }) => outcome === 'retentionLost');
  return rows.map(({ partition, offset, lastOffset, reason }) => [
    partition,
    offset,
    lastOffset,
    reason?.split(':')[0],
  ]);
}

test.concurrent('a position beyond the end of the log: on from the earliest, with the old position on record', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  await line.source.publish(rules('a', 1));
  const partitions = [{ partition: 0, offset: '777' }];
  await stack.admin.setOffsets({ groupId: line.group, topic: line.source.name, partitions });
  const [worker] = await line.start();
  expect(await worker?.logged('topic.anew')).toMatchObject({ level: 'error', partition: 0, position: 777 });
  await partner.until((received) => received.length === 1);
  await eventually('the position is that of this log', async () =>
    (await line.committed()).get(0)?.offset === 1 ? true : undefined,
  );
  expect(idsOf(partner)).toEqual(['a0']);
  expect(await lostOf(line)).toEqual([
    [
      0,
      777,
      null,
      'the position 777 lies beyond the end of the log, 1; what that log held from here on is lost, and the partition goes on with the earliest record there is',
    ],
  ]);
  expect(await line.metric(worker as never, 'ess_topics_anew_total')).toBe(1);
  expect(worker?.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
});

/** Fewer records than the position, and more. */
const ANEW = [
  { worker: 'stopped', records: 9 },
  { worker: 'running', records: 2 },
  { worker: 'stopped', records: 2 },
  { worker: 'running', records: 9 },
];

test.concurrent.each(ANEW.slice(0, sized(2, ANEW.length)))(
  'made anew with $records records where 5 were delivered, the worker is $worker: each of them is delivered',
  async ({ worker, records }) => {
    await using stack = await openTestStack();
    await using partner = await FakePartner.start();
    await using line = await Pipeline.open(stack, partner, { partitions: 1 });
    let [running] = await line.start();
    await line.source.publish(rules('before', 5));
    await line.drained();
    const before = (await line.committed()).get(0);
    if (worker === 'stopped') await running?.signal('SIGTERM');
    const anew = await madeAnew(stack, line.source);
    await anew.publish(rules('anew', records));
    await anew.close();
    if (worker === 'stopped') {
      await restored(stack, line.group, line.source.name, before?.offset ?? 0, before?.metadata ?? '');
      [running] = await line.start();
    }
    await running?.logged('topic.anew');
    await partner.until(() => rules('anew', records).every(({ ruleId }) => idsOf(partner).includes(ruleId)));
    await eventually('the position is that of this log', async () =>
      (await line.committed()).get(0)?.offset === records ? true : undefined,
    );
    // The offsets are those of before; a partner must not take the new records for the old ones.
    expect(new Set(partner.received.map(({ id }) => id)).size).toBe(5 + records);
    const lost = await lostOf(line);
    // Records of the new log beyond the old position may have been taken in before it was noticed.
    expect(lost).toMatchObject([[0, expect.any(Number), null, 'the topic was made anew']]);
    if (worker === 'stopped') expect(lost[0]?.[1]).toBe(5);
    expect(running?.count('topic.anew')).toBe(1);
    expect(running?.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  },
);

test('made anew with fewer partitions while a worker runs: what the others held is on record, and the rest is delivered', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 3 });
  const [worker] = await line.start();
  await line.source.publish(rules('before', 12));
  await line.drained();
  const anew = await madeAnew(stack, line.source);
  await anew.publish(rules('anew', 2));
  await anew.close();
  await partner.until(() => rules('anew', 2).every(({ ruleId }) => idsOf(partner).includes(ruleId)));
  const lost = (await lostOf(line)).map(([partition]) => partition);
  expect(lost.sort()).toEqual([0, 1, 2]);
  expect(worker?.count('consumer.waits')).toBe(0);
});

test.concurrent('made anew while no worker runs, and its positions are gone with it: what was acked says so', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  const [first] = await line.start();
  await line.source.publish(rules('before', 3));
  await line.drained();
  await first?.signal('SIGTERM');
  await line.source.publish(rules('owed', 2));
  const anew = await madeAnew(stack, line.source);
  await anew.publish(rules('anew', 2));
  await anew.close();
  await eventually(
    'the positions are gone',
    async () => ((await line.committed()).get(0)?.offset ?? -1) < 0 || undefined,
  );
  const [second] = await line.start();
  expect(await second?.logged('topic.anew')).toMatchObject({ level: 'error', partition: 0, position: 3 });
  await partner.until((received) => received.length === 5);
  expect(await lostOf(line)).toMatchObject([[0, 3, null, 'the topic was made anew']]);
});

test.concurrent('a view that is open forgets what the topic had, and says that it reads it again', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  await line.source.publish([makeRule('both', 5), makeRule('gone', 5)]);
  const watch = line.ess(['lockstep', line.partner, '--all', '--watch', '0.5', '--json']);
  const expected = (what: string, rules: Readonly<Record<string, number>>) =>
    eventually(what, () => {
      const text = watch.stdout.split('\n').at(-2);
      const { cells } = (text ? JSON.parse(text) : { cells: [] }) as LockstepAnswer;
      const found = Object.fromEntries(cells.map((cell) => [cell.ruleId, cell.expected]));
      return isDeepStrictEqual(found, rules) || undefined;
    });
  await expected('what is there', { both: 5, gone: 5 });
  const anew = await madeAnew(stack, line.source);
  await anew.publish([makeRule('both', 1), makeRule('new', 1), makeRule('newer', 1)]);
  await anew.close();
  await expected('what the new log has', { both: 1, new: 1, newer: 1 });
  expect(watch.output).toContain('view.topic.anew');
});

test.concurrent.each([9, 2].slice(0, sized(1, 2)))(
  'made anew with %i records under a running projector that had passed 5: each of them is projected',
  async (records) => {
    await using stack = await openTestStack();
    await using belt = await Belt.open(stack, 1);
    const projector = belt.spawn();
    await belt.source.publish(rules('before', 5));
    await belt.drained();
    const anew = await madeAnew(stack, belt.source);
    await anew.publish(rules('anew', records));
    expect(await projector.logged('topic.anew')).toMatchObject({
      partition: 0,
      why: expect.stringContaining('made anew'),
    });
    await eventually('all of them are public', async () => {
      const seen = new Set((await belt.seen()).map(({ rule }) => rule.ruleId));
      return rules('anew', records).every(({ ruleId }) => seen.has(ruleId)) || undefined;
    });
    await belt.drained();
    expect([...(await belt.latest()).keys()].sort()).toEqual(
      [...rules('before', 5), ...rules('anew', records)].map(({ ruleId }) => ruleId).sort(),
    );
    // So may be what it writes to: it goes on.
    await makeAnew(stack, belt.names.publicTopic);
    await anew.publish(rules('later', 2));
    await anew.close();
    await eventually('what came later is public', async () => (await belt.seen()).length === 2 || undefined);
  },
);

/** What a client saw, in order: versions, and `gap`. */
const seenBy = ({ events }: EventSourceClient): unknown[] =>
  events.map(({ type, data }) => (type === 'ess.gap' ? 'gap' : JSON.parse(data)['version']));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

test.concurrent('the public topic made anew under a running bridge: whoever listens is told first, and so is who brings an old cursor', async () => {
  await using stack = await openTestStack();
  await using line = await StreamLine.open(stack, { partitions: 1 });
  const hospital = line.partner('Hospital');
  const bridge = await line.bridge();
  await line.publish(rulesOf('Hospital', 0, 5));
  await using reader = await line.listening(bridge, hospital, '?since=0');
  await reader.until('the history', (client) => versions(client).length === 5);
  await using live = await line.listening(bridge, hospital);
  const old = reader.lastEventId;
  await makeAnew(stack, line.topic);
  // More than before: no position lies beyond the end.
  await line.publish(rulesOf('Hospital', 100, 109));
  const anew = ['gap', ...range(100, 109)];
  expect(await bridge.logged('topic.anew')).toMatchObject({ level: 'error', topic: line.topic, clients: 2 });
  for (const [client, before] of [
    [live, []],
    [reader, range(0, 5)],
  ] as const) {
    await client.until('all of the new log', ({ events }) => events.length >= before.length + anew.length);
    expect([seenBy(client), client.statuses]).toEqual([[...before, ...anew], [200]]);
  }

  const lastVersions = new CursorSigner(CURSOR_KEY, hospital.name).position([5], Date.now());
  const restarted = await line.bridge();
  for (const [at, cursor, seen] of [
    [bridge, old, anew],
    [restarted, old, anew],
    [bridge, lastVersions, anew],
    [restarted, lastVersions, range(105, 109)],
  ] as const) {
    await using client = line.listen(at, hospital, '', { lastEventId: cursor });
    await client.until('what is new to it', ({ events }) => events.length >= seen.length);
    expect(seenBy(client)).toEqual(seen);
  }
  const lastEventId = reader.lastEventId;
  await using back = line.listen(bridge, hospital, '', { lastEventId });
  await using elsewhere = line.listen(restarted, hospital, '', { lastEventId });
  await line.publish(rulesOf('Hospital', 109, 110));
  for (const client of [back, elsewhere]) {
    await client.until('what is new', ({ events }) => events.length > 0);
    expect(seenBy(client)).toEqual([109]);
  }
  const headers = { 'x-api-key': hospital.key };
  const answer = await fetch(`${bridge.url}/replay?cursor=${old}`, { headers });
  expect(answer.headers.get('ess-truncated')).toBe('true');
  expect(((await answer.json()) as Array<{ version: number }>).map(({ version }) => version)).toEqual(range(100, 110));
  const metrics = await (await fetch(`${bridge.adminUrl}/metrics`)).text();
  expect(metrics).toMatch(/^ess_stream_topics_anew_total 1$/m);
});
