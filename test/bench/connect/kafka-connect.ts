// Kafka Connect, standalone, with the sink of HttpSink.java in so many tasks: a process of its own for one run. Fetched and compiled on
// demand, once for each version of these files; it takes Maven and a JDK of 17.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { propertyLines } from '@ess/infra/local/secured.ts';
import { log4jOption } from '@ess/infra/local/tools/kafka-tool.ts';
import { eventually } from '../../harness/deadline.ts';
import { freePort } from '../../harness/free-port.ts';
import type { TestStack } from '../../harness/test-stack.ts';
import { BODY_TOKEN } from '../load.ts';
import type { Memory } from '../process-cost.ts';
import { cpuSeconds, memoryOf } from '../process-cost.ts';

const SOURCES = ['pom.xml', 'HttpSink.java'].map((name) => join(import.meta.dirname, name)) as [string, string];
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
  readonly pid: number;
  readonly #log: string;
  readonly #end: () => Promise<void>;

  private constructor(pid: number, log: string, end: () => Promise<void>) {
    this.pid = pid;
    this.#log = log;
    this.#end = end;
  }

  /** Resolves when each task has its partitions. */
  static async start({ stack, topic, url, name, tasks }: ConnectPlan): Promise<ConnectRun> {
    const jars = ensureConnect();
    const folder = mkdtempSync(join(tmpdir(), 'ess-connect-'));
    const put = (file: string, properties: Readonly<Record<string, string | number>>) => {
      writeFileSync(join(folder, file), propertyLines(properties));
      return join(folder, file);
    };
    const worker = put('worker.properties', {
      'bootstrap.servers': stack.brokers.join(','),
      'key.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
      'value.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
      'offset.storage.file.filename': join(folder, 'offsets'),
      'consumer.auto.offset.reset': 'earliest',
      listeners: `http://127.0.0.1:${await freePort()}`,
    });
    const registry = stack.registry;
    const own = { url, registry, token: BODY_TOKEN };
    const sink = put('sink.properties', {
      name,
      'connector.class': 'HttpSink',
      'tasks.max': tasks,
      topics: topic,
      ...own,
    });
    const args = [...JVM, log4jOption(), '-Dess.log.level=warn', '-cp', jars];
    const output = openSync(join(folder, 'log'), 'a');
    const main = 'org.apache.kafka.connect.cli.ConnectStandalone';
    const child = spawn('java', [...args, main, worker, sink], { stdio: ['ignore', output, output] });
    const ended = once(child, 'exit');
    const run = new ConnectRun(child.pid ?? 0, join(folder, 'log'), async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    });
    await eventually(`${tasks} tasks with partitions`, async () => {
      if (child.exitCode !== null)
        throw new Error(`Kafka Connect ended:\n${readFileSync(join(folder, 'log'), 'utf8')}`);
      const { groups } = await stack.admin.describeGroups([`connect-${name}`]);
      return (groups[0]?.state === 'Stable' && groups[0].members.length === tasks) || undefined;
    });
    return run;
  }

  /** @throws when a task has failed: nothing more comes of it, and Kafka Connect goes on */
  get cpuSeconds(): number {
    const said = readFileSync(this.#log, 'utf8');
    if (said.includes('uncaught and unrecoverable')) throw new Error(`a task of Kafka Connect has failed:\n${said}`);
    return cpuSeconds(this.pid);
  }

  get memory(): Memory {
    return memoryOf(this.pid);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }
}

/** @returns a class path */
function ensureConnect(): string {
  const sum = createHash('sha256');
  for (const file of SOURCES) sum.update(readFileSync(file));
  const caches = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(caches, 'ess', `connect-${sum.digest('hex').slice(0, 12)}`);
  if (!existsSync(folder)) {
    mkdirSync(dirname(folder), { recursive: true });
    const draft = mkdtempSync(`${folder}-`);
    const [pom, source] = SOURCES;
    const quiet = { stdio: ['ignore', 'ignore', 'inherit'] as const };
    const jars = `-DoutputDirectory=${join(draft, 'jars')}`;
    execFileSync('mvn', ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', jars], { stdio: [...quiet.stdio] });
    execFileSync('javac', ['-cp', `${draft}/jars/*`, '-d', join(draft, 'classes'), source], {
      stdio: [...quiet.stdio],
    });
    renameSync(draft, folder);
  }
  return `${join(folder, 'classes')}:${join(folder, 'jars')}/*`;
}
