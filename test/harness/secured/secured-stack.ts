// A secured Kafka of a test's own, with the project's topics and schemas, asked as its administrator.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readYaml } from '@ess/cli/access-plan-file.ts';
import { adminAccess } from '@ess/cli/commands/access/secured-users.ts';
import { applySchemas } from '@ess/cli/commands/schemas.ts';
import { TOPICS_FILE } from '@ess/cli/commands/topics.ts';
import { planTopics } from '@ess/domain/values/topic-plan.ts';
import type { SecuredStack, Stack } from '@ess/infra/local/stack.ts';
import { startStack } from '@ess/infra/local/stack.ts';
import type { Cleanup } from '@ess/runtime/cleanup.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { applyTopics } from '@ess/stream/kafkajs/topics.ts';
import { Subjects } from '@ess/stream/registry/subjects.ts';
import type { TestStack } from '../test-stack.ts';
import { REPOSITORY } from '../test-stack.ts';

export interface SecuredTestStack extends TestStack {
  readonly processes: Stack;
  readonly secured: SecuredStack;
}

export interface SecuredOptions {
  readonly brokerSettings?: Readonly<Record<string, string>>;
  /** Puts into the folder of authority and users what shall be there before the start. */
  readonly prepare?: (folder: string) => void;
}

/** Everything ends with `cleanup`. */
export async function securedTestStack(
  cleanup: Cleanup,
  { brokerSettings, prepare }: SecuredOptions = {},
): Promise<SecuredTestStack> {
  mkdirSync(join(REPOSITORY, '.ess'), { recursive: true });
  const dataDir = mkdtempSync(join(REPOSITORY, '.ess', `secured-${process.pid}-`));
  cleanup.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  if (prepare) {
    mkdirSync(join(dataDir, 'secured'));
    prepare(join(dataDir, 'secured'));
  }
  const processes = await startStack({
    dataDir,
    secured: true,
    kafkaPort: 0,
    registryPort: 0,
    ...(brokerSettings && { brokerSettings }),
    onCrash: console.error,
  });
  cleanup.defer(() => processes[Symbol.asyncDispose]());
  const secured = processes.secured as SecuredStack;
  const log = createLog('test', { level: 'silent' });
  const kafka = connectKafka(adminAccess(secured), 'ess-test', log);
  const admin = kafka.admin();
  await admin.connect();
  cleanup.defer(() => admin.disconnect());
  const subjects = new Subjects(processes.registry);
  await Promise.all([applyTopics(kafka, planTopics(readYaml(TOPICS_FILE), 1)), applySchemas(subjects)]);
  return {
    ...{ brokers: processes.brokers, registry: processes.registry, kafka, admin, subjects, log },
    ...{ processes, secured },
    tool: (mainClass, args) => processes.kafkaTool(mainClass, [...args]),
    [Symbol.asyncDispose]: () => cleanup[Symbol.asyncDispose](),
  };
}
