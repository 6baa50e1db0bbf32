import { ControlState, makeCommand } from '@ess/domain/control/control-state.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { makePartner } from '@ess/test/harness/data/partner.ts';
import { expect, test } from '@jest/globals';
import { Redrive } from './redrive.ts';

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
