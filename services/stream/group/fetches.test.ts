import { expect, test } from '@jest/globals';
import type { TopicFetchesOptions } from './fetches.ts';
import { TopicFetches } from './fetches.ts';

/** Three partitions that begin at 10, 11 and 12; the member has those that `ours` lists. */
function fetchesOf(ours: readonly number[]) {
  const calls: unknown[] = [];
  const bounds = [2, 0, 1].map((partition) => ({ partition, offset: '20', low: String(10 + partition), high: '20' }));
  const led = { partitionErrorCode: 0, leader: 1, replicas: [1], isr: [1] };
  const partitions = bounds.map(({ partition }) => ({ partitionId: partition, ...led }));
  const options: TopicFetchesOptions = {
    consumer: {
      pause: (asked) => void calls.push(['pause', ...asked]),
      resume: (asked) => void calls.push(['resume', ...asked]),
      seek: (asked) => void calls.push(['seek', asked]),
    },
    admin: {
      fetchOffsets: async () => [],
      fetchTopicOffsets: async () => bounds,
      fetchTopicMetadata: async () => ({ topics: [{ name: 'rules', partitions }] }),
    },
    topic: 'rules',
    groupId: 'ess.a',
    isOurs: (partition) => ours.includes(partition),
    topicIds: { of: async () => 'a' },
    timeBefore: async () => undefined,
  };
  return { fetches: new TopicFetches(options), calls };
}

test('only what is still ours is resumed, and nothing is asked for when there is nothing', () => {
  const { fetches, calls } = fetchesOf([1]);
  fetches.pause([0, 1]);
  fetches.resume([0, 1]);
  fetches.resume([0]);
  fetches.pause([]);
  fetches.seek(1, 15);
  expect(calls).toEqual([
    ['pause', { topic: 'rules', partitions: [0, 1] }],
    ['resume', { topic: 'rules', partitions: [1] }],
    ['seek', { topic: 'rules', partition: 1, offset: '15' }],
  ]);
});

test('Kafka says where a partition starts, and how many there are; the count stands from the first start on', async () => {
  const { fetches } = fetchesOf([]);
  expect([await fetches.bounds(1), await fetches.countPartitions(), fetches.partitionCount]).toEqual([
    { start: 11, end: 20 },
    3,
    0,
  ]);
  const { assigned } = await fetches.startPositions([2]);
  expect([assigned, fetches.partitionCount]).toEqual([
    [{ partition: 2, position: 12, metadata: null, topicId: 'a', startedOverAt: 20 }],
    3,
  ]);
});
