// An audit row with nothing in it yet but its place.
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';

export function emptyAttempt(
  place: Pick<DeliveryAttempt, 'partner' | 'topic' | 'partition' | 'offset' | 'worker'>,
  nowMs = Date.now(),
): DeliveryAttempt {
  return {
    eventId: null,
    ruleId: null,
    version: null,
    deliveryId: '',
    attempt: 0,
    outcome: 'skipped',
    reason: null,
    status: null,
    durationMs: null,
    publishedAt: null,
    attemptedAt: nowMs,
    traceId: null,
    replayId: null,
    lastOffset: null,
    ...place,
  };
}
