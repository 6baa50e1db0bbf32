import { itemOf } from '@ess/test/harness/data/partner.ts';
import { expect, test } from '@jest/globals';
import { ScopeExits } from './scope-exits.ts';

const item = (ruleId: string, version: number) => itemOf({ ruleId, version, key: ruleId });
const intake = { partition: 0 };

function scopeExitsOf() {
  const inForce = { known: undefined as Set<string> | undefined, fails: 0, reads: 0, isBlind: false };
  const changed: number[] = [];
  const owner = {
    connector: { source: { version: 'version' } },
    log: { warn: () => {} },
    ledger: {
      inForce: {
        has: (_partition: number, rule: string) => inForce.known?.has(rule),
        learn: async () => {
          inForce.reads += 1;
          if (inForce.fails-- > 0) throw new Error('Kafka is away');
          inForce.known = new Set(['had']);
        },
        get isBlind() {
          return inForce.isBlind;
        },
      },
    },
  };
  const scopeExits = new ScopeExits(owner, {
    changed: (partition) => changed.push(partition),
    partitions: () => [0],
    later: (_waitMs, then) => void setImmediate(then),
  });
  return { scopeExits, inForce, changed };
}

test('a first version has left nothing: it is skipped, and nothing is read for it', () => {
  const { scopeExits, inForce } = scopeExitsOf();
  expect([scopeExits.ask(intake, item('r', 1), false), inForce.reads]).toEqual(['skip', 0]);
});

test('until it is known what the partner has the partition waits, also while it cannot be read', async () => {
  const { scopeExits, inForce, changed } = scopeExitsOf();
  inForce.fails = 2;
  expect(scopeExits.ask(intake, item('had', 2), false)).toBe('wait');
  expect([scopeExits.holds(0), changed]).toEqual([true, [0]]);
  while (scopeExits.holds(0)) await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect([inForce.reads, changed]).toEqual([3, [0, 0]]);
  expect(scopeExits.ask(intake, item('had', 2), false)).toBe('lane');
  expect(scopeExits.ask(intake, item('other', 2), false)).toBe('skip');
});

test('behind a version that is still on its way it goes through the lane, and is judged at its turn', () => {
  const { scopeExits, inForce } = scopeExitsOf();
  inForce.known = new Set();
  const [acked, parked] = [item('acked', 2), item('parked', 2)];
  for (const one of [acked, parked]) {
    expect(scopeExits.ask(intake, one, true)).toBe('lane');
    Object.assign(one, { scopeExit: 'maybe' });
  }
  inForce.known.add('acked');
  expect([scopeExits.decide(acked), scopeExits.decide(parked), scopeExits.decide(item('usual', 3))]).toEqual([
    'send',
    'skip',
    'send',
  ]);
  expect([acked.scopeExit, parked.scopeExit]).toEqual(['yes', 'no']);
});
