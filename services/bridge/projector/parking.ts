// The projector's own ledger: records that cannot be projected, parked under the partner `public`, and ranges that
// retention took first. Both before the transaction that passes them, by the outbox: inside it they would hold back every
// reader of the audit topic for as long as a dead owner's transaction is open.

import { emptyAttempt, leftReason } from '@ess/domain/delivery/audit-row.ts';
import { writeFitting } from '@ess/domain/delivery/left-out.ts';
import { keyText } from '@ess/domain/text/foreign-id.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { DeadLetter, DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import { AUDIT_TOPIC, DEAD_LETTER_TOPIC } from '@ess/schemas/topics.ts';
import type { LeftLog, LostRange } from '@ess/stream/group/assignment.ts';
import { letterHeaders } from '@ess/stream/group/foreign-record.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { Row } from '@ess/stream/write/packed-rows.ts';
import { isRefused } from '@ess/stream/write/refusal.ts';
import type { Appends } from '@ess/stream/write/threaded-outbox.ts';
import type { Refused } from './rule-projection.ts';

export const PUBLIC_PARTNER = 'public';
export const PARKING_TOPICS = [AUDIT_TOPIC, DEAD_LETTER_TOPIC] as const;
const DETAIL_MAX_CHARS = 500;

/** Resolves when every row is acknowledged. */
export type Park = (
  refused: readonly Refused[],
  lost: readonly LostRange[],
  left?: readonly LeftLog[],
) => Promise<void>;

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
    value: encodeAudit({ ...emptyAttempt({ partner: PUBLIC_PARTNER, topic, partition, offset, worker }), ...more }),
  });
  const letter = (written: DeadLetter) =>
    outbox.append([
      {
        topic: DEAD_LETTER_TOPIC,
        key: `${PUBLIC_PARTNER}/${written.ruleId ?? ''}`,
        value: encodeLetter(written),
      },
    ]);
  return async (refused, lost, left = []) => {
    await Promise.all(refused.map((one) => writeFitting(deadLetter(topic, one), letter, isRefused)));
    const rows = refused.map(({ record, reason }) =>
      audit(record.partition, record.offset, { outcome: 'deadLettered', reason, ruleId: nameOf(record) }),
    );
    const gaps = lost.map(({ partition, from, to }) => {
      const reason = `offsets ${from} to ${to - 1} had left retention before they were read`;
      return audit(partition, from, { outcome: 'retentionLost', reason, lastOffset: to - 1 });
    });
    const logs = left.map(({ partition, position, why }) =>
      audit(partition, position, { outcome: 'retentionLost', reason: leftReason(why) }),
    );
    await outbox.append([...rows, ...gaps, ...logs]);
  };
}

const nameOf = ({ key }: Refused['record']): string | null => (key === null ? null : keyText(key));

function deadLetter(topic: string, { record, reason, detail }: Refused): DeadLetter {
  const headers = letterHeaders(record.headers);
  return {
    ...{
      partner: PUBLIC_PARTNER,
      ruleId: nameOf(record),
      version: null,
      topic,
      partition: record.partition,
      offset: record.offset,
    },
    key: record.key,
    value: record.value,
    headers,
    recordTimestamp: record.timestampMs,
    reason,
    detail: detail.slice(0, DETAIL_MAX_CHARS),
    attempts: 0,
    parkedAt: Date.now(),
    deliveryId: null, // nothing is delivered
    topicId: null,
  };
}
