// The public topic has each rule exactly once and in order, whatever happens to the projector: killed before and after
// every request of a transaction, several at once, Kafka's answer lost. Read as partners read: read_committed.
import type { AvroRecord } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { expect, test } from '@jest/globals';
import { evictMembers } from '../fakes/kafka/evict.ts';
import type { Cut } from '../fakes/kafka/kafka-proxy.ts';
import { API, KafkaProxy } from '../fakes/kafka/kafka-proxy.ts';
import { steadyLoad } from '../harness/data/load.ts';
import { makeRule } from '../harness/data/rules.ts';
import { freeze } from '../harness/process-state.ts';
import { Belt } from '../harness/programs/belt.ts';
import { FULL, report, sized } from '../harness/results.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const ROUNDS = sized(1, 4);
const ALL_STEPS: Cut[] = (Object.keys(API) as Array<keyof typeof API>).flatMap((api) =>
  (['asked', 'answered'] as const).map((when) => ({ api, when, after: api === 'InitProducerId' ? 1 : 4 })),
);
/** Of every other request one is cut before, and one after it. */
const STEPS = ALL_STEPS.filter((_, index) => FULL || index % 4 === 0 || index % 4 === 3);
/** Chains of kills side by side, each on a belt of its own. */
const CHAINS = 3;

test('killed before and after every request of a transaction: each rule once, in order, in its partition, at its time', async () => {
  await using stack = await openTestStack();
  const chains = Array.from({ length: CHAINS }, (_, chain) => STEPS.filter((_step, index) => index % CHAINS === chain));
  const outcomes = await Promise.all(chains.map((steps) => killAtEach(stack, steps)));
  report('projector killed', `${ROUNDS * STEPS.length} kills, one at each step`, {
    published: outcomes.reduce((sum, { published }) => sum + published, 0),
    kills: outcomes.reduce((sum, { kills }) => sum + kills, 0),
  });
});

async function killAtEach(stack: TestStack, steps: readonly Cut[]): Promise<{ published: number; kills: number }> {
  await using belt = await Belt.open(stack, 3);
  const load = steadyLoad(belt.source, { perSecond: sized(50, 100), keys: 20 });
  let kills = 0;
  for (let round = 0; round < ROUNDS; round += 1)
    for (const step of steps) {
      await using wire = await KafkaProxy.start(stack.brokers[0] as string, step);
      const projector = belt.spawn(wire.address);
      await Promise.race([wire.reached, projector.exited.then(() => Promise.reject(new Error(projector.output)))]);
      await projector.signal('SIGKILL');
      kills += 1;
      await evictMembers(stack, belt.names.group);
    }
  belt.spawn();
  const rules = await load.stop();
  await belt.drained();
  await expectExactlyOnce(belt, rules);
  return { published: rules.length, kills };
}

test.concurrent.each<Cut>([
  { api: 'Produce', when: 'answered', after: 3 },
  { api: 'TxnOffsetCommit', when: 'answered', after: 3 },
  { api: 'EndTxn', when: 'asked', after: 3 },
  { api: 'EndTxn', when: 'answered', after: 3 },
])('a connection that breaks at $api, $when: the projector finds out what was written and goes on', async (step) => {
  await using stack = await openTestStack();
  await using belt = await Belt.open(stack, 1);
  await using wire = await KafkaProxy.start(stack.brokers[0] as string, step);
  const load = steadyLoad(belt.source, { perSecond: sized(50, 100), keys: 20 });
  const projector = belt.spawn(wire.address);
  await wire.reached;
  wire.heal();
  const rules = await load.stop();
  await belt.drained();
  await expectExactlyOnce(belt, rules);
  expect(projector.ended).toBeUndefined();
});

test.concurrent('two at once, one of them frozen past its session, the other killed: no rule twice, none missing', async () => {
  await using stack = await openTestStack();
  await using belt = await Belt.open(stack, 4);
  const load = steadyLoad(belt.source, { perSecond: sized(50, 100), keys: 30 });
  const [frozen, killed] = [belt.spawn(), belt.spawn()];
  await Promise.all([frozen.logged('projector.assigned'), killed.logged('projector.assigned')]);
  await freeze(frozen.pid);
  await evictMembers(stack, belt.names.group); // all of them: the living one joins again and has every partition
  await killed.logged('projector.assigned', ({ partitions }) => (partitions as number[]).length === 4);
  await frozen.signal('SIGCONT');
  await frozen.logged('projector.revoked');
  await killed.signal('SIGKILL');
  await evictMembers(stack, belt.names.group);
  await frozen.logged('projector.assigned', ({ partitions }) => (partitions as number[]).length === 4);
  const rules = await load.stop();
  await belt.drained();
  await expectExactlyOnce(belt, rules);
});

test('the newest version in force is what rules.latest has; withdrawn is a tombstone; what comes late changes nothing', async () => {
  await using stack = await openTestStack();
  await using belt = await Belt.open(stack, 2);
  const first = belt.spawn();
  await belt.source.publish([makeRule('a', 1), makeRule('a', 3), makeRule('b', 1), makeRule('c', 4)]);
  await belt.source.publish([makeRule('b', 2, { status: 'withdrawn' }), makeRule('a', 2)]);
  await belt.drained();
  await first.signal('SIGTERM');
  // Another process knows it from the topic: the withdrawn rule does not come back.
  belt.spawn();
  await belt.source.publish([makeRule('b', 1), makeRule('c', 3), makeRule('c', 4, { title: 'corrected' })]);
  await belt.drained();
  const latest = await belt.latest();
  expect(latest.get('a')).toMatchObject({ version: 3, publishedBy: 'test' });
  expect(latest.get('b')).toBeNull();
  expect(latest.get('c')).toMatchObject({ version: 4, title: 'corrected' });
  expect((await belt.seen()).map(({ rule }) => `${rule.ruleId}${rule.version}`).sort()).toEqual(
    ['a1', 'a2', 'a3', 'b1', 'b1', 'b2', 'c3', 'c4', 'c4'].sort(),
  );
});

test('what cannot be read is parked whole under the partner public, and what is private stays inside', async () => {
  await using stack = await openTestStack();
  await using belt = await Belt.open(stack, 1);
  const secretive = makeRule('stamped', 1, {
    publishedBy: 'inside-only',
    auditStamp: { id: 'inside-only', approvedBy: 'inside-only', approvedAt: 1, signature: 'inside-only' },
    parameters: { note: 'inside-only' },
  });
  await belt.source.publish([makeRule('before', 1)]);
  await belt.source.publishRaw('broken', Buffer.from('no avro'), { origin: 'test' });
  await belt.source.publishRaw('gone', null);
  await belt.source.publish([secretive]);
  belt.spawn();
  await belt.drained();
  const seen = await belt.seen();
  expect(seen.map(({ rule }) => rule.ruleId)).toEqual(['before', 'stamped']);
  expect(JSON.stringify(seen)).not.toContain('inside-only');
  expect(seen[1]?.record.value?.includes('inside-only')).toBe(false);
  const letters = (await belt.deadLetters()).sort((a, b) => a.offset - b.offset);
  expect(letters).toMatchObject([
    { partner: 'public', ruleId: 'broken', offset: 1, reason: 'decode', value: Buffer.from('no avro') },
    { partner: 'public', ruleId: 'gone', offset: 2, reason: 'tombstone', value: null },
  ]);
  // The last record may be one that cannot be read: the position passes it all the same.
  await belt.source.publishRaw('broken', Buffer.from('again'));
  await belt.drained();
});

async function expectExactlyOnce(belt: Belt, published: readonly RulePublished[]): Promise<void> {
  const seen = await belt.seen();
  const count = Map.groupBy(seen, ({ rule }) => rule.eventId);
  expect(published.filter(({ eventId }) => !count.has(eventId))).toEqual([]);
  expect([...count.values()].filter(({ length }) => length > 1).map(([first]) => first?.rule)).toEqual([]);
  const latest = await belt.latest();
  const byRule = Map.groupBy(seen, ({ rule }) => rule.ruleId);
  for (const [ruleId, rules] of byRule) {
    const versions = rules.map(({ rule }) => Number(rule.version));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(latest.get(ruleId)).toMatchObject({ version: versions.at(-1) });
    expect(new Set(rules.map(({ record }) => record.partition)).size).toBe(1);
  }
  const fields = (readSchema('public.rules') as AvroRecord).fields.map(({ name }) => name);
  for (const { rule } of seen.slice(0, 20)) expect(Object.keys(rule).sort()).toEqual([...fields].sort());
}
