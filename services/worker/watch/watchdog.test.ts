import { createLog } from '@ess/runtime/log/log.ts';
import { workerMetrics } from '@ess/runtime/metrics/worker-metrics.ts';
import { expect, test } from '@jest/globals';
import type { WatchedPartition } from './watchdog.ts';
import { Watchdog } from './watchdog.ts';

const STILL_MS = 60_000;
const STEP_MS = 5_000;

/** Looks every 5 s for so long at what `state` says; @returns how often the consumer was started anew, and stalls told. */
function kennel() {
  const metrics = workerMetrics();
  const dog = new Watchdog(createLog('test', { level: 'silent' }), metrics);
  let nowMs = 0;
  let restarts = 0;
  const restart = async () => {
    restarts += 1;
  };
  return {
    async watch(forMs: number, state: (nowMs: number) => { waits?: boolean; partitions: WatchedPartition[] }) {
      for (const until = nowMs + forMs; nowMs <= until; nowMs += STEP_MS)
        dog.look({ name: 'p', stillMs: STILL_MS, waits: false, restart, ...state(nowMs) }, nowMs);
      const { values } = await metrics.stalls.get();
      return { restarts, stalls: values[0]?.value ?? 0 };
    },
  };
}

const still = (position = 5, lag = 3, activity = position) => ({
  partitions: [{ partition: 0, lag, activity, position }],
});

test('a partition with records to settle that stands still is told once, and its consumer started anew once', async () => {
  const { watch } = kennel();
  expect(await watch(STILL_MS - STEP_MS, () => still())).toEqual({ restarts: 0, stalls: 0 });
  expect(await watch(10 * STILL_MS, () => still())).toEqual({ restarts: 1, stalls: 1 });
});

test('if it stands still again at the same position it is told again and not started anew; after progress it is', async () => {
  const { watch } = kennel();
  await watch(2 * STILL_MS, () => still());
  await watch(STEP_MS, () => still(5, 3, 0)); // the new assignment
  expect(await watch(2 * STILL_MS, () => still())).toEqual({ restarts: 1, stalls: 2 });
  await watch(STEP_MS, () => still(6));
  expect(await watch(2 * STILL_MS, () => still(6))).toEqual({ restarts: 2, stalls: 3 });
});

test.each([
  { why: 'it is held', state: () => ({ ...still(), waits: true }) },
  { why: 'there is nothing to settle', state: () => still(5, 0) },
  { why: 'its record is tried again and again', state: (nowMs: number) => still(5, 3, nowMs) },
  { why: 'it has come and gone', state: (nowMs: number) => (nowMs % 20_000 === 0 ? { partitions: [] } : still()) },
])('no alarm while $why', async ({ state }) => {
  expect(await kennel().watch(10 * STILL_MS, state)).toEqual({ restarts: 0, stalls: 0 });
});
