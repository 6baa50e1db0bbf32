import type { CommitMetadata } from '@ess/domain/control/commit-metadata.ts';
import { decodeMetadata, encodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import { expect, test } from '@jest/globals';
import type { Item } from '../item/item.ts';
import { makeItem } from '../item/item.ts';
import { PartitionIntake } from './partition-intake.ts';

const BEFORE: CommitMetadata = {
  ...{ settled: [], attempts: [], clean: true, committedAtMs: 9_000, epochStartedAtMs: 8_000, worker: 'w-before' },
};

/** An intake that starts at 100, after an owner who left this. */
const after = (more: Partial<CommitMetadata> = {}): PartitionIntake =>
  new PartitionIntake({ partition: 4, position: 100, metadata: encodeMetadata(100, { ...BEFORE, ...more }) });

/** Takes records in as an assignment does. */
function take(intake: PartitionIntake, ...offsets: number[]): Item[] {
  return offsets.map((offset) => {
    const record = { partition: 4, offset, key: null, value: null, timestampMs: offset * 10, bytes: 0, headers: {} };
    const attempts = intake.attemptsUsed(offset);
    const open = makeItem(record, { ok: true, record: {} }, { topic: 't' }, `id-${offset}`, attempts);
    intake.watermark.take(offset, record.timestampMs);
    intake.opened(open);
    return open;
  });
}

const HEALTH = { settledPerSecond: 1, capacityPerSecond: 2 };
/** What a commit says of the owner. */
const healthOf = (intake: PartitionIntake) => {
  const { offset, metadata } = intake.commit('w-now', 9_500, false, HEALTH);
  return decodeMetadata(offset, metadata)?.health;
};

test('what is tried again, since when and why, until it is through', () => {
  const intake = after();
  const [first, second] = take(intake, 100, 101);
  expect(healthOf(intake)?.retrying).toBeUndefined();
  intake.attempted(first!, 'status-503');
  const { sinceMs } = healthOf(intake)?.retrying ?? {};
  expect(sinceMs).toBeLessThanOrEqual(Date.now());
  intake.attempted(second!, 'ECONNRESET');
  expect(healthOf(intake)?.retrying).toEqual({ sinceMs, reason: 'ECONNRESET' });
  intake.settled(first!);
  expect(healthOf(intake)?.retrying).toEqual({ sinceMs, reason: 'ECONNRESET' });
  intake.settled(second!);
  expect(healthOf(intake)?.retrying).toBeUndefined();
});

test('since when a record is tried again also where an earlier owner had begun', () => {
  const retrying = { sinceMs: 7_000, reason: 'status-503' };
  const intake = after({ attempts: [[100, 2]], health: { ...HEALTH, movedAtMs: 6_000, retrying } });
  const [first] = take(intake, 100);
  expect(healthOf(intake)?.retrying).toEqual(retrying);
  intake.attempted(first!, 'status-500');
  expect(healthOf(intake)?.retrying).toEqual({ sinceMs: 7_000, reason: 'status-500' });
  // What an earlier owner has left behind without an open record says nothing of the next one that fails.
  const over = after({ health: { ...HEALTH, movedAtMs: 6_000, retrying } });
  const [next] = take(over, 100);
  expect(healthOf(over)?.retrying).toBeUndefined();
  over.attempted(next!, 'status-500');
  expect(healthOf(over)?.retrying?.sinceMs).toBeGreaterThan(7_000);
});

test('where the position was when the owner began, or an earlier one says', () => {
  const intake = after();
  expect(healthOf(intake)?.before).toEqual({ atMs: expect.any(Number), position: 100 });
  const before = { atMs: Date.now() - 60_000, position: 40 };
  expect(healthOf(after({ health: { ...HEALTH, movedAtMs: 6_000, before } }))?.before).toEqual(before);
});
