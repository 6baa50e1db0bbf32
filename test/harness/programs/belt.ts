// A conveyor belt of a test's own: a source topic with its public and latest topics, projector processes, and what came out.
import { join } from 'node:path';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { DeadLetter, PublicRule } from '@ess/schemas/generated/types.ts';
import { applyTopics } from '@ess/stream/kafkajs/topics.ts';
import { read } from '@ess/stream/read/read.ts';
import { decodedRecords, rows } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import { SourceTopic } from '../data/source-topic.ts';
import { eventually, PATIENCE_MS } from '../deadline.ts';
import { REPOSITORY } from '../repository.ts';
import type { TestStack } from '../test-stack.ts';
import { EssProcess } from './worker-process.ts';

export const PROJECTOR_MAIN = join(REPOSITORY, 'test/harness/programs/projector-main.ts');

export interface SeenRule {
  readonly rule: PublicRule;
  readonly record: ReadRecord;
}

export class Belt implements AsyncDisposable {
  readonly stack: TestStack;
  readonly source: SourceTopic;
  readonly names: Readonly<Record<'source' | 'publicTopic' | 'latestTopic' | 'group' | 'transactionalId', string>>;
  readonly processes: EssProcess[] = [];
  readonly #codec: Codec;
  readonly #cleanup = new Cleanup();

  private constructor(stack: TestStack, source: SourceTopic) {
    this.stack = stack;
    this.source = source;
    this.#codec = new Codec(stack.registry);
    const { name } = source;
    this.names = {
      source: name,
      publicTopic: `${name}-public`,
      latestTopic: `${name}-latest`,
      group: `ess.public-${name}`,
      transactionalId: `ess-projector-${name}`,
    };
    this.#cleanup.defer(() => source.close());
    this.#cleanup.defer(() => Promise.all(this.processes.map((one) => one[Symbol.asyncDispose]())));
  }

  /** @param config of the source topic */
  static async open(stack: TestStack, partitions: number, config: Record<string, string> = {}): Promise<Belt> {
    const belt = new Belt(stack, await SourceTopic.open(stack, { partitions, config }));
    await applyTopics(stack.kafka, [
      { name: belt.names.publicTopic, partitions, replication: 1, config: {} },
      { name: belt.names.latestTopic, partitions, replication: 1, config: { 'cleanup.policy': 'compact' } },
    ]);
    return belt;
  }

  /** Starts a projector process. @param brokers another way to Kafka, e.g. through a proxy @param script another program */
  spawn(brokers: string = this.stack.brokers.join(','), script: readonly string[] = [PROJECTOR_MAIN]): EssProcess {
    const env = { KAFKA_BROKERS: brokers, SCHEMA_REGISTRY_URL: this.stack.registry };
    const [main, ...args] = script;
    const started = new EssProcess([...args, JSON.stringify(this.names)], env, main);
    this.processes.push(started);
    return started;
  }

  /** Waits until the projector's committed position is the end of the source. */
  drained(timeoutMs = PATIENCE_MS): Promise<true> {
    const { source, group } = this.names;
    return eventually(
      `no lag of ${group}`,
      async () => {
        const dead = this.processes.find(({ ended }) => typeof ended === 'number' && ended > 0);
        if (dead) throw new Error(`a projector ended with ${dead.ended}:\n${dead.output.slice(-2_000)}`);
        const [ends, [committed]] = await Promise.all([
          this.stack.admin.fetchTopicOffsets(source),
          this.stack.admin.fetchOffsets({ groupId: group, topics: [source] }),
        ]);
        const at = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
        const done = ends.every(({ partition, high }) => Number(high) === 0 || at.get(partition) === Number(high));
        return done ? true : undefined;
      },
      { timeoutMs },
    );
  }

  /** What a partner's read_committed consumer sees, in the order of each partition. */
  async seen(): Promise<SeenRule[]> {
    const seen: SeenRule[] = [];
    const unreadable = ({ offset }: ReadRecord, detail: string): never => {
      throw new Error(`public record ${offset}: ${detail}`);
    };
    const written = this.#read(this.names.publicTopic);
    for await (const batch of rows(this.#codec, 'public.rules', written, { unreadable }))
      seen.push(...batch.map(({ record, row }) => ({ record, rule: row })));
    return seen;
  }

  /** Rule id → what rules.latest has of it; null for a tombstone. */
  async latest(): Promise<Map<string, Readonly<Record<string, unknown>> | null>> {
    const latest = new Map<string, Readonly<Record<string, unknown>> | null>();
    for await (const batch of decodedRecords(this.#codec, 'rules', this.#read(this.names.latestTopic)))
      for (const { record, decoded } of batch) latest.set(String(record.key), decoded.ok ? decoded.record : null);
    return latest;
  }

  /** Dead letters of records of this belt. */
  async deadLetters(): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for await (const batch of rows(this.#codec, 'ess.dead-letters', this.#read('ess.dead-letters')))
      for (const { row } of batch) if (row.topic === this.names.source) letters.push(row);
    return letters;
  }

  #read(topic: string) {
    return read(this.stack.kafka, { topic });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup[Symbol.asyncDispose]();
  }
}
