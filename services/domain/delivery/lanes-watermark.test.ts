// Nothing lost, order per rule, one bad rule stalls no other (G1 to G3), where they are made: Lanes, Watermark and the commit metadata, driven as the worker
// drives them, in a model of a consumer group with virtual time (test/model/model-group.ts). The model throws at the very
// call that breaks a promise; a failure prints the plan, and the plan's seed repeats the run exactly.
import { ModelGroup } from '@ess/test/model/model-group.ts';
import type { ModelStats, Plan } from '@ess/test/model/model-world.ts';
import { Broken } from '@ess/test/model/model-world.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

const share = (max: number) => fc.integer({ min: 0, max: 100 }).map((percent) => (percent / 100) * max);

const plans: fc.Arbitrary<Plan> = fc.record({
  seed: fc.integer(),
  partitions: fc.integer({ min: 1, max: 5 }),
  keys: fc.integer({ min: 1, max: 12 }),
  records: fc.integer({ min: 0, max: 120 }),
  members: fc.integer({ min: 1, max: 4 }),
  concurrency: fc.integer({ min: 1, max: 6 }),
  failures: share(0.6),
  poison: share(0.3),
  skipped: share(0.3),
  outages: fc.integer({ min: 0, max: 3 }),
  rebalances: fc.integer({ min: 0, max: 8 }),
  crashes: fc.integer({ min: 0, max: 6 }),
});

const QUIET: Plan = {
  seed: 1,
  partitions: 2,
  keys: 6,
  records: 80,
  members: 2,
  concurrency: 3,
  failures: 0,
  poison: 0,
  skipped: 0,
  outages: 0,
  rebalances: 0,
  crashes: 0,
};

function check(plan: Plan): ModelStats {
  const group = new ModelGroup(plan);
  const stats = group.run();
  expect(group.world.log.flat().filter(({ settled }) => !settled)).toEqual([]);
  for (const [key, sent] of group.world.firstSends) {
    const published = group.world.byKey.get(key)!.filter(({ kind }) => kind !== 'poison');
    expect(sent.map(({ offset }) => offset)).toEqual(published.map(({ offset }) => offset));
  }
  return stats;
}

describe('through latencies, failures, holds, rebalances and crashes', () => {
  test('a key never overtakes nor overlaps itself, no commit passes an unsettled record, and every record settles', () => {
    const seen: Partial<Record<keyof ModelStats, number>> = {};
    fc.assert(
      fc.property(plans, (plan) => {
        for (const [name, count] of Object.entries(check(plan)) as Array<[keyof ModelStats, number]>)
          seen[name] = (seen[name] ?? 0) + count;
      }),
      { numRuns: 250 },
    );
    // The runs did meet what the promise is about.
    for (const name of ['repeats', 'probes', 'holds', 'retries', 'cuts', 'crashes', 'handedOver'] as const)
      expect([name, seen[name]]).toEqual([name, expect.any(Number)]);
    expect(Object.values(seen).every((count) => count > 50)).toBe(true);
  });

  test('undisturbed, nothing is sent twice', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { repeats } = check({ ...plan, crashes: 0, rebalances: 0, failures: 0, outages: 0 });
        expect(repeats).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});

test('the same seed gives the same run', () => {
  const plan = { ...QUIET, failures: 0.3, outages: 2, rebalances: 4, crashes: 2 };
  expect(check(plan)).toEqual(check(plan));
});

test('the model notices a group that cannot come to its end', () => {
  expect(() => new ModelGroup({ ...QUIET, concurrency: 0 }).run()).toThrow(Broken);
});
