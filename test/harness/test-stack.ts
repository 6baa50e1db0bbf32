// The real Kafka and registry that a run of the flows and integrity tests shares, with the project's topics and schemas applied
// (shared-stack.ts starts it and puts its address into the environment). A test that harms its brokers has its own: own-stack.ts.
import type { KafkaAccess } from '@ess/domain/stream/kafka-access.ts';
import { ensureJars } from '@ess/infra/local/tools/jars.ts';
import { findJava } from '@ess/infra/local/tools/java.ts';
import type { ToolResult } from '@ess/infra/local/tools/kafka-tool.ts';
import { runKafkaTool } from '@ess/infra/local/tools/kafka-tool.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import type { Admin, Kafka } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { Subjects } from '@ess/stream/registry/subjects.ts';
import { PATIENCE_MS } from './deadline.ts';

export const SHARED_STACK_VARIABLE = 'ESS_TEST_STACK';

export interface StackAddress {
  readonly brokers: readonly string[];
  readonly registry: string;
}

export interface TestStack extends StackAddress, AsyncDisposable {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly subjects: Subjects;
  readonly log: Log;
  /** Settings by which a command enters as LOCAL_PERSON; absent: whoever comes is let in. */
  readonly login?: Readonly<Record<string, string>>;
  tool(mainClass: string, args: readonly string[]): Promise<ToolResult>;
}

/** The stack of this run. */
export async function openTestStack(): Promise<TestStack> {
  const shared = sharedStack();
  if (shared === undefined)
    throw new Error(`no ${SHARED_STACK_VARIABLE}: only Jest's projects flows and integrity share a stack`);
  return connectStack(shared, new Cleanup());
}

/** Absent where nobody shares one. */
export function sharedStack(): StackAddress | undefined {
  const shared = process.env[SHARED_STACK_VARIABLE];
  return shared === undefined ? undefined : (JSON.parse(shared) as StackAddress);
}

/** @param quiet where brokers die by the dozen, what kafkajs says of it is noise */
export async function connectStack(
  { brokers, registry }: StackAddress,
  cleanup: Cleanup,
  quiet = false,
  access: KafkaAccess = { brokers },
): Promise<TestStack> {
  const log = createLog('test', { level: quiet ? 'silent' : 'error' });
  const kafka = connectKafka(access, 'ess-test', log);
  const admin = kafka.admin();
  await admin.connect();
  cleanup.defer(() => admin.disconnect());
  return {
    brokers,
    registry,
    kafka,
    admin,
    log,
    subjects: new Subjects(registry),
    async tool(mainClass, args) {
      const jars = await ensureJars(() => undefined);
      return runKafkaTool(await findJava(), jars, mainClass, [...args], { timeoutMs: PATIENCE_MS });
    },
    [Symbol.asyncDispose]: () => cleanup[Symbol.asyncDispose](),
  };
}
