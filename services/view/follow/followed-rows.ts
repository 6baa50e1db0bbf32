// A topic of ours, followed as the rows that it has.
import type { ReadAs } from '@ess/domain/avro/read-as.ts';
import type { RowOf } from '@ess/stream/read/rows.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import type { FollowedOptions } from './followed-topic.ts';
import { FollowedTopic } from './followed-topic.ts';

export interface RowsOptions extends Pick<FollowedOptions, 'kafka' | 'codec' | 'log' | 'onTaken' | 'isWaitedFor'> {
  /** Some fields of the topic's schema alone; absent: all. */
  readonly as?: ReadAs;
}

/**
 * Resolves when it is known where it begins.
 * @param take told of each row that can be read
 * @throws EssError ESS_BROKER when Kafka does not answer for half a minute, ESS_CONFIG when there is no such topic
 */
export function followRows<Topic extends keyof RowOf>(
  options: RowsOptions,
  topic: Topic,
  take: (row: RowOf[Topic], record: ReadRecord) => void,
  from?: FollowedOptions['from'],
): Promise<FollowedTopic> {
  return FollowedTopic.open({
    ...options,
    topic,
    as: options.as ?? topic,
    // `decode` has checked that the record's schema resolves into the topic's.
    take: (record, decoded) => decoded.ok && take(decoded.record as unknown as RowOf[Topic], record),
    ...(from && { from }),
  });
}
