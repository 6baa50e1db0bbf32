import type { CommandState } from '@ess/domain/control/control-state.ts';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ApprovalGate } from './gate.ts';

const command = makeCommand({ id: 'a', partner: 'hospital', kind: 'replay', by: 'anna@ops' });
const approval = makeCommand({ id: 'y', partner: 'hospital', kind: 'approved', by: 'ben@ops', of: 'a' });
const nothing = { stop: undefined, refusedFor: undefined, expiry: undefined, progress: new Map() };
const order = (given?: typeof approval): CommandState => ({ command, status: 'running', approval: given, ...nothing });

function gateOf(limit: number, records: number | Error, critical?: true) {
  let counted = 0;
  const size = async () => {
    counted += 1;
    if (records instanceof Error) throw records;
    return records;
  };
  const gate = new ApprovalGate({ limit, size }, () => ({ partner: 'hospital', ...(critical && { critical }) }));
  return { gate, counted: () => counted };
}

test('what is too large, or of a critical partner, runs only when it is approved; whatever the command says of itself', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(200),
      fc.nat(200),
      fc.boolean(),
      fc.boolean(),
      async (limit, records, isCritical, isApproved) => {
        const { gate } = gateOf(limit, records, isCritical || undefined);
        const why = await gate.refusal(order(isApproved ? approval : undefined));
        expect(why === undefined).toBe(isApproved || (!isCritical && records <= limit));
        expect(gate.refused('a')).toBe(why);
      },
    ),
  );
});

test('a refusal says why, and what to do', async () => {
  const remedy = 'nobody has approved it: give it with --propose, and let somebody else approve it';
  expect(await gateOf(5, 6).gate.refusal(order())).toBe(
    `6 records are more than the 5 that one person may order: ${remedy}`,
  );
  expect(await gateOf(5, 0, true).gate.refusal(order())).toBe(`hospital is critical: ${remedy}`);
});

describe('what was approved runs', () => {
  const replay = { topic: 'rules', partitions: [], key: null, newIds: false, ratePerSecond: null };
  const shown = (records: number, current: boolean): CommandState => {
    const proposal = { kind: 'replay' as const, digest: '', expiresAt: 1, records, connector: null };
    return { ...order(approval), command: { ...command, proposal, replay: { ...replay, current } } };
  };
  test.each<[string, number, boolean, number, true | undefined, string | undefined]>([
    ['as large as it was shown', 10, false, 10, true, undefined],
    ['not larger', 10, false, 11, undefined, '11 records are more than the 10 that were approved: propose it anew'],
    ['with a tenth more rules in force', 100, true, 110, true, undefined],
    ['not with more', 100, true, 111, undefined, '111 records are more than the 110 that were approved'],
  ])('%s', async (_, records, current, counted, critical, why) => {
    const said = await gateOf(5, counted, critical).gate.refusal(shown(records, current));
    expect(said).toEqual(why === undefined ? undefined : expect.stringContaining(why));
  });
});

test('nothing is counted without a limit, or for a critical partner; once for each order; again while Kafka is away', async () => {
  const free = gateOf(Number.POSITIVE_INFINITY, 10);
  expect([await free.gate.refusal(order()), free.counted()]).toEqual([undefined, 0]);
  const critical = gateOf(5, 10, true);
  expect([await critical.gate.refusal(order()), critical.counted()]).toEqual([expect.any(String), 0]);
  const limited = gateOf(5, 10);
  await limited.gate.refusal(order());
  await limited.gate.refusal(order());
  expect(limited.counted()).toBe(1);
  const away = gateOf(5, new Error('no broker'));
  await expect(away.gate.refusal(order())).rejects.toThrow('no broker');
  await expect(away.gate.refusal(order())).rejects.toThrow('no broker');
  expect(away.gate.refused('a')).toBeUndefined();
});

test('of very many that are over the oldest is forgotten, and what is asked for again never', async () => {
  const { gate, counted } = gateOf(5, 10);
  const decide = (id: string) => gate.refusal({ ...order(), command: { ...command, id } });
  await decide('runs');
  for (let index = 0; index < 2_000; index += 1) {
    await decide(`over-${index}`);
    await decide('runs');
  }
  expect(counted()).toBe(2_001);
  expect([gate.refused('over-0'), gate.refused('over-1999'), gate.refused('runs')]).toEqual([
    undefined,
    expect.any(String),
    expect.any(String),
  ]);
});
