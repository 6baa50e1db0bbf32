// `ess rule ID --told PARTNER`: a person has told the partner that the rule is over. It goes on record as a word that the worker
// could not send: a row in the audit with who and why, and the partner's state, by which the rule drifts no more.
import { emptyAttempt, toldReason } from '@ess/domain/delivery/audit-row.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { whoAmI } from '@ess/runtime/who.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { DeliveryAttempt, DeliveryState } from '@ess/schemas/generated/types.ts';
import { AUDIT_TOPIC, STATE_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import type { View } from '@ess/view/view.ts';

export interface Telling {
  readonly partner: string;
  readonly ruleId: string;
  readonly reason: string;
}

const CLOSE_WITHIN_MS = 5_000;

/** @throws EssError ESS_USAGE when there is nothing to tell the partner of the rule */
export async function recordTold(kafka: Kafka, codec: Codec, view: View, telling: Telling): Promise<void> {
  const { partner, ruleId, reason } = telling;
  const cell = view.answer({ rule: ruleId }).cells.find((one) => one.partner === partner);
  const expected = view.expectedOf(partner, ruleId);
  if (cell?.state !== 'notTold' || !expected)
    throw new EssError(
      'ESS_USAGE',
      `${ruleId} is ${cell?.state ?? 'unknown'} at ${partner}: only of a rule that is notTold a partner is to be told`,
    );
  const by = whoAmI();
  const { version, topic, topicId = null, partition, offset } = expected;
  const placed = { partner, topic, partition, offset };
  const row: DeliveryAttempt = {
    ...emptyAttempt({ ...placed, worker: by }),
    ruleId,
    version,
    reason: toldReason(by, reason),
  };
  const state: DeliveryState = {
    ...{ ...placed, topicId, ruleId, version, eventId: null, deliveryId: '', digest: '', connectorDigest: null },
    status: 'withdrawn',
    ackedAt: row.attemptedAt,
  };
  const [encodeRow, encodeState] = await Promise.all(
    [AUDIT_TOPIC, STATE_TOPIC].map((name) => codec.encoder(`${name}-value`, readSchema(name) as object)),
  );
  const outbox = new Outbox(kafka, { isWaitedFor: true });
  try {
    // The audit is the authority: its row comes first.
    await outbox.append([{ topic: AUDIT_TOPIC, key: `${partner}/${ruleId}`, value: encodeRow?.(row) as Buffer }]);
    await outbox.append([{ topic: STATE_TOPIC, key: `${partner}/${ruleId}`, value: encodeState?.(state) as Buffer }]);
  } finally {
    await outbox.close(CLOSE_WITHIN_MS);
  }
}
