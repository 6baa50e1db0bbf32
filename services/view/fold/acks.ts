// Acks as the topics have them.
import type { ReadAs } from '@ess/domain/avro/read-as.ts';
import { isTold } from '@ess/domain/delivery/audit-row.ts';
import { NO_VERSION } from '@ess/domain/delivery/version.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { DeliveryAttempt, DeliveryState } from '@ess/schemas/generated/types.ts';
import { STATE_TOPIC } from '@ess/schemas/topics.ts';
import type { KnownAck } from './partner-cells.ts';

/** What an ack is made of. The rest of a row is not decoded: it is the larger part, and there are millions of them. */
const ACK_FIELDS = [
  ...(['partner', 'ruleId', 'version', 'topic', 'topicId', 'partition', 'offset'] as const),
  ...(['status', 'ackedAt', 'connectorDigest'] as const),
];
type AckRow = Pick<DeliveryState, (typeof ACK_FIELDS)[number]>;
export const AS_ACK: ReadAs = ackSchema();

export function ackOfState(row: AckRow): KnownAck {
  const { version, topic, topicId, partition, offset, ackedAt: ackedAtMs, status, connectorDigest } = row;
  const isOver = status === 'withdrawn';
  return { version, topic, topicId, partition, offset, ackedAtMs, isOver, connectorDigest };
}

/** @returns undefined: the row is of no ack, nor of a partner who was told by a person */
export function ackOfAttempt(row: DeliveryAttempt): KnownAck | undefined {
  const { outcome, version, topic, partition, offset, connectorDigest, attemptedAt: ackedAtMs } = row;
  const told = isTold(row);
  if (outcome !== 'delivered' && !told) return undefined;
  const placed = { version: version ?? NO_VERSION, topic, topicId: null, partition, offset };
  return { ...placed, ackedAtMs, isOver: told ? true : null, connectorDigest };
}

function ackSchema(): ReadAs {
  const schema = readSchema(STATE_TOPIC) as { readonly fields: ReadonlyArray<{ readonly name: string }> };
  const names: readonly string[] = ACK_FIELDS;
  const fields = schema.fields.filter(({ name }) => names.includes(name));
  return { schema: { ...schema, fields } as unknown as AvroSchemaJson, shown: `what is asked of ${STATE_TOPIC}` };
}
