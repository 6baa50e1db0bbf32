// Acks as the topics have them.
import { isTold } from '@ess/domain/delivery/audit-row.ts';
import { NO_VERSION } from '@ess/domain/delivery/version.ts';
import type { DeliveryAttempt, DeliveryState } from '@ess/schemas/generated/types.ts';
import type { KnownAck } from './partner-cells.ts';

export function ackOfState(row: DeliveryState): KnownAck {
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
