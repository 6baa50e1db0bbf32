import { describe, expect, test } from '@jest/globals';
import type { PartitionFacts, ReplayFrom, TargetRequest } from './replay-target.ts';
import { replayTargets } from './replay-target.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const FIRST = Date.parse('2026-11-20T00:00:00Z');
const FACTS: PartitionFacts[] = [
  { partition: 0, low: 100, position: 500, firstMs: FIRST },
  { partition: 1, low: 0, position: 40, firstMs: FIRST + 1_000 },
  { partition: 2, low: 0, position: 0, firstMs: undefined },
];

const since = (ms: number, offsets: ReadonlyArray<readonly [number, number]>): ReplayFrom => ({
  kind: 'since',
  ms,
  offsets: new Map(offsets),
});

function targets(from: ReplayFrom, more: Partial<TargetRequest> = {}) {
  const request = { topic: 'rules', from, until: undefined, partitions: undefined, clamp: false, nowMs: NOW, ...more };
  return replayTargets(FACTS, request).map(({ partition, target, until, cut }) => [partition, target, until, !!cut]);
}

test('since a time: from the first record at or after it to where the partner is', () => {
  const from = since(FIRST + 5_000, [
    [0, 200],
    [1, 60], // behind the position: nothing to replay
    [2, 0],
  ]);
  expect(targets(from)).toEqual([
    [0, 200, 500, false],
    [1, 40, 40, false],
    [2, 0, 0, false],
  ]);
});

test('until a time ends the range, and never after the position', () => {
  const until = { ms: NOW, offsets: new Map([[0, 300], [1, 900]]) }; // biome-ignore format: pairs
  expect(targets({ kind: 'earliest' }, { until, partitions: [0, 1] })).toEqual([
    [0, 100, 300, false],
    [1, 0, 40, false],
  ]);
});

test('every rule in force moves no position', () => {
  expect(targets({ kind: 'current' })).toEqual([
    [0, 500, 500, false],
    [1, 40, 40, false],
    [2, 0, 0, false],
  ]);
});

describe('what is out of range is refused with the valid range', () => {
  const before = since(FIRST - 86_400_000, [
    [0, 100],
    [1, 0],
  ]);

  test.each<[string, ReplayFrom, Partial<TargetRequest>, string]>([
    ['older than retention', before, {}, '2026-11-20T00:00:00.000Z'],
    [
      'in the future',
      since(NOW + 60_000, []),
      {},
      'is in the future: rules holds records from 2026-11-20T00:00:00.000Z',
    ],
    ['an offset below the log', { kind: 'offset', partition: 0, offset: 99 }, {}, 'from 100 to 500'],
    ['an offset above the position', { kind: 'offset', partition: 0, offset: 501 }, {}, 'from 100 to 500'],
    [
      'a partition that is not there',
      { kind: 'earliest' },
      { partitions: [7] },
      'rules has no partition 7: it has 0 to 2',
    ],
    ['an end before the start', since(FIRST, []), { until: { ms: FIRST, offsets: new Map() } }, 'is not after --since'],
  ])('%s', (_name, from, more, message) => {
    expect(() => targets(from, more)).toThrow(message);
  });

  test('or clamped when that is asked for, and the cut is shown', () => {
    expect(targets(before, { clamp: true })).toEqual([
      [0, 100, 500, true],
      [1, 0, 40, false], // the log has lost nothing
      [2, 0, 0, false],
    ]);
    expect(targets({ kind: 'offset', partition: 0, offset: 7 }, { clamp: true })).toEqual([[0, 100, 500, true]]);
  });
});
