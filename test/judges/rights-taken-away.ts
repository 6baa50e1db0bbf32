// Takes each right of infra/access.yaml away once, from a user that has all the others, and says which were not named by what is told
// then. The users, topics, groups and ids are copies under names of their own: the programs that run here do not notice.
import { fileURLToPath } from 'node:url';
import { ACCESS_FILE, readAccessPlan } from '@ess/cli/access-plan-file.ts';
import { adminAccess, userAccess } from '@ess/cli/commands/access/secured-access.ts';
import type { Grant } from '@ess/domain/access/right.ts';
import { shownRight } from '@ess/domain/access/right.ts';
import type { SecuredStack, Stack } from '@ess/infra/local/stack.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import { grant, readGrants, revoke } from '@ess/stream/access/acls.ts';
import { putScramUsers } from '@ess/stream/access/scram-users.ts';
import type { Admin, Kafka } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { askGroup } from '@ess/stream/kafkajs/refusals.ts';
import { applyTopics } from '@ess/stream/kafkajs/topics.ts';
import { TransactionalProducer } from '@ess/stream/kafkajs/transactional-producer.ts';
import { TopicReader } from '@ess/stream/read/topic-reader.ts';
import { IdempotentProducer } from '@ess/stream/write/idempotent-producer.ts';
import kafkajs from 'kafkajs';
import { eventually } from '../harness/deadline.ts';
import { namesRight } from './named-right.ts';

const CONNECTORS = fileURLToPath(new URL('../../connectors', import.meta.url));
/** One user for each program: workers of other partners have the same rights on other names. */
const PROGRAMS = [
  'ess-worker-hospital',
  'ess-inbound',
  'ess-bridge',
  'ess-console',
  'ess-ops',
  'partner-species-index',
];
const COPY = 'away.';
const log = createLog('test', { level: 'silent' });

export async function rightsTakenAway(stack: Stack): Promise<{ rows: number; unnamed: string[] }> {
  const secured = stack.secured as SecuredStack;
  const kafka = connectKafka(adminAccess(secured), 'rights', log);
  const grants = readAccessPlan(ACCESS_FILE, CONNECTORS)
    .grants.filter(({ user }) => PROGRAMS.includes(user))
    .map(copied);
  const users = [...new Set(grants.map(({ user }) => user))];
  const topics = new Set(
    grants.flatMap(({ resource, name, prefixed }) => (resource === 'topic' && !prefixed ? [name] : [])),
  );
  await applyTopics(
    kafka,
    [...topics].map((name) => ({ name, partitions: 1, replication: 1, config: {} })),
  );
  await putScramUsers(
    kafka,
    users.map((name) => ({ name, password: secured.passwordOf(name) })),
  );
  await grant(kafka, grants);
  const found = await Promise.all(
    users.map((user) =>
      withoutEach(
        kafka,
        userAccess(stack, user),
        grants.filter((one) => one.user === user),
      ),
    ),
  );
  await revoke(kafka, grants);
  return { rows: grants.length, unnamed: found.flat() };
}

const copied = (one: Grant): Grant => ({
  ...one,
  user: `${COPY}${one.user}`,
  ...(one.resource !== 'cluster' && { name: `${COPY}${one.name}` }),
});

async function withoutEach(
  granting: Kafka,
  access: ReturnType<typeof userAccess>,
  grants: readonly Grant[],
): Promise<string[]> {
  const kafka = connectKafka(access, 'without', log);
  const admin = kafka.admin();
  await admin.connect();
  const unnamed: string[] = [];
  for (const one of grants) {
    await revoke(granting, [one]);
    let told = '';
    const isNamed = await eventually(shownRight(one), async () => {
      told = await use(one, kafka, admin).then(() => 'nothing', String);
      return namesRight(told, one) ? true : undefined;
    }).catch(() => false);
    if (!isNamed) unnamed.push(`${one.user} without ${shownRight(one)}: ${told}`);
    await grant(granting, [one]);
  }
  await admin.disconnect();
  return unnamed;
}

/** What a program does with the right. */
async function use({ resource, name, operation, prefixed }: Grant, kafka: Kafka, admin: Admin): Promise<unknown> {
  const one = prefixed ? `${name}x` : name;
  if (resource === 'cluster') return readGrants(kafka);
  if (resource === 'group') return askGroup(one, () => admin.fetchOffsets({ groupId: one, topics: [] }));
  if (resource === 'transactional-id') return (await TransactionalProducer.claim(kafka, one)).discard();
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  switch (operation) {
    case 'Read':
      return readOne(kafka, one);
    case 'Write':
      return writeOne(kafka, one);
    case 'Create':
      return admin.createTopics({ validateOnly: true, topics: [{ topic: one, numPartitions: 1 }] });
    case 'Alter':
      return admin.createPartitions({ validateOnly: true, topicPartitions: [{ topic: one, count: 2 }] });
    case 'DescribeConfigs':
      return admin.describeConfigs({ includeSynonyms: false, resources: [{ type, name: one }] });
    case 'AlterConfigs':
      return admin.alterConfigs({ validateOnly: true, resources: [{ type, name: one, configEntries: [] }] });
    default:
      throw new Error(`nobody knows what ${operation} is for`);
  }
}

async function readOne(kafka: Kafka, topic: string): Promise<void> {
  await using reader = await TopicReader.open(kafka, topic);
  await reader.fetch([{ partition: 0, offset: 0 }], { maxWaitMs: 1, maxBytes: 1_000, maxBytesPerPartition: 1_000 });
}

async function writeOne(kafka: Kafka, topic: string): Promise<void> {
  const producer = new IdempotentProducer(kafka, { initialRetryTime: 1, maxRetryTime: 1, retries: 0 });
  try {
    await producer.connect();
    const records = [{ key: 'k', value: Buffer.from('v') }];
    await producer.sendBatch({ timeout: 5_000, parts: [{ topic, partition: 0, records }] });
  } finally {
    await producer.disconnect();
  }
}
