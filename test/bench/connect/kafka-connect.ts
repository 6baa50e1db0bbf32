// Kafka Connect, standalone, with the sink of HttpSink.java in so many tasks: a process of its own for one run. It is fetched on demand;
// the sink is compiled for each run, which takes a JDK.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Child } from '@ess/infra/local/child.ts';
import { propertyLines } from '@ess/infra/local/secured.ts';
import { fetched } from '@ess/infra/local/tools/jars.ts';
import { findJava } from '@ess/infra/local/tools/java.ts';
import { log4jOption } from '@ess/infra/local/tools/kafka-tool.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { freePort } from '../../harness/free-port.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import type { TestStack } from '../../harness/test-stack.ts';
import { BODY_TOKEN } from '../load.ts';
import type { Memory } from '../process-cost.ts';
import { cpuSeconds, memoryOf } from '../process-cost.ts';

const POM = join(import.meta.dirname, 'pom.xml');
const SINK = join(import.meta.dirname, 'HttpSink.java');
/** As connect-standalone.sh starts it, without its 2 GB. */
const JVM = ['-Xms256m', '-Xmx1g', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-XX:+ExplicitGCInvokesConcurrent'];

export interface ConnectPlan {
  readonly stack: TestStack;
  readonly topic: string;
  readonly url: string;
  /** Also of its consumer group, `connect-<name>`. */
  readonly name: string;
  readonly tasks: number;
}

export class ConnectRun implements AsyncDisposable {
  readonly #child: Child;
  readonly #cleanup: Cleanup;

  private constructor(child: Child, cleanup: Cleanup) {
    this.#child = child;
    this.#cleanup = cleanup;
  }

  /** Resolves when each task has its partitions. */
  static async start({ stack, topic, url, name, tasks }: ConnectPlan): Promise<ConnectRun> {
    const [java, jars] = [await findJava(), join(await fetched(POM), 'connect', '*')];
    const cleanup = new Cleanup();
    const cwd = temporaryFolder(cleanup);
    execFileSync(join(dirname(java), 'javac'), ['-cp', jars, '-d', cwd, SINK]);
    const put = (file: string, properties: Readonly<Record<string, string | number>>) => {
      writeFileSync(join(cwd, file), propertyLines(properties));
      return file;
    };
    const worker = put('worker.properties', {
      'bootstrap.servers': stack.brokers.join(','),
      'key.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
      'value.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
      'offset.storage.file.filename': 'offsets',
      'consumer.auto.offset.reset': 'earliest',
      listeners: `http://127.0.0.1:${await freePort()}`,
    });
    const sink = put('sink.properties', {
      name,
      'connector.class': 'HttpSink',
      'tasks.max': tasks,
      topics: topic,
      ...{ url, registry: stack.registry, token: BODY_TOKEN },
    });
    const child = new Child({
      name: 'connect',
      command: java,
      args: [
        ...[...JVM, log4jOption(), '-Dess.log.level=warn', '-cp', `${cwd}:${jars}`],
        ...['org.apache.kafka.connect.cli.ConnectStandalone', worker, sink],
      ],
      cwd,
      logFile: join(cwd, 'connect.log'),
      probe: async () => {
        const { groups } = await stack.admin.describeGroups([`connect-${name}`]);
        return groups[0]?.state === 'Stable' && groups[0].members.length === tasks;
      },
      onCrash: console.error,
    });
    cleanup.defer(() => child.stop());
    try {
      await child.start();
    } catch (error) {
      await cleanup[Symbol.asyncDispose]();
      throw error;
    }
    return new ConnectRun(child, cleanup);
  }

  /** @throws when a task has failed: nothing more comes of it, and Kafka Connect goes on */
  get cpuSeconds(): number {
    const said = readFileSync(this.#child.logFile, 'utf8');
    if (said.includes('uncaught and unrecoverable')) throw new Error(`a task of Kafka Connect has failed:\n${said}`);
    return cpuSeconds(this.#child.pid ?? 0);
  }

  get memory(): Memory {
    return memoryOf(this.#child.pid ?? 0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup[Symbol.asyncDispose]();
  }
}
