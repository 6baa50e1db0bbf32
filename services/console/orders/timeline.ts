// When the records of a topic were written, as bars to pick a time from: offsets are looked up by time, and no record is read.
import { timeText } from '@ess/domain/text/moment.ts';
import type { Admin } from '@ess/stream/kafkajs/client.ts';
import type { Timeline } from '../facts/orders.ts';

const BARS = 60;
const MINUTE_MS = 60_000;

/**
 * @param firstMs when the oldest record was written, ms since 1970; undefined: there is none
 * @throws what kafkajs throws
 */
export async function timelineOf(
  admin: Pick<Admin, 'fetchTopicOffsets' | 'fetchTopicOffsetsByTimestamp'>,
  topic: string,
  firstMs: number | undefined,
  nowMs = Date.now(),
): Promise<Timeline> {
  const to = new Date(nowMs).toISOString();
  if (firstMs === undefined) return { topic, bars: [], to };
  const stepMs = Math.max(MINUTE_MS, Math.ceil((nowMs - firstMs) / BARS / MINUTE_MS) * MINUTE_MS);
  const beginMs = Math.floor(firstMs / stepMs) * stepMs;
  const times = Array.from({ length: Math.ceil((nowMs - beginMs) / stepMs) }, (_, at) => beginMs + at * stepMs);
  const ends = sumOf((await admin.fetchTopicOffsets(topic)).map(({ high }) => high));
  const sums = [
    ...(await Promise.all(
      times.map(async (ms) => sumOf((await admin.fetchTopicOffsetsByTimestamp(topic, ms)).map(({ offset }) => offset))),
    )),
    ends,
  ];
  const bars = times.map((ms, at) => ({
    from: timeText(ms),
    records: Math.max(0, (sums[at + 1] ?? 0) - (sums[at] ?? 0)),
  }));
  return { topic, bars, to };
}

const sumOf = (offsets: readonly string[]): number => offsets.reduce((sum, offset) => sum + Number(offset), 0);
