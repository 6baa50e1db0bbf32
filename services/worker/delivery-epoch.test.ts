import { encodeMetadata } from '@ess/domain/commit-metadata.ts';
import type { Group } from '@ess/stream/group.ts';
import { expect, test } from '@jest/globals';
import { DeliveryEpoch } from './delivery-epoch.ts';
import type { Owner } from './owner.ts';

const CRASHED = encodeMetadata(5, {
  settled: [],
  attempts: [],
  clean: false,
  committedAtMs: 1_000,
  epochStartedAtMs: 900,
  worker: 'crashed',
});

/** An assignment of partition 0 at offset 5; `recovery` is when the audit rows of the crashed owner have been read. */
function assign(recovery: Promise<void>, metadata: string | null) {
  const commits: Array<{ partition: number; offset: number }> = [];
  const group = {
    ownedForMs: 10_000,
    partitionCount: 1,
    isPaused: () => false,
    highWatermark: () => 5,
    commit: async (offsets: typeof commits) => void commits.push(...offsets),
  } as unknown as Group;
  const log = { info: () => {}, debug: () => {}, warn: () => {}, error: () => {} };
  const owner = {
    name: 'hospital',
    log,
    ledger: { states: { flush: async () => {} }, newest: { load: () => {} } },
    breaker: { isOpen: false },
    rate: {},
    concurrency: { limit: 1 },
    connector: { source: { topic: 'rules' }, deliver: { timeoutMs: 5_000, catchUp: 'every' } },
    shared: { workerId: 'us', sessionTimeoutMs: 10_000, recover: () => recovery },
  } as unknown as Owner;
  const epoch = new DeliveryEpoch(owner, group, { onAssigned: () => {}, onReplayOver: () => {} });
  return { epoch, commits, assigned: epoch.assigned([{ partition: 0, position: 5, metadata }]) };
}

test('an assignment that ends before its recovery was through commits nothing, also when the recovery ends later', async () => {
  const recovery = Promise.withResolvers<void>();
  const { epoch, commits, assigned } = assign(recovery.promise, CRASHED);
  await epoch.revoke();
  recovery.resolve();
  await assigned;
  expect(commits).toEqual([]);
});

test('one that is through commits at its start, before anything is sent, and again at its end', async () => {
  const { epoch, commits, assigned } = assign(Promise.resolve(), CRASHED);
  await assigned;
  expect(commits).toMatchObject([{ partition: 0, offset: 5 }]);
  await epoch.revoke();
  expect(commits).toHaveLength(2);
});

test('an offset that another tool has moved carries no metadata: nothing is recovered, it is obeyed', async () => {
  const never = new Promise<void>(() => {});
  const { epoch, commits, assigned } = assign(never, null);
  await assigned;
  expect(commits).toMatchObject([{ partition: 0, offset: 5 }]);
  await epoch.revoke();
});
