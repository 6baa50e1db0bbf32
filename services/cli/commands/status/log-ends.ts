// Where the log of a source ended a while ago, by the times of its records: what waited then, and how much is published since.
import { sampleOf, TREND_MS } from '@ess/domain/control/lag-trend.ts';
import type { PartitionStanding } from '@ess/domain/control/partner-status.ts';
import type { PartitionView } from '@ess/stream/group/group-view.ts';
import type { Admin } from '@ess/stream/kafkajs/client.ts';

export interface Before {
  /** By partition; one that is not in it is not known. */
  readonly lags: ReadonlyMap<number, NonNullable<PartitionStanding['before']>>;
  readonly arrivingPerSecond: number;
}

/** Owners look at their positions at times of their own: so near to each other they are one question to Kafka. */
const SAME_MS = 5_000;

/** @throws kafkajs's errors */
export async function lookBack(
  admin: Pick<Admin, 'fetchTopicOffsetsByTimestamp'>,
  topic: string,
  partitions: readonly PartitionView[],
  nowMs: number,
): Promise<Before> {
  const sinceMs = roundedTo(nowMs - TREND_MS);
  const samples = partitions.flatMap((one) => {
    const sample = one.position > one.high ? undefined : sampleOf(one, nowMs);
    return sample ? [{ ...one, sample }] : [];
  });
  const times = [...new Set([sinceMs, ...samples.map(({ sample }) => roundedTo(sample.atMs))])];
  const asked = await Promise.all(
    times.map(async (ms) => {
      const ends = await admin.fetchTopicOffsetsByTimestamp(topic, ms);
      return [ms, new Map(ends.map(({ partition, offset }) => [partition, Number(offset)]))] as const;
    }),
  );
  const endsAt = new Map(asked);
  const lags = samples.map(({ partition, low, sample: { atMs, position } }) => {
    const end = endsAt.get(roundedTo(atMs))?.get(partition) ?? low;
    return [partition, { atMs, lag: Math.max(0, end - Math.max(low, position)) }] as const;
  });
  const ends = endsAt.get(sinceMs);
  const arrived = partitions.reduce((sum, { partition, high }) => sum + high - (ends?.get(partition) ?? high), 0);
  return { lags: new Map(lags), arrivingPerSecond: Math.max(0, Math.round((arrived * 1000) / (nowMs - sinceMs))) };
}

const roundedTo = (ms: number): number => Math.round(ms / SAME_MS) * SAME_MS;
