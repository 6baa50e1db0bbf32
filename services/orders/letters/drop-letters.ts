// Marks letters as dropped: they stay on record, and are neither listed as parked nor redriven.

import { letterKey } from '@ess/domain/delivery/dead-letters.ts';
import { shortId } from '@ess/domain/text/foreign-id.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { DeadLetterState } from '@ess/schemas/generated/types.ts';
import { DEAD_LETTER_STATE_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import type { RedrivePlan } from './redrive-plan.ts';

/** State rows written at once. */
const BATCH = 5_000;

/** Resolves when Kafka has it. @param by who orders it, and why */
export async function dropLetters(
  kafka: Kafka,
  codec: Codec,
  { letters }: RedrivePlan,
  by: string,
  why: string | null,
): Promise<void> {
  const schema = readSchema(DEAD_LETTER_STATE_TOPIC) as object;
  const encode = await codec.encoder(`${DEAD_LETTER_STATE_TOPIC}-value`, schema);
  const rows = letters.map(({ letter, place, fate }) => {
    const { partner, topic, partition, offset, ruleId } = letter;
    const row: DeadLetterState = {
      partner,
      ruleId: ruleId && shortId(ruleId),
      topic,
      partition,
      offset,
      state: 'dropped',
      times: fate.times,
      redriveId: null,
      letterPartition: place.partition,
      letterOffset: place.offset,
      at: Date.now(),
      by,
      reason: why,
    };
    return { topic: DEAD_LETTER_STATE_TOPIC, key: letterKey(row), value: encode(row) };
  });
  const outbox = new Outbox(kafka);
  try {
    for (let from = 0; from < rows.length; from += BATCH) await outbox.append(rows.slice(from, from + BATCH));
  } finally {
    await outbox.close(1_000);
  }
}
