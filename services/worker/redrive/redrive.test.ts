import { letterCount } from '@ess/domain/control/approval.ts';
import { ControlState, makeCommand } from '@ess/domain/control/control-state.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { makePartner } from '@ess/test/harness/data/partner.ts';
import { expect, test } from '@jest/globals';
import { Redrive } from './redrive.ts';

test('an order that is larger than one person may give is refused, and says why', async () => {
  const state = new ControlState();
  const written: Command[] = [];
  const write = async (commands: readonly Command[]) => {
    written.push(...commands);
    for (const command of commands) state.apply(command);
  };
  const { partner } = makePartner({
    shared: { control: { state, write }, approval: { limit: 1, size: async ({ command }) => letterCount(command) } },
  });
  const nowhere = { decide: () => 'send' as const, push() {}, add() {} };
  const into = { partitions: () => [0], scopeExits: nowhere, lanes: nowhere, rows: nowhere };
  const redrive = new Redrive(partner, into);
  const selected = { reason: null, ruleId: null, sinceMs: null, untilMs: null, limit: 1, force: false };
  const letters = [{ partition: 0, offsets: [1, 2], times: [0, 0] }];
  for (const kind of ['redrive', 'drop'] as const) {
    const order = { ...selected, topic: 'rules', partitions: [0], letters };
    state.apply(makeCommand({ id: kind, partner: 'hospital', kind, by: 'anna@ops', redrive: order }));
    // A worker with other settings had begun.
    const begun = { partition: 0, state: 'running' as const, before: null, target: null, until: null };
    const progress = { ...begun, records: 4, failed: 3, passed: 2, detail: null, refused: false };
    state.apply(makeCommand({ id: kind, partner: 'hospital', kind: 'progress', by: 'worker-1', progress }));
    redrive.wake();
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(state.find(kind)?.status).toBe('refused');
    expect(state.find(kind)?.progress.get(0)).toMatchObject({ records: 4, failed: 3, passed: 2 });
  }
  expect(written.map(({ progress }) => progress?.detail)).toEqual([
    expect.stringContaining('2 records are more than the 1 that one person may order'),
    expect.stringContaining('2 records are more than the 1 that one person may order'),
  ]);
});

test('a command that comes in one batch behind another is carried out', async () => {
  const state = new ControlState();
  const written: Command[] = [];
  const write = async (commands: readonly Command[]) => {
    written.push(...commands);
    for (const command of commands) state.apply(command);
  };
  const { partner } = makePartner({ shared: { control: { state, write } } });
  const into = {
    partitions: () => [0],
    scopeExits: { decide: () => 'send' as const },
    lanes: { push() {} },
    rows: { add() {} },
  };
  const redrive = new Redrive(partner, into);
  const command = makeCommand({
    id: 'r',
    partner: 'hospital',
    kind: 'redrive',
    by: 'anna@ops',
    reason: null,
    // Letters of another topic need no Kafka: the redrive says so and is over.
    redrive: {
      topic: 'permits',
      partitions: [0],
      letters: [],
      force: false,
      reason: null,
      ruleId: null,
      sinceMs: null,
      untilMs: null,
      limit: null,
    },
  });
  redrive.wake(); // a cancel of something else
  state.apply(command);
  redrive.wake();
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(written.map(({ kind, progress }) => [kind, progress?.state])).toContainEqual(['progress', 'completed']);
});
