import { proposalDigest } from '@ess/domain/control/approval.ts';
import { ControlState, makeCommand } from '@ess/domain/control/control-state.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { expect, jest, test } from '@jest/globals';
import { ProposalClock } from './proposal-clock.ts';

function proposed(id: string, partner: string, expiresAt: number): Command {
  const redrive = {
    ...{ reason: null, ruleId: null, sinceMs: null, untilMs: null, limit: null, force: false },
    ...{ topic: 'rules', partitions: [0], letters: [] },
  };
  const command = makeCommand({ id, partner, kind: 'proposed', by: 'anna@ops', redrive }, 0);
  const proposal = { kind: 'drop' as const, expiresAt, records: 0 };
  return { ...command, proposal: { ...proposal, digest: proposalDigest(command, proposal) } };
}

test('what nobody approved in time is put on record as expired, once its time is over; of other partners nothing', () => {
  jest.useFakeTimers({ now: 0 });
  try {
    const state = new ControlState();
    const given = [proposed('p', 'hospital', 1_000), proposed('q', 'hospital', 2_000), proposed('r', 'ems', 1_000)];
    for (const command of given) state.apply(command);
    const write = async (commands: readonly Command[]) => {
      for (const command of commands) expect(state.apply(command)).toBeUndefined();
    };
    const clock = new ProposalClock({ state, write }, 'worker-1', (partner) => partner === 'hospital');
    const statuses = () => ['p', 'q', 'r'].map((id) => state.find(id)?.status);
    clock.look();
    jest.advanceTimersByTime(999);
    expect(statuses()).toEqual(['proposed', 'proposed', 'proposed']);
    jest.advanceTimersByTime(1);
    expect(statuses()).toEqual(['expired', 'proposed', 'proposed']);
    expect(state.find('p')?.expiry).toMatchObject({ id: 'p.expired', by: 'worker-1', at: 1_000 });
    jest.advanceTimersByTime(1_000);
    expect(statuses()).toEqual(['expired', 'expired', 'proposed']);
    clock.end();
  } finally {
    jest.useRealTimers();
  }
});
