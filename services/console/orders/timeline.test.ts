import { expect, test } from '@jest/globals';
import { timelineOf } from './timeline.ts';

const MINUTE = 60_000;

/** One record a minute from minute 10 to 19 in each of two partitions. */
const admin = {
  fetchTopicOffsets: async () => [0, 1].map((partition) => ({ partition, offset: '10', high: '10', low: '0' })),
  fetchTopicOffsetsByTimestamp: async (_topic: string, ms = 0) => {
    const offset = String(Math.min(10, Math.max(0, Math.ceil(ms / MINUTE) - 10)));
    return [0, 1].map((partition) => ({ partition, offset }));
  },
};

test('each bar counts what was written from its time on to that of the next, and nothing is left out', async () => {
  const { bars, to } = await timelineOf(admin, 'rules', 10 * MINUTE, 20 * MINUTE);
  expect([bars.length, to]).toEqual([10, new Date(20 * MINUTE).toISOString()]);
  expect(bars.map(({ records }) => records)).toEqual(Array(10).fill(2));
  expect(bars[0]?.from).toBe(new Date(10 * MINUTE).toISOString());
});

test('a long topic has some sixty bars, of whole minutes', async () => {
  const { bars } = await timelineOf(admin, 'rules', 10 * MINUTE, 7 * 24 * 60 * MINUTE);
  expect(bars.length).toBeGreaterThan(50);
  expect(bars.length).toBeLessThanOrEqual(61);
  expect(bars.every(({ from }) => Date.parse(from) % MINUTE === 0)).toBe(true);
  expect(bars.reduce((sum, { records }) => sum + records, 0)).toBe(20);
});

test('a topic without records has none', async () => {
  expect((await timelineOf(admin, 'rules', undefined, MINUTE)).bars).toEqual([]);
});

test('a topic whose oldest record has a time of no calendar has its bars all the same', async () => {
  const { bars } = await timelineOf(admin, 'rules', -1e18, MINUTE);
  expect([bars.length > 0, bars[0]?.from]).toEqual([true, expect.stringContaining('beyond the calendar')]);
  expect((await timelineOf(admin, 'rules', 1e18, MINUTE)).bars).toEqual([]);
});
