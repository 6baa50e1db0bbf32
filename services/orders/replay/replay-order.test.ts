// What a person may ask `ess replay` for, and where that is in a topic.
import type { GroupView } from '@ess/stream/group/group-view.ts';
import { FakeTopic } from '@ess/test/fakes/kafka/fake-cluster.ts';
import { jsonCodec } from '@ess/test/harness/data/worker-shared.ts';
import { describe, expect, test } from '@jest/globals';
import type { ReplayOptions } from './replay-order.ts';
import { checkOptions, findTargets } from './replay-order.ts';

describe('options', () => {
  test.each<[string, ReplayOptions]>([
    ['since a time', { since: '2026-11-22T10:00Z' }],
    ['since a while ago, until a time', { since: '90m', until: '2026-11-22' }],
    ['from an offset', { fromOffset: '3:1042' }],
    ['from an event', { fromEvent: 'e-1' }],
    ['from the earliest, some partitions, one key', { earliest: true, partitions: '0,3,5', key: 'r-1' }],
    ['what is in force', { current: true }],
    ['the longest key', { earliest: true, key: 'k'.repeat(256) }],
  ])('%s are taken', (_, options) => {
    expect(() => checkOptions(options)).not.toThrow();
  });

  const where = 'say where to begin, once: --since';
  test.each<[string, ReplayOptions, string]>([
    ['nothing', {}, where],
    ['an end alone', { until: '1h' }, where],
    ['two beginnings', { since: '1h', earliest: true }, where],
    ['what is in force until a time', { current: true, until: '1h' }, '--until has no meaning with it'],
    ['a key that is too long', { earliest: true, key: 'k'.repeat(257) }, '--key is longer than 256 characters'],
    ['a time that is none', { since: 'yesterday' }, '--since'],
    ['an end that is none', { since: '1h', until: 'soon' }, '--until'],
    ['an offset without a partition', { fromOffset: '1042' }, 'write PARTITION:OFFSET, e.g. 3:1042'],
    ['an offset below zero', { fromOffset: '3:-1' }, 'write PARTITION:OFFSET, e.g. 3:1042'],
    ['partitions with a gap', { earliest: true, partitions: '0,,3' }, '--partitions "0,,3": write e.g. 0,3,5'],
    ['partitions by name', { earliest: true, partitions: 'all' }, '--partitions "all"'],
  ])('%s are refused', (_, options, said) => {
    expect(() => checkOptions(options)).toThrow(expect.objectContaining({ code: 'ESS_USAGE' }));
    expect(() => checkOptions(options)).toThrow(said);
  });
});

/** Two partitions of four records each, at 1,000 ms and each second after it; of the first one retention has taken two. */
function topicOf() {
  const topic = new FakeTopic(2);
  for (const partition of [0, 1])
    for (let index = 0; index < 4; index += 1)
      topic.add(partition, {
        records: [{ key: 'k', value: JSON.stringify({ eventId: `e${partition}${index}` }) }],
        timestampMs: 1_000 * (index + 1),
      });
  const [first] = topic.partitions;
  if (first) first.low = 2;
  return topic;
}

function lookUp(options: ReplayOptions, positions = [4, 3]) {
  const topic = topicOf();
  const view: GroupView = {
    state: 'Stable',
    members: [],
    partitions: topic.partitions.map(({ low, end }, partition) => ({
      partition,
      low,
      high: end,
      position: positions[partition] ?? 0,
      committed: true,
      metadata: undefined,
    })),
  };
  const admin = {
    fetchTopicOffsetsByTimestamp: async (_topic: string, ms = 0) =>
      topic.partitions.map(({ batches, low, end }, partition) => {
        const index = batches.findIndex(({ timestampMs }) => timestampMs >= ms);
        return { partition, offset: String(index < 0 ? end : Math.max(index, low)) };
      }),
  };
  const about = { topic: topic.name, reads: undefined, view };
  return findTargets(options, { kafka: topic.kafka, admin, codec: jsonCodec, ...about });
}

describe('targets', () => {
  const [whole0, whole1] = [
    { partition: 0, before: 4, target: 2, until: 4 },
    { partition: 1, before: 3, target: 0, until: 3 },
  ];
  test.each<[string, ReplayOptions, readonly object[]]>([
    ['the earliest is the log start of each partition', { earliest: true }, [whole0, whole1]],
    ['of one partition', { earliest: true, partitions: '1' }, [whole1]],
    ['of a partition that is named twice', { earliest: true, partitions: '1,1' }, [whole1]],
    [
      'what is in force moves nothing',
      { current: true },
      [
        { partition: 0, target: 4, until: 4 },
        { partition: 1, target: 3, until: 3 },
      ],
    ],
    [
      'a time is the first record at or after it, and never beyond the position',
      { since: '1970-01-01T00:00:03.500Z' },
      [
        { partition: 0, target: 3, until: 4 },
        { partition: 1, target: 3, until: 3 },
      ],
    ],
    [
      'until a time ends before its first record',
      { since: '1970-01-01T00:00:03Z', until: '1970-01-01T00:00:03.001Z' },
      [
        { partition: 0, target: 2, until: 3 },
        { partition: 1, target: 2, until: 3 },
      ],
    ],
    ['an offset is of its partition only', { fromOffset: '1:2' }, [{ partition: 1, target: 2, until: 3 }]],
    ['an event is where it is', { fromEvent: 'e03' }, [{ partition: 0, target: 3, until: 4 }]],
    [
      'an offset below the log start is the nearest, when that is asked for',
      { fromOffset: '0:0', clamp: true },
      [whole0],
    ],
  ])('%s', async (_, options, wanted) => {
    expect(await lookUp(options)).toMatchObject(wanted);
    expect(await lookUp(options)).toHaveLength(wanted.length);
  });

  test('a position that retention has passed counts as the log start', async () => {
    const before = { before: 2, target: 2, until: 2 };
    expect(await lookUp({ earliest: true, partitions: '0' }, [1, 3])).toMatchObject([before]);
  });

  test.each<[string, ReplayOptions, string]>([
    ['an event that is not there', { fromEvent: 'gone' }, 't holds no event "gone": it may have left retention'],
    ['an event that retention has taken', { fromEvent: 'e00' }, 't holds no event "e00"'],
    ['an offset that retention has taken', { fromOffset: '0:0' }, 'can be replayed from 2 to 4'],
    ['a time that retention has taken a part of', { since: '1970-01-01T00:00:01Z' }, 'retention has taken a part'],
    ['a partition that is not there', { earliest: true, partitions: '7' }, 't has no partition 7: it has 0 to 1'],
    ['an end before the beginning', { since: '1h', until: '2h' }, 'is not after --since'],
  ])('%s is refused', async (_, options, said) => {
    await expect(lookUp(options)).rejects.toThrow(expect.objectContaining({ code: 'ESS_USAGE' }));
    await expect(lookUp(options)).rejects.toThrow(said);
  });
});
