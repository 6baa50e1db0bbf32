import { expect, test } from '@jest/globals';
import type { Item } from '../item/item.ts';
import type { PartnerContext } from '../partner-context.ts';
import { Leaving } from './leaving.ts';
import type { PartitionIntake } from './partition-intake.ts';

const item = (ruleId: string, version: number) =>
  ({ ruleId, version, key: ruleId, partition: 0, leaving: 'no' }) as Item;
const intake = { partition: 0 } as PartitionIntake;

function leavingOf() {
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
  } as unknown as PartnerContext;
  const leaving = new Leaving(owner, {
    changed: (partition) => changed.push(partition),
    partitions: () => [0],
    later: (_waitMs, then) => void setImmediate(then),
  });
  return { leaving, inForce, changed };
}

test('a first version has left nothing: it is skipped, and nothing is read for it', () => {
  const { leaving, inForce } = leavingOf();
  expect([leaving.ask(intake, item('r', 1), false), inForce.reads]).toEqual(['skip', 0]);
});

test('until it is known what the partner has the partition waits, also while it cannot be read', async () => {
  const { leaving, inForce, changed } = leavingOf();
  inForce.fails = 2;
  expect(leaving.ask(intake, item('had', 2), false)).toBe('wait');
  expect([leaving.holds(0), changed]).toEqual([true, [0]]);
  while (leaving.holds(0)) await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect([inForce.reads, changed]).toEqual([3, [0, 0]]);
  expect(leaving.ask(intake, item('had', 2), false)).toBe('lane');
  expect(leaving.ask(intake, item('other', 2), false)).toBe('skip');
});

test('behind a version that is still on its way it goes through the lane, and is judged at its turn', () => {
  const { leaving, inForce } = leavingOf();
  inForce.known = new Set();
  const [acked, parked] = [item('acked', 2), item('parked', 2)];
  for (const one of [acked, parked]) {
    expect(leaving.ask(intake, one, true)).toBe('lane');
    Object.assign(one, { leaving: 'maybe' });
  }
  inForce.known.add('acked');
  expect([leaving.turnOf(acked), leaving.turnOf(parked), leaving.turnOf(item('usual', 3))]).toEqual([
    'send',
    'skip',
    'send',
  ]);
  expect([acked.leaving, parked.leaving]).toEqual(['yes', 'no']);
});
