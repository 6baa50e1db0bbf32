// A real Kafka and registry that a test has for itself, with the project's topics and schemas applied: it may be harmed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { adminAccess } from '@ess/cli/commands/access/secured-access.ts';
import type { KafkaAccess } from '@ess/domain/stream/kafka-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { TopicSpec } from '@ess/domain/values/topic-plan.ts';
import { planTopics } from '@ess/domain/values/topic-plan.ts';
import type { Stack, StackOptions } from '@ess/infra/local/stack.ts';
import { startStack } from '@ess/infra/local/stack.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import { LOCAL_PERSON, securedEnv } from '@ess/runtime/settings/stack-file.ts';
import { readSchema, SCHEMAS } from '@ess/schemas/catalog.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { applyTopics } from '@ess/stream/kafkajs/topics.ts';
import { Subjects } from '@ess/stream/registry/subjects.ts';
import { parse } from 'yaml';
import { eventually } from './deadline.ts';
import { REPOSITORY } from './repository.ts';
import type { TestStack } from './test-stack.ts';
import { connectStack, sharedStack } from './test-stack.ts';

/** At another `host` than 127.0.0.1 it is reached by what does not run on this machine's loopback. */
export interface StackKind extends Pick<StackOptions, 'host' | 'secured' | 'brokerSettings'> {
  /** Puts into the folder of authority and users what shall be there before a secured one starts. */
  readonly prepare?: (folder: string) => void;
  /** It takes the registry of the run, where there is one; nothing may harm that, or register another schema at a subject of all. */
  readonly sharesRegistry?: boolean;
}

/**
 * A stack that nobody shares: its processes may be killed. A secured one knows its administrator alone, as whom the test comes.
 * @param brokers 1 or 3
 */
export async function ownTestStack(
  brokers = 1,
  quiet = false,
  kind: StackKind = {},
): Promise<TestStack & { readonly processes: Stack }> {
  const cleanup = new Cleanup();
  try {
    const processes = await startTestProcesses(cleanup, brokers, kind);
    const { secured } = processes;
    const login = secured && { login: securedEnv(secured.folder, LOCAL_PERSON) };
    return Object.assign(await connectStack(processes, cleanup, quiet, accessTo(processes)), { processes, ...login });
  } catch (error) {
    await cleanup[Symbol.asyncDispose](); // a start that failed leaves no broker behind
    throw error;
  }
}

/** A Kafka that nobody shares, with the registry of the run: for what harms Kafka alone, or fills the topics that all have. */
export const ownTestKafka = () => ownTestStack(1, false, { sharesRegistry: true });

const accessTo = ({ secured, brokers }: Stack): KafkaAccess => (secured ? adminAccess(secured) : { brokers });

export async function startTestProcesses(
  cleanup: Cleanup,
  brokers = 1,
  { prepare, sharesRegistry, ...kind }: StackKind = {},
): Promise<Stack> {
  const shared = sharesRegistry ? sharedStack() : undefined;
  mkdirSync(join(REPOSITORY, '.ess'), { recursive: true });
  const dataDir = mkdtempSync(join(REPOSITORY, '.ess', `test-${process.pid}-`));
  cleanup.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  if (prepare) {
    mkdirSync(join(dataDir, 'secured'));
    prepare(join(dataDir, 'secured'));
  }
  const onePlace = { dataDir, kafkaPort: 0, registryPort: 0, ...(shared && { registry: shared.registry }) };
  const stack = await startStack({ brokers, ...kind, ...onePlace, onCrash: console.error });
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  const kafka = connectKafka(accessTo(stack), 'ess-test', createLog('test', { level: 'error' }));
  const topics = parse(readFileSync(join(REPOSITORY, 'infra/topics.yaml'), 'utf8')) as unknown;
  const subjects = new Subjects(stack.registry);
  await Promise.all([
    applyTopics(kafka, planTopics(topics, brokers).map(timedByKafka)),
    ...(shared ? [] : SCHEMAS).map(({ topic, subject }) => registered(subjects, subject, topic)),
  ]);
  return stack;
}

/** A registry that has just started on a busy machine may take longer than anybody else may wait for it. */
function registered(subjects: Subjects, subject: string, topic: string): Promise<true> {
  return eventually(`${subject} is registered`, async () => {
    try {
      await subjects.register(subject, readSchema(topic));
      return true;
    } catch (error) {
      if (error instanceof EssError && error.code === 'ESS_REGISTRY') return undefined;
      throw error;
    }
  });
}

/** What workers write in a test carries the time at which Kafka had it, not the one at which a worker made it. */
function timedByKafka(spec: TopicSpec): TopicSpec {
  if (spec.name !== 'ess.audit' && spec.name !== 'ess.dead-letters') return spec;
  return { ...spec, config: { ...spec.config, 'message.timestamp.type': 'LogAppendTime' } };
}
