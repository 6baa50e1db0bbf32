// The projector's own ledger: records that cannot be projected, parked whole under the partner `public`, and ranges that
// retention took first. Both before the transaction that passes them, by the outbox: inside it they would hold back every
// reader of the audit topic for as long as a dead owner's transaction is open.
import { readSchema } from '@ess/schemas/catalog.ts';
import type { DeadLetter, DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import type { Codec } from '@ess/stream/codec.ts';
import type { LostRange } from '@ess/stream/group.ts';
import type { Appends, Row } from '@ess/stream/threaded-outbox.ts';
import type { Refused } from './rule-projection.ts';

export const PUBLIC_PARTNER = 'public';
export const AUDIT_TOPIC = 'ess.audit';
const DEAD_LETTER_TOPIC = 'ess.dead-letters';
export const PARKING_TOPICS = [AUDIT_TOPIC, DEAD_LETTER_TOPIC] as const;
const DETAIL_MAX_CHARS = 500;

/** Resolves when every row is acknowledged. */
export type Park = (refused: readonly Refused[], lost: readonly LostRange[]) => Promise<void>;

/** @throws EssError ESS_REGISTRY when the registry is away, ESS_CONFIG when the schemas were never applied */
export async function openParking(
  codec: Codec,
  outbox: Pick<Appends, 'append'>,
  topic: string,
  worker: string,
): Promise<Park> {
  const encoder = (name: string) => codec.encoder(`${name}-value`, readSchema(name) as object);
  const [encodeAudit, encodeLetter] = await Promise.all([encoder(AUDIT_TOPIC), encoder(DEAD_LETTER_TOPIC)]);
  const audit = (partition: number, offset: number, more: Partial<DeliveryAttempt>): Row => ({
    topic: AUDIT_TOPIC,
    key: `${PUBLIC_PARTNER}/${more.ruleId ?? ''}`,
    value: encodeAudit({ ...blank(topic, partition, offset, worker), ...more }),
  });
  return async (refused, lost) => {
    const rows = refused.flatMap((one) => {
      const ruleId = one.record.key?.toString() ?? null;
      const { partition, offset } = one.record;
      const letter = encodeLetter(deadLetter(topic, one, ruleId));
      return [
        { topic: DEAD_LETTER_TOPIC, key: `${PUBLIC_PARTNER}/${ruleId ?? ''}`, value: letter },
        audit(partition, offset, { outcome: 'deadLettered', reason: one.reason, ruleId }),
      ];
    });
    const gaps = lost.map(({ partition, from, to }) => {
      const reason = `offsets ${from} to ${to - 1} had left retention before they were read`;
      return audit(partition, from, { outcome: 'retentionLost', reason, lastOffset: to - 1 });
    });
    await outbox.append([...rows, ...gaps]);
  };
}

function deadLetter(topic: string, { record, reason, detail }: Refused, ruleId: string | null): DeadLetter {
  const headers = Object.entries(record.message.headers ?? {}).flatMap(([key, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => ({
      key,
      value: value === undefined ? null : Buffer.from(value),
    })),
  );
  return {
    ...{ partner: PUBLIC_PARTNER, ruleId, version: null, topic, partition: record.partition, offset: record.offset },
    ...{ key: record.key, value: record.value, headers, recordTimestamp: record.timestampMs },
    ...{ reason, detail: detail.slice(0, DETAIL_MAX_CHARS), attempts: 0, parkedAt: Date.now() },
  };
}

function blank(topic: string, partition: number, offset: number, worker: string): DeliveryAttempt {
  return {
    ...{ eventId: null, ruleId: null, version: null, partner: PUBLIC_PARTNER, topic, partition, offset },
    ...{ deliveryId: '', attempt: 0, outcome: 'skipped', reason: null, status: null, durationMs: null },
    ...{ publishedAt: null, attemptedAt: Date.now(), traceId: null, worker, replayId: null, lastOffset: null },
  };
}
