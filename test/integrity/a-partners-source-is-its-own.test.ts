// What is wrong with one partner's source topic is that partner's alone: it waits, says why, and goes on when the topic is there.
// The other partners of the process flow all the while, and so do the commands.
import { readSchema } from '@ess/schemas/catalog.ts';
import { applyTopics } from '@ess/stream/kafkajs/topics.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { FakePartner } from '../fakes/partner.ts';
import { writeConnector } from '../harness/data/connector-files.ts';
import { makeRule } from '../harness/data/rules.ts';
import { SourceTopic } from '../harness/data/source-topic.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await openTestStack();
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

interface Status {
  readonly partner: string;
  readonly state: string;
  readonly breaker: { readonly reason: string | null };
}

test('a topic that is not there, comes, goes while it is read, and comes again', async () => {
  await using well = await FakePartner.start();
  await using sick = await FakePartner.start();
  await using line = await Pipeline.open(stack, well, { partitions: 1 });
  const topic = `${line.source.name}-absent`;
  const name = `${line.partner}sick`;
  writeConnector(line.connectors, name, topic, sick.url);
  await stack.subjects.register(`${topic}-value`, readSchema('rules'));
  const worker = line.spawn({}, [name]);
  const held = await worker.logged('source.held');
  expect(held).toMatchObject({
    partner: name,
    topic,
    error: `source: ${topic}: Kafka has no topic ${topic} that ESS may read`,
    remedy: expect.stringContaining('connector.yaml'),
  });
  await line.source.publish([makeRule('a', 1)]);
  await well.until((received) => received.length === 1);

  const shown = await line.run('status', '--json');
  expect([shown.code, shown.stderr]).toEqual([0, '']);
  const statuses = JSON.parse(shown.stdout) as Status[];
  expect(statuses.find(({ partner }) => partner === name)).toMatchObject({
    state: 'held',
    breaker: { reason: expect.stringContaining(`no topic ${topic}`) },
  });
  expect(statuses.find(({ partner }) => partner === line.partner)).toMatchObject({ state: 'flowing' });
  const lag = await line.run('lag');
  expect([lag.code, lag.stdout]).toEqual([0, expect.stringContaining(`no topic ${topic}`)]);
  const checked = await line.run('connector', 'check');
  expect(checked.code).toBe(1);
  expect(checked.stdout).toContain(`source.topic: Kafka has no topic "${topic}" that you may read`);
  expect(checked.stdout).toContain(`${line.partner}: ok`);

  await applyTopics(stack.kafka, [{ name: topic, partitions: 1, replication: 1, config: {} }]);
  await worker.logged('source.resumed', ({ partner }) => partner === name);
  const source = await SourceTopic.open(stack, { name: topic });
  await source.publish([makeRule('b', 1)]);
  await source.close();
  await sick.until((received) => received.length === 1);

  await stack.admin.deleteTopics({ topics: [topic] });
  await line.source.publish([makeRule('a', 2)]);
  await well.until((received) => received.length === 2);
  const gone = await worker.logged('source.held', ({ error }) => String(error).endsWith('any more'));
  expect(gone).toMatchObject({ partner: name, topic });
  expect(await line.metrics(worker)).toContain(`ess_source_held{partner="${name}"} 1`);
  expect(worker.count('consumer.crashed')).toBe(0);
  await line.source.publish([makeRule('a', 3)]);
  await well.until((received) => received.length === 3);
  expect(worker.ended).toBeUndefined();
});

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
const { TOPIC, GROUP } = AclResourceTypes;
const { READ, DESCRIBE } = AclOperationTypes;
const { ALLOW, DENY } = AclPermissionTypes;
/** What Kafka is told of the sick partner's topic or group, and what of it a person is told. */
const FORBIDDEN = [
  {
    what: 'its topic is hidden',
    resource: TOPIC,
    rules: [[READ, DENY]],
    told: /Kafka refuses .* the right Describe on topic/,
  },
  {
    what: 'its topic is seen and not read',
    resource: TOPIC,
    rules: [
      [DESCRIBE, ALLOW],
      [READ, DENY],
    ],
    told: /Kafka refuses .* the right Read on topic/,
  },
  {
    what: 'its group may not be joined',
    resource: GROUP,
    rules: [[READ, DENY]],
    told: /no broker names the coordinator of the group ess\.\w+: Kafka refuses .* the right Describe on group ess\./,
  },
] as const;

test.concurrent.each(FORBIDDEN)(
  'authorization refused: $what; given, it goes on',
  async ({ resource, rules, told }) => {
    await using well = await FakePartner.start();
    await using sick = await FakePartner.start();
    await using line = await Pipeline.open(stack, well, { partitions: 1 });
    const topic = `${line.source.name}-forbidden`;
    const name = `${line.partner}sick`;
    writeConnector(line.connectors, name, topic, sick.url);
    await stack.subjects.register(`${topic}-value`, readSchema('rules'));
    await applyTopics(stack.kafka, [{ name: topic, partitions: 1, replication: 1, config: {} }]);
    const source = await SourceTopic.open(stack, { name: topic });
    await source.publish([makeRule('a', 1)]);
    const of = {
      resourceType: resource,
      resourceName: resource === TOPIC ? topic : `ess.${name}`,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: 'User:ANONYMOUS',
      host: '*',
    };
    const acl = rules.map(([operation, permissionType]) => ({ ...of, operation, permissionType }));
    await stack.admin.createAcls({ acl });
    const worker = line.spawn({}, [name]);
    expect(await worker.logged('source.held', ({ partner }) => partner === name)).toMatchObject({
      topic,
      error: expect.stringMatching(told),
      remedy: expect.stringContaining(`let ESS read it and join the group ess.${name}`),
    });
    await line.source.publish([makeRule('b', 1)]);
    await well.until((received) => received.length === 1);
    const shown = await line.run('status');
    expect([shown.code, shown.stderr]).toEqual([0, '']);
    if (resource === GROUP) expect(shown.stdout).toMatch(told);
    else expect(shown.stdout).toContain(`${topic}`);
    expect(shown.stdout).toMatch(new RegExp(`^${line.partner}  flowing`, 'm'));

    await stack.admin.deleteAcls({ filters: acl });
    await sick.until((received) => received.length === 1);
    // And taken back while it is read.
    const before = worker.count('source.held');
    await stack.admin.createAcls({ acl });
    await eventually('it is told again', () => worker.count('source.held') > before || undefined);
    await stack.admin.deleteAcls({ filters: acl });
    await source.publish([makeRule('a', 2)]);
    await sick.until((received) => received.some(({ body }) => body['version'] === 2));
    await source.close();
    expect(worker.ended).toBeUndefined();
  },
);
