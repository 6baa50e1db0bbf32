import { expect, test } from '@jest/globals';
import type { CommitMetadata, OwnerHealth } from './commit-metadata.ts';
import type { LagTrend } from './lag-trend.ts';
import { lagTrend, PositionHistory, sampleOf, TREND_MS } from './lag-trend.ts';

const NOW = 1_795_000_000_000;
const MINUTE = 60_000;

test('an owner says where it was five minutes ago, or when it began', () => {
  const history = new PositionHistory();
  const said = Array.from({ length: 121 }, (_, at) => history.note(NOW + at * 5_000, at));
  expect(said[0]).toEqual({ atMs: NOW, position: 0 });
  expect(said[60]).toEqual({ atMs: NOW, position: 0 });
  expect(said[119]).toEqual({ atMs: NOW + 270_000, position: 54 });
  expect(said[120]).toEqual({ atMs: NOW + 300_000, position: 60 });
});

test('it takes over what the owner before it had said, and forgets what is from long ago', () => {
  const before = { atMs: NOW - 4 * MINUTE, position: 7 };
  expect(new PositionHistory(before).note(NOW, 9)).toEqual(before);
  const longAgo = { atMs: NOW - 60 * MINUTE, position: 7 };
  expect(new PositionHistory(longAgo).note(NOW, 9)).toEqual({ atMs: NOW, position: 9 });
});

const said = (more: Partial<OwnerHealth>): CommitMetadata => ({
  ...{ settled: [], attempts: [], clean: false, committedAtMs: NOW - 1_000, epochStartedAtMs: NOW - MINUTE },
  worker: 'w1',
  health: { movedAtMs: NOW - 1_000, settledPerSecond: 1, capacityPerSecond: 1, ...more },
});

test.each<[string, CommitMetadata | undefined, object | undefined]>([
  ['as its owner says', said({ before: { atMs: NOW - TREND_MS, position: 3 } }), { atMs: NOW - TREND_MS, position: 3 }],
  ['an owner that has just begun', said({ before: { atMs: NOW - 5_000, position: 3 } }), undefined],
  ['an owner of an earlier version', said({}), undefined],
  ['nothing has moved for long', said({ movedAtMs: NOW - TREND_MS }), { atMs: NOW - TREND_MS, position: 9 }],
  [
    'its workers ended an hour ago',
    said({ movedAtMs: NOW - 60 * MINUTE, before: { atMs: NOW - 65 * MINUTE, position: 3 } }),
    { atMs: NOW - TREND_MS, position: 9 },
  ],
  ['nobody has ever committed', undefined, undefined],
])('where a partition was: %s', (_, metadata, sample) => {
  expect(sampleOf({ position: 9, metadata }, NOW)).toEqual(sample);
});

test.each<[number, number[], LagTrend['direction']]>([
  [0, [0, 0], 'steady'],
  [5, [0, 0], 'steady'],
  [6, [0, 0], 'growing'],
  [1_000, [500, 450], 'steady'],
  [1_000, [500, 300], 'growing'],
  [0, [500, 300], 'shrinking'],
])('%d records that wait where %j waited: %s', (now, then, direction) => {
  const before = then.map((lag, index) => ({ atMs: NOW - (index + 1) * MINUTE, lag }));
  expect(lagTrend(now, before, NOW)).toEqual({ direction, recordsThen: then[0]! + then[1]!, seconds: 120 });
});

test('of a partner with one partition of which nothing is known no trend is told', () => {
  expect(lagTrend(5, [{ atMs: NOW - MINUTE, lag: 1 }, undefined], NOW)).toBeNull();
  expect(lagTrend(0, [], NOW)).toBeNull();
});
