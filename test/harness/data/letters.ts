// Dead letters as a worker would have written them, in numbers that no flood guard would let through.
import { readSchema } from '@ess/schemas/catalog.ts';
import type { DeadLetter, RulePublished } from '@ess/schemas/generated/types.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { partitionOf } from '@ess/stream/wire/partition.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import type { Pipeline } from '../programs/pipeline.ts';

const PARTITIONS = 12;
/** Beyond what a test publishes: these positions have left the source topic, if they ever were there. Never one twice, since
 * the state of a letter is kept by its source position. */
let nextOffset = 1_000_000;

export async function writeLetters(
  line: Pipeline,
  rules: readonly RulePublished[],
  more: Partial<DeadLetter> = {},
): Promise<DeadLetter[]> {
  const { stack, source, partner } = line;
  const encode = await new Codec(stack.registry).encoder(
    'ess.dead-letters-value',
    readSchema('ess.dead-letters') as object,
  );
  const outbox = new Outbox(stack.kafka);
  const letters = rules.map(
    (rule): DeadLetter => ({
      partner,
      ruleId: rule.ruleId,
      version: rule.version,
      topic: source.name,
      partition: partitionOf(rule.ruleId, PARTITIONS),
      offset: nextOffset++,
      key: Buffer.from(rule.ruleId),
      value: source.encode(rule),
      headers: [],
      recordTimestamp: rule.publishedAt,
      reason: 'status-422',
      detail: 'the partner answered 422',
      attempts: 1,
      parkedAt: Date.now(),
      deliveryId: null,
      topicId: null,
      ...more,
    }),
  );
  try {
    await outbox.append(
      letters.map((letter) => ({
        topic: 'ess.dead-letters',
        key: `${letter.partner}/${letter.ruleId}`,
        value: encode(letter),
      })),
    );
  } finally {
    await outbox.close(5_000);
  }
  return letters;
}
