// The bench's own Kafka and registry, in .ess/bench-<pid>, gone when it ends.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { planTopics } from '@ess/domain/values/topic-plan.ts';
import { startStack } from '@ess/infra/local/stack.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import { readSchema, SCHEMAS } from '@ess/schemas/catalog.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { applyTopics } from '@ess/stream/kafkajs/topics.ts';
import { Subjects } from '@ess/stream/registry/subjects.ts';
import { parse } from 'yaml';
import { REPOSITORY } from '../harness/repository.ts';
import type { TestStack } from '../harness/test-stack.ts';

export async function startBenchStack(onProgress: (message: string) => void, signal: AbortSignal): Promise<TestStack> {
  const cleanup = new Cleanup();
  const dataDir = join(REPOSITORY, '.ess', `bench-${process.pid}`);
  mkdirSync(dataDir, { recursive: true });
  cleanup.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  try {
    const onCrash = (message: string) => process.stderr.write(`${message}\n`);
    const ports = { kafkaPort: 0, registryPort: 0 };
    const stack = await startStack({ dataDir, brokers: 1, steady: true, ...ports, onProgress, signal, onCrash });
    cleanup.defer(() => stack[Symbol.asyncDispose]());
    const log = createLog('bench', { level: 'error' });
    const kafka = connectKafka({ brokers: stack.brokers }, 'ess-bench', log);
    const subjects = new Subjects(stack.registry);
    const topics = parse(readFileSync(join(REPOSITORY, 'infra/topics.yaml'), 'utf8')) as unknown;
    await Promise.all([
      applyTopics(kafka, planTopics(topics, 1)),
      ...SCHEMAS.map(({ topic, subject }) => subjects.register(subject, readSchema(topic))),
    ]);
    const admin = kafka.admin();
    await admin.connect();
    cleanup.defer(() => admin.disconnect());
    return {
      brokers: stack.brokers,
      registry: stack.registry,
      kafka,
      admin,
      subjects,
      log,
      tool: (mainClass, args) => stack.kafkaTool(mainClass, [...args]),
      [Symbol.asyncDispose]: () => cleanup[Symbol.asyncDispose](),
    };
  } catch (error) {
    await cleanup[Symbol.asyncDispose]();
    throw error;
  }
}
