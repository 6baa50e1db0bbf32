import { proposalDigest } from '@ess/domain/control/approval.ts';
import { checkCommand } from '@ess/domain/control/control-check.ts';
import { ControlState, controlKey, makeCommand } from '@ess/domain/control/control-state.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { expect, jest, test } from '@jest/globals';
import { ProposalClock } from './proposal-clock.ts';

function proposed(id: string, partner: string, expiresAt: number): Command {
  const redrive = {
    ...{ reason: null, ruleId: null, sinceMs: null, untilMs: null, limit: null, force: false },
    ...{ topic: 'rules', partitions: [0], letters: [] },
  };
  const command = makeCommand({ id, partner, kind: 'proposed', by: 'anna@ops', redrive }, 0);
  const proposal = { kind: 'drop' as const, expiresAt, records: 0, connector: null };
  return { ...command, proposal: { ...proposal, digest: proposalDigest(command, proposal) } };
}

function fold(commands: readonly Command[]): ControlState {
  const state = new ControlState();
  for (const command of commands) state.apply(command);
  return state;
}

test('an approval that comes late stays late after compaction, however many workers say it, and however long the id is', () => {
  const one = proposed('p'.repeat(128), 'hospital', 1_000);
  const state = new ControlState();
  const records: Command[] = [];
  const give = (...commands: readonly Command[]) => {
    for (const command of commands) expect(checkCommand(controlKey(command), command)).toEqual({ command });
    for (const command of commands) state.apply(command);
    records.push(...commands);
  };
  give(one);
  const expiry = (by: string): Command[] => {
    const waits = fold([one]);
    const said: Command[] = [];
    new ProposalClock({ state: waits, write: async (commands) => void said.push(...commands) }, by, () => true).look(
      1_000,
    );
    return said;
  };
  give(...expiry('worker-1'));
  const { id: of, partner, proposal } = one;
  // Its clock is behind.
  give(makeCommand({ id: 'y', partner, kind: 'approved', by: 'ben@ops', of, proposal }, 995));
  give(...expiry('worker-2'));
  const newest = new Map(records.map((record) => [controlKey(record), record]));
  const compacted = records.filter((record) => newest.get(controlKey(record)) === record);
  expect([state, fold(compacted)].map((read) => read.find(of)?.status)).toEqual(['expired', 'expired']);
});

test('what nobody approved in time is put on record as expired, once its time is over; of other partners a minute later', () => {
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
    expect(state.find('p')?.expiry).toMatchObject({ by: 'worker-1', at: 1_000 });
    jest.advanceTimersByTime(1_000);
    expect(statuses()).toEqual(['expired', 'expired', 'proposed']);
    jest.advanceTimersByTime(58_999);
    expect(statuses()).toEqual(['expired', 'expired', 'proposed']);
    jest.advanceTimersByTime(1);
    expect(statuses()).toEqual(['expired', 'expired', 'expired']);
    clock.end();
  } finally {
    jest.useRealTimers();
  }
});

test('an expiry is written once, however many commands come before it is back, and again when the write fails', async () => {
  const state = new ControlState();
  const ids = ['p', 'q', 'r'];
  for (const id of ids) state.apply(proposed(id, 'hospital', 1_000));
  const written: Command[] = [];
  let fails = true;
  const write = async (commands: readonly Command[]) => {
    if (fails) throw new Error('the topic cannot be written');
    written.push(...commands);
  };
  const clock = new ProposalClock({ state, write }, 'worker-1', () => true);
  clock.look(1_000);
  await new Promise((resolve) => setImmediate(resolve)); // the write has failed
  fails = false;
  clock.look(1_000);
  for (let at = 0; at < written.length && at < 100; at += 1) {
    state.apply(written[at] as Command);
    clock.look(1_000); // as the worker does after each command
  }
  expect(written.map(({ of }) => of)).toEqual(ids);
  expect(ids.map((id) => state.find(id)?.status)).toEqual(['expired', 'expired', 'expired']);
});
