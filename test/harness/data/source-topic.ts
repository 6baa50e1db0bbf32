// A topic of RulePublished records of a test's own, so that tests share a cluster and nothing else.
import { randomBytes } from 'node:crypto';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { applyTopics } from '@ess/stream/kafkajs/topics.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { Written } from '@ess/stream/write/outbox.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import type { TestStack } from '../test-stack.ts';

export class SourceTopic {
  readonly name: string;
  readonly #outbox: Outbox;
  readonly #encode: (rule: object) => Buffer;

  private constructor(name: string, outbox: Outbox, encode: (rule: object) => Buffer) {
    this.name = name;
    this.#outbox = outbox;
    this.#encode = encode;
  }

  /** @param name a topic that exists already, e.g. rules; absent: a new one, with `config` */
  static async open(
    stack: TestStack,
    {
      partitions = 12,
      name,
      config = {},
    }: { partitions?: number; name?: string; config?: Record<string, string> } = {},
  ) {
    const topic = name ?? `t-${randomBytes(5).toString('hex')}`;
    const schema = readSchema('rules');
    if (name === undefined) {
      const spec = {
        name: topic,
        partitions,
        replication: 1,
        config: { 'compression.type': 'uncompressed', ...config },
      };
      await Promise.all([applyTopics(stack.kafka, [spec]), stack.subjects.register(`${topic}-value`, schema)]);
    }
    const encode = await new Codec(stack.registry).encoder(`${topic}-value`, schema as object);
    return new SourceTopic(topic, new Outbox(stack.kafka), encode);
  }

  /** The topic of this name, which was deleted and made again: with a producer that knows nothing of the old one. */
  anew({ kafka }: TestStack): SourceTopic {
    return new SourceTopic(this.name, new Outbox(kafka), this.#encode);
  }

  encode(rule: RulePublished): Buffer {
    return this.#encode(rule);
  }

  /** @param headersOf those of a rule, by its place in the list */
  publish(rules: readonly RulePublished[], headersOf?: (index: number) => Record<string, string>): Promise<Written[]> {
    return this.#outbox.append(
      rules.map((rule, index) => ({
        topic: this.name,
        key: rule.ruleId,
        value: this.#encode(rule),
        ...(headersOf && { headers: headersOf(index) }),
      })),
    );
  }

  /** Bytes as they are: what a broken producer might write. */
  async publishRaw(key: string, value: Buffer | null, headers?: Record<string, string>): Promise<Written> {
    const [written] = await this.#outbox.append([{ topic: this.name, key, value, ...(headers ? { headers } : {}) }]);
    return written as Written;
  }

  close(): Promise<void> {
    return this.#outbox.close(1_000);
  }
}
