// Kafka's own MirrorMaker 2 between two stacks, set up as docs/disaster.md says: topics keep their names, and groups their positions as
// far as offsets can be translated.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from '@ess/infra/local/child.ts';
import { fetched } from '@ess/infra/local/tools/jars.ts';
import { findJava } from '@ess/infra/local/tools/java.ts';
import { log4jOption } from '@ess/infra/local/tools/kafka-tool.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { eventually } from '../deadline.ts';
import { REPOSITORY } from '../repository.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { TestStack } from '../test-stack.ts';

const POM = fileURLToPath(new URL('pom.xml', import.meta.url));
const SETTINGS = join(REPOSITORY, 'infra/mirror-maker.properties');
const JVM = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
/** One broker, and a test that waits. */
const SMALL = {
  'replication.factor': 1,
  'offset-syncs.topic.replication.factor': 1,
  'checkpoints.topic.replication.factor': 1,
  'offset.storage.replication.factor': 1,
  'status.storage.replication.factor': 1,
  'config.storage.replication.factor': 1,
  'old->new.emit.checkpoints.interval.seconds': 1,
  'old->new.sync.group.offsets.interval.seconds': 1,
  'old->new.refresh.topics.interval.seconds': 2,
  'old->new.refresh.groups.interval.seconds': 2,
};

export class MirrorMaker implements AsyncDisposable {
  readonly #from: TestStack;
  readonly #to: TestStack;
  readonly #child: Child;
  readonly #cleanup: Cleanup;

  private constructor(from: TestStack, to: TestStack, child: Child, cleanup: Cleanup) {
    this.#from = from;
    this.#to = to;
    this.#child = child;
    this.#cleanup = cleanup;
  }

  static async start(from: TestStack, to: TestStack): Promise<MirrorMaker> {
    const cleanup = new Cleanup();
    const cwd = temporaryFolder(cleanup);
    const [java, jars] = [await findJava(), await fetched(POM)];
    const own = { 'old.bootstrap.servers': from.brokers, 'new.bootstrap.servers': to.brokers, ...SMALL };
    const lines = Object.entries(own).map(([name, value]) => `${name} = ${value}`);
    const file = join(cwd, 'mirror-maker.properties');
    writeFileSync(file, `${readFileSync(SETTINGS, 'utf8')}\n${lines.join('\n')}\n`);
    const child = new Child({
      name: 'mirror',
      command: java,
      args: [
        ...[...JVM, log4jOption(), '-cp', join(jars, 'mirror', '*')],
        ...['org.apache.kafka.connect.mirror.MirrorMaker', file],
      ],
      cwd,
      logFile: join(cwd, 'mirror.log'),
      probe: async () => true,
      onCrash: console.error,
    });
    await child.start();
    cleanup.defer(() => child.stop());
    return new MirrorMaker(from, to, child, cleanup);
  }

  /** Resolves when the other cluster has as many records of these topics. */
  async hasCopied(topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      const wanted = await countOf(this.#from.kafka, topic);
      await eventually(
        `${wanted} records of ${topic} are mirrored`,
        async () => (await countOf(this.#to.kafka, topic)) >= wanted || undefined,
      );
    }
  }

  /** Resolves when the other cluster has positions of these partners. */
  async hasGroups(partners: readonly string[]): Promise<void> {
    for (const partner of partners)
      await eventually(`positions of ${partner} are mirrored`, async () => {
        const [topic] = await this.#to.admin.fetchOffsets({ groupId: `ess.${partner}`, topics: ['rules'] });
        return topic?.partitions.some(({ offset }) => Number(offset) >= 0) || undefined;
      });
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup[Symbol.asyncDispose]();
  }
}

async function countOf(kafka: Kafka, topic: string): Promise<number> {
  let count = 0;
  for await (const batch of read(kafka, { topic })) count += batch.length;
  return count;
}
