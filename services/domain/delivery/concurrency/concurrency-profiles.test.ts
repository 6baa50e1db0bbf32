// The limit against partners of many kinds, in virtual time: what it gets through, compared with the best limit that never changes.
// Chance has a seed, so each run is the same.
import { Chance } from '@ess/test/harness/chance.ts';
import { FULL } from '@ess/test/harness/results.ts';
import type { BusyProfile } from '@ess/test/harness/simulation/busy-partner.ts';
import { BusyPartner } from '@ess/test/harness/simulation/busy-partner.ts';
import { BUSY_PROFILES } from '@ess/test/harness/simulation/busy-profiles.ts';
import { expect, test } from '@jest/globals';
import { ConcurrencyLimit } from './concurrency-limit.ts';

const SEED = 2;
const CONSTANTS = [2, 4, 8, 16, 24, 32, 64];

function bestOf(profile: BusyProfile): number {
  const limits = CONSTANTS.filter((limit) => limit <= profile.ceiling);
  const served = limits.map((limit) =>
    new BusyPartner(profile, new Chance(SEED), { limit, answered: () => undefined }).run(),
  );
  return Math.max(...served);
}

test.each(BUSY_PROFILES.filter((_, index) => FULL || index % 2 === 0))(
  'a partner that $name gets at least nine tenths of what the best constant limit would',
  (profile) => {
    const limit = new ConcurrencyLimit({ ceiling: profile.ceiling });
    const served = new BusyPartner(profile, new Chance(SEED), limit).run();
    expect(served).toBeGreaterThanOrEqual(0.9 * bestOf(profile));
  },
);
