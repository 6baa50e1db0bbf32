// Publishes rules: the idempotent outbox in front of the `rules` topic, keyed by ruleId so that versions keep their order.

import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { RULES_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from 'kafkajs';
import { Codec } from '../registry/codec.ts';
import type { Written } from './outbox.ts';
import { Outbox } from './outbox.ts';

export class RulePublisher {
  readonly #outbox: Outbox;
  readonly #encode: (rule: object) => Buffer;

  private constructor(outbox: Outbox, encode: (rule: object) => Buffer) {
    this.#outbox = outbox;
    this.#encode = encode;
  }

  /** @throws EssError ESS_REGISTRY when the registry is away, ESS_CONFIG when the schema was never applied */
  static async open(kafka: Kafka, registry: RegistryAddress): Promise<RulePublisher> {
    const outbox = new Outbox(kafka, { isWaitedFor: true });
    const encode = await new Codec(registry).encoder(`${RULES_TOPIC}-value`, readSchema(RULES_TOPIC) as object);
    await outbox.open([RULES_TOPIC]);
    return new RulePublisher(outbox, encode);
  }

  /**
   * Resolves when all are acknowledged by all in-sync replicas, in the order given.
   * @param headersOf those of a rule, by its place in the list
   */
  publish(rules: readonly RulePublished[], headersOf?: (index: number) => Record<string, string>): Promise<Written[]> {
    return this.#outbox.append(
      rules.map((rule, index) => ({
        topic: RULES_TOPIC,
        key: rule.ruleId,
        value: this.#encode(rule),
        ...(headersOf && { headers: headersOf(index) }),
      })),
    );
  }

  async close(): Promise<void> {
    await this.#outbox.close(10_000);
  }
}
