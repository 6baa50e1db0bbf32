import { encodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import type { TopicLog } from '@ess/domain/control/topic-log.ts';
import { expect, test } from '@jest/globals';
import type { StartQuestions } from './start-positions.ts';
import { readStartPositions } from './start-positions.ts';

interface Found {
  /** -1: nothing. */
  readonly committed: number;
  readonly low: number;
  readonly high: number;
  readonly log?: TopicLog;
}

const FACTS = { settled: [], attempts: [], clean: true, committedAtMs: 9, epochStartedAtMs: 8, worker: 'before' };

/** By partition: what the group has committed, and what Kafka still has. Topics have ids, unless `topicId` is undefined. */
function kafkaWith(found: readonly Found[], topicId: string | undefined = 'a', timeMs?: number): StartQuestions {
  const partitions = found.map(({ committed, log }, partition) => {
    const metadata = log ? encodeMetadata(committed, { ...FACTS, log }) : committed < 0 ? '' : `of ${committed}`;
    return { partition, offset: String(committed), metadata };
  });
  const bounds = found.map(({ low, high }, partition) => {
    return { partition, offset: '0', low: String(low), high: String(high) };
  });
  const topic = 'rules';
  const admin = { fetchOffsets: async () => [{ topic, partitions }], fetchTopicOffsets: async () => bounds };
  return { admin, topic, groupId: 'ess.hospital', topicId: async () => topicId, timeBefore: async () => timeMs };
}

test('loss is a committed position below the log start, and nothing else', async () => {
  const kafka = kafkaWith([
    { committed: 10, low: 25, high: 30 }, // retention has passed it
    { committed: 25, low: 25, high: 30 }, // exactly where it was
    { committed: -1, low: 25, high: 30 }, // a new group has lost nothing
    { committed: 28, low: 25, high: 30 },
    { committed: 30, low: 30, high: 30 }, // all was delivered before it expired
  ]);
  const { assigned, lost, next, highWatermarks, partitionCount } = await readStartPositions(kafka, [0, 1, 2, 3, 4]);
  expect(lost).toEqual([{ partition: 0, from: 10, to: 25 }]);
  // The position stays before what was lost until that is on record; what is read next is the earliest there is.
  expect(assigned.map(({ position }) => position)).toEqual([10, 25, 25, 28, 30]);
  expect([...next.values()]).toEqual([25, 25, 25, 28, 30]);
  expect(assigned.map(({ metadata }) => metadata || null)).toEqual(['of 10', 'of 25', null, 'of 28', 'of 30']);
  expect([highWatermarks.get(3), partitionCount]).toEqual([30, 5]);
});

test('a partition that Kafka leaves out of its answer is asked for again, never guessed', async () => {
  const kafka = kafkaWith([{ committed: 5, low: 0, high: 9 }]);
  await expect(readStartPositions(kafka, [0, 1])).rejects.toThrow('where partition 1 of rules starts');
});

test('a partition that a topic made anew has no more is told as left, and the others go on', async () => {
  const kafka = kafkaWith([{ committed: -1, low: 0, high: 4 }], 'b');
  const before = {
    topicId: 'a',
    positions: new Map([
      [0, 7],
      [1, 5],
    ]),
  };
  const { assigned, gone, next } = await readStartPositions(kafka, [0, 1], before);
  expect(assigned).toMatchObject([{ partition: 0, position: 0, left: { position: 7 } }]);
  const why = 'the topic was made anew: its id was a and is b, and has no partition 1';
  expect(gone).toEqual([{ partition: 1, position: 5, why }]);
  expect([...next]).toEqual([[0, 0]]);
});

test('a position of another log is left, with what was written beside it: on from the earliest, and told', async () => {
  const kafka = kafkaWith(
    [
      { committed: 10, low: 2, high: 30, log: { id: 'b' } }, // the topic was made anew, and has grown past it
      { committed: 777, low: 0, high: 1 }, // beyond the end
      { committed: 10, low: 2, high: 30, log: { id: 'a' } }, // this log
      { committed: 10, low: 2, high: 30 }, // written before there were ids
      { committed: -1, low: 2, high: 30 }, // a group without a position
    ],
    'a',
  );
  const { assigned, lost, next, topicId } = await readStartPositions(kafka, [0, 1, 2, 3, 4]);
  expect(lost).toEqual([]);
  expect([...next.values(), topicId]).toEqual([2, 0, 10, 10, 2, 'a']);
  expect(assigned.map(({ position, left, startedOverAt }) => [position, left?.position, startedOverAt])).toEqual([
    [2, 10, 30],
    [0, 777, 1],
    [10, undefined, undefined],
    [10, undefined, undefined],
    [2, undefined, 30],
  ]);
  expect(assigned.map(({ metadata }) => metadata?.slice(0, 4) || null)).toEqual([null, null, 'ess3', 'of 1', null]);
});

test('a position that a mirror has translated is obeyed, and what the partner has acked is not sent again up to the end', async () => {
  const kafka = kafkaWith([{ committed: 10, low: 0, high: 30 }], 'b');
  const translated = (id: string) => ({
    ...kafka,
    admin: {
      ...kafka.admin,
      fetchOffsets: async () => {
        const metadata = encodeMetadata(17, { ...FACTS, settled: [[19, 20]], log: { id } });
        return [{ topic: 'rules', partitions: [{ partition: 0, offset: '10', metadata }] }];
      },
    },
  });
  const startOf = async (id: string) => {
    const { assigned, next } = await readStartPositions(translated(id), [0]);
    return [next.get(0), assigned[0]?.position, assigned[0]?.left, assigned[0]?.startedOverAt];
  };
  expect(await startOf('a')).toEqual([10, 10, undefined, 30]);
  expect(await startOf('b')).toEqual([10, 10, undefined, undefined]); // a tool has moved it, in this log
});

test.each([
  ['the same', 5, undefined],
  ['another', 6, 10],
  ['gone', undefined, undefined],
])('where topics have no ids the record before the position decides: its time is %s', async (_what, timeMs, left) => {
  const kafka = { ...kafkaWith([{ committed: 10, low: 0, high: 30, log: { at: 5 } }]), topicId: async () => undefined };
  const { assigned } = await readStartPositions({ ...kafka, timeBefore: async () => timeMs }, [0]);
  expect(assigned[0]?.left?.position).toBe(left);
});

test('a topic that was made anew took its positions with it: where this member stood is told', async () => {
  const kafka = kafkaWith([
    { committed: -1, low: 0, high: 3 },
    { committed: -1, low: 0, high: 3 },
  ]);
  const stood = (topicId: string | undefined) => ({ topicId, positions: new Map([[0, 5]]) });
  const leftOf = async (topicId: string | undefined) =>
    (await readStartPositions(kafka, [0, 1], stood(topicId))).assigned.map(({ position, left }) => [
      position,
      left?.position,
    ]);
  const none = [
    [0, undefined],
    [0, undefined],
  ];
  expect(await leftOf('b')).toEqual([[0, 5], none[1]]);
  expect(await leftOf('a')).toEqual(none); // somebody has deleted the group
  expect(await leftOf(undefined)).toEqual(none);
});
