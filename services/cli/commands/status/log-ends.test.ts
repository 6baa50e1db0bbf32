import type { OwnerHealth } from '@ess/domain/control/commit-metadata.ts';
import type { PartitionView } from '@ess/stream/group/group-view.ts';
import { expect, test } from '@jest/globals';
import { lookBack } from './log-ends.ts';

const NOW = 1_795_000_000_000;

/** A topic that gets a record a second in each partition: at `NOW` it ends at 1,000. */
const admin = {
  fetchTopicOffsetsByTimestamp: async (_: string, ms = NOW) =>
    [0, 1].map((partition) => ({ partition, offset: String(Math.min(1_000, 1_000 - Math.floor((NOW - ms) / 1_000))) })),
};

function partition(number: number, position: number, health?: Partial<OwnerHealth>): PartitionView {
  const said = { movedAtMs: NOW, settledPerSecond: 1, capacityPerSecond: 1, ...health };
  return {
    ...{ partition: number, low: 0, high: 1_000, position, committed: true },
    metadata: {
      ...{ settled: [], attempts: [], clean: false, committedAtMs: NOW, epochStartedAtMs: NOW, worker: 'w' },
      health: said,
    },
  };
}

test('what waited then is what was published by then and lay behind the position of then', async () => {
  const { lags, arrivingPerSecond } = await lookBack(
    admin,
    'rules',
    [
      partition(0, 990, { before: { atMs: NOW - 240_000, position: 500 } }),
      partition(1, 400, { movedAtMs: NOW - 900_000 }),
    ],
    NOW,
  );
  expect(lags.get(0)).toEqual({ atMs: NOW - 240_000, lag: 260 });
  expect(lags.get(1)).toEqual({ atMs: NOW - 300_000, lag: 300 });
  expect(arrivingPerSecond).toBe(2);
});

test('an owner that has just begun, and a position of another log, say nothing of then', async () => {
  const just = partition(0, 990, { before: { atMs: NOW - 1_000, position: 500 } });
  const { lags } = await lookBack(admin, 'rules', [just, { ...partition(1, 1_001, { movedAtMs: 0 }) }], NOW);
  expect([...lags]).toEqual([]);
});
