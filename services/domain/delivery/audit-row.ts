// An audit row with nothing in it yet but its place, and the words of one for a log that was left.
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';

type Place = 'partner' | 'topic' | 'partition' | 'offset' | 'worker';

export function emptyAttempt(
  { partner, topic, partition, offset, worker }: Pick<DeliveryAttempt, Place>,
  nowMs = Date.now(),
): DeliveryAttempt {
  return {
    partner,
    topic,
    partition,
    offset,
    worker,
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
    bodyDigest: null,
    connectorDigest: null,
    stagesMs: null,
  };
}

/** Where in its source the row's record is, or the records that it is about, as people and programs are shown it. */
export const sourcePosition = ({ topic, partition, offset, lastOffset }: DeliveryAttempt): string =>
  `${topic}:${partition}:${offset}${lastOffset === null ? '' : `-${lastOffset}`}`;

/** Its row names the old position as `offset`; where that log ended nobody knows any more. */
export const leftReason = (why: string): string =>
  `${why}; what that log held from here on is lost, and the partition goes on with the earliest record there is`;

/** The row that says that a person has told the partner that a rule is over. @param by who has put it on record, and so `worker` */
export const toldReason = (by: string, reason: string): string => `${by}${HAS_TOLD}${reason}`;
const HAS_TOLD = ' has told the partner: ';

/** Whether a row is one of these. No delivery has such a row: it has an id. */
export const isTold = ({ outcome, deliveryId, reason, worker }: DeliveryAttempt): boolean =>
  outcome === 'skipped' && deliveryId === '' && (reason ?? '').startsWith(`${worker}${HAS_TOLD}`);
