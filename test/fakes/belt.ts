// A conveyor belt of a test's own: a source topic with its public and latest topics, projector processes, and what came out.
import { join } from 'node:path';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { DeadLetter, PublicRule } from '@ess/schemas/generated/types.ts';
import { Codec } from '@ess/stream/codec.ts';
import type { GroupRecord } from '@ess/stream/group.ts';
import { readRange } from '@ess/stream/range.ts';
import { applyTopics } from '@ess/stream/topics.ts';
import { eventually, PATIENCE_MS } from './deadline.ts';
import { SourceTopic } from './source-topic.ts';
import type { TestStack } from './test-stack.ts';
import { REPOSITORY } from './test-stack.ts';
import { EssProcess } from './worker-process.ts';

export const PROJECTOR_MAIN = join(REPOSITORY, 'test/fakes/projector-main.ts');

export interface SeenRule {
  readonly rule: PublicRule;
  readonly record: GroupRecord;
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
    for await (const batch of readRange(this.stack.kafka, { topic: this.names.publicTopic })) {
      await this.#codec.prepare(batch.map(({ value }) => value));
      for (const record of batch) {
        const decoded = this.#codec.decode(record.value, 'public.rules');
        if (!decoded.ok) throw new Error(`public record ${record.offset}: ${decoded.detail}`);
        seen.push({ record, rule: decoded.record as unknown as PublicRule });
      }
    }
    return seen;
  }

  /** Rule id → what rules.latest has of it; null for a tombstone. */
  async latest(): Promise<Map<string, Readonly<Record<string, unknown>> | null>> {
    const latest = new Map<string, Readonly<Record<string, unknown>> | null>();
    for await (const batch of readRange(this.stack.kafka, { topic: this.names.latestTopic })) {
      await this.#codec.prepare(batch.map(({ value }) => value));
      for (const { key, value } of batch) {
        const decoded = this.#codec.decode(value, 'rules');
        latest.set(String(key), decoded.ok ? decoded.record : null);
      }
    }
    return latest;
  }

  /** Dead letters of records of this belt. */
  async deadLetters(): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for await (const batch of readRange(this.stack.kafka, { topic: 'ess.dead-letters' })) {
      await this.#codec.prepare(batch.map(({ value }) => value));
      for (const { value } of batch) {
        const decoded = this.#codec.decode(value);
        if (decoded.ok && decoded.record['topic'] === this.names.source)
          letters.push(decoded.record as unknown as DeadLetter);
      }
    }
    return letters;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup[Symbol.asyncDispose]();
  }
}
