// What a broker says of a record, and not of itself, its topic or the sender. The same record is refused the same way for ever.
import { EssError } from '@ess/domain/text/error.ts';
import { isForbidden } from '../kafkajs/refusals.ts';
import { errorOf } from '../wire/fetch-protocol.ts';

const OF_THE_RECORD: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD', // e.g. one without a key for a compacted topic
]);
/** The record is refused only when its time is somebody else's. With our own time this speaks of clocks, which are set right some day. */
const INVALID_TIMESTAMP = 'INVALID_TIMESTAMP';

/**
 * @param foreignTime the records carry times that were given by others
 * @returns Kafka's name of the refusal; undefined: the error says nothing about a record, try again
 */
export function refusalIn(error: unknown, foreignTime = false): string | undefined {
  for (
    let cause = error as { type?: string; cause?: unknown } | undefined;
    cause;
    cause = cause.cause as typeof cause
  ) {
    const { type } = cause;
    if (type !== undefined && (OF_THE_RECORD.has(type) || (foreignTime && type === INVALID_TIMESTAMP))) return type;
  }
  return undefined;
}

/** @param refusal Kafka's name of it */
export const isTooLarge = (refusal: string): boolean =>
  refusal === 'MESSAGE_TOO_LARGE' || refusal === 'RECORD_LIST_TOO_LARGE';

/** Whether an append was rejected because Kafka refuses the record. */
export const isRefused = (error: unknown): boolean => error instanceof EssError && error.code === 'ESS_RECORD';

/** `topic/partition` of those whose answer is what a broker said of a record. */
export const refusedPlaces = (
  answer: ReadonlyArray<{ readonly topicName: string; readonly partition: number; readonly errorCode: number }>,
): ReadonlySet<string> =>
  new Set(
    answer
      .filter(({ errorCode }) => errorCode !== 0 && refusalIn(errorOf(errorCode)) !== undefined)
      .map(({ topicName, partition }) => `${topicName}/${partition}`),
  );

/** What is said of records whose partitions have other codes than 0; its cause is what a broker said of a record or of a right, if one did. */
export function notAcknowledged(
  count: number,
  answer: ReadonlyArray<{ readonly errorCode: number; readonly error?: unknown }>,
): Error {
  const errors = answer
    .filter(({ errorCode }) => errorCode !== 0)
    .map(({ errorCode, error }) => (error ?? errorOf(errorCode)) as Error);
  const cause = errors.find((error) => refusalIn(error)) ?? errors.find(isForbidden) ?? errors[0];
  return new Error(`${count} records were not acknowledged${cause ? `: ${cause.message}` : ''}`, { cause });
}
