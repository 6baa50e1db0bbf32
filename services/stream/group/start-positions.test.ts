import { expect, test } from '@jest/globals';
import { readStartPositions } from './start-positions.ts';

const WHERE = { topic: 'rules', groupId: 'ess.hospital' };

/** By partition: what the group has committed (-1: nothing), and what Kafka still has. */
function kafkaWith(found: ReadonlyArray<{ committed: number; low: number; high: number }>) {
  const partitions = found.map(({ committed }, partition) => {
    const metadata = committed < 0 ? '' : `of ${committed}`;
    return { partition, offset: String(committed), metadata };
  });
  const bounds = found.map(({ low, high }, partition) => {
    return { partition, offset: '0', low: String(low), high: String(high) };
  });
  return { fetchOffsets: async () => [{ topic: WHERE.topic, partitions }], fetchTopicOffsets: async () => bounds };
}

test('loss is a committed position below the log start, and nothing else', async () => {
  const admin = kafkaWith([
    { committed: 10, low: 25, high: 30 }, // retention has passed it
    { committed: 25, low: 25, high: 30 }, // exactly where it was
    { committed: -1, low: 25, high: 30 }, // a new group has lost nothing
    { committed: 28, low: 25, high: 30 },
    { committed: 30, low: 30, high: 30 }, // all was delivered before it expired
  ]);
  const { assigned, lost, next, highWatermarks, partitionCount } = await readStartPositions(
    admin,
    WHERE,
    [0, 1, 2, 3, 4],
  );
  expect(lost).toEqual([{ partition: 0, from: 10, to: 25 }]);
  // The position stays before what was lost until that is on record; what is read next is the earliest there is.
  expect(assigned.map(({ position }) => position)).toEqual([10, 25, 25, 28, 30]);
  expect([...next.values()]).toEqual([25, 25, 25, 28, 30]);
  expect(assigned.map(({ metadata }) => metadata || null)).toEqual(['of 10', 'of 25', null, 'of 28', 'of 30']);
  expect([highWatermarks.get(3), partitionCount]).toEqual([30, 5]);
});

test('a partition that Kafka leaves out of its answer is asked for again, never guessed', async () => {
  const admin = kafkaWith([{ committed: 5, low: 0, high: 9 }]);
  await expect(readStartPositions(admin, WHERE, [0, 1])).rejects.toThrow('where partition 1 of rules starts');
});
