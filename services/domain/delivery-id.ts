// The idempotency key of a delivery, derived from the record's position and never random.
import { hash } from 'node:crypto';

export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/**
 * The `webhook-id`: the same record to the same partner has the same id on every retry, restart, rebalance, redrive and
 * replay. The cluster and the partition are part of it: without them distinct records collide (seen elsewhere).
 * @param replayId only for `replay --new-ids`, for a partner that lost its data
 * @returns 22 characters of base64url: the first 16 bytes of SHA-256
 */
export function deliveryId(clusterId: string, partner: string, position: Position, replayId?: string): string {
  const parts: Array<string | number> = [clusterId, partner, position.topic, position.partition, position.offset];
  if (replayId !== undefined) parts.push(replayId);
  return hash('sha256', parts.join('\n'), 'buffer').toString('base64url', 0, 16);
}
