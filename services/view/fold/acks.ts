// Acks as the topics have them.
import { NO_VERSION } from '@ess/domain/delivery/version.ts';
import type { DeliveryAttempt, DeliveryState } from '@ess/schemas/generated/types.ts';
import type { KnownAck } from './partner-cells.ts';

export function ackOfState(row: DeliveryState): KnownAck {
  const { version, topic, topicId, partition, offset, ackedAt: ackedAtMs, status, connectorDigest } = row;
  const isOver = status === 'withdrawn';
  return { version, topic, topicId, partition, offset, ackedAtMs, isOver, connectorDigest };
}

/** @returns undefined: the row is of no ack */
export function ackOfAttempt(row: DeliveryAttempt): KnownAck | undefined {
  const { outcome, version, topic, partition, offset, connectorDigest } = row;
  if (outcome !== 'delivered') return undefined;
  const placed = { version: version ?? NO_VERSION, topic, topicId: null, partition, offset };
  return { ...placed, ackedAtMs: endedAtMs(row), isOver: null, connectorDigest };
}

/** When the attempt was over, ms since 1970. */
export const endedAtMs = ({ attemptedAt, durationMs }: DeliveryAttempt): number =>
  Math.round(attemptedAt + (durationMs ?? 0));
