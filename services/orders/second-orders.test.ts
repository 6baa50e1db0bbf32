// Whoever comes second is told so, whatever came between the look and the word.
import { ControlState, makeCommand } from '@ess/domain/control/control-state.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { expect, test } from '@jest/globals';
import { approve, propose } from './approval.ts';
import type { ControlDesk } from './desk.ts';
import { cancelRedrive, giveRedrives } from './letters/give-redrive.ts';
import { giveStop } from './replay/stop-replay.ts';

const of = { partner: 'hospital', by: 'ann' } as const;
const selected = { reason: null, ruleId: null, sinceMs: null, untilMs: null, limit: 1, force: false };
const letters = [{ partition: 0, offsets: [1], times: [0] }];
const redrive = { ...selected, topic: 'rules', partitions: [0], letters };
const redriveOf = (id: string): Command => makeCommand({ ...of, id, kind: 'redrive', redrive });
const range = { topic: 'rules', partitions: [{ partition: 0, target: 0, until: 9 }] };
const rest = { key: null, current: false, newIds: false, ratePerSecond: null };
const replay = makeCommand({ ...of, id: 'replay-1', kind: 'replay', replay: { ...range, ...rest } });
const stopOf = (id: string, kind: 'cancel' | 'undo', order: string) => makeCommand({ ...of, id, kind, of: order });

/** @param between is on record before what is given next */
function deskWith(before: readonly Command[], between: readonly Command[] = []): ControlDesk {
  const state = new ControlState();
  for (const command of before) state.apply(command);
  const give = async (commands: readonly Command[]) => {
    for (const command of [...between, ...commands]) state.apply(command);
  };
  return { state, give } as unknown as ControlDesk;
}

test('of two redrives at once the second is told which one was first', async () => {
  await expect(giveRedrives(deskWith([], [redriveOf('first')]), [redriveOf('second')])).rejects.toThrow(
    'first of hospital was given first',
  );
  await expect(giveRedrives(deskWith([]), [redriveOf('alone')])).resolves.toBeUndefined();
});

test('of two approvals at once the second is told that somebody was faster', async () => {
  const proposal = propose(redriveOf('r'), { records: 1, expiresAtMs: Date.now() + 60_000 });
  const desk = deskWith([proposal]);
  const [first, second] = ['ben', 'cem'].map((by) => approve(desk.state, 'r', by)) as [Command, Command];
  await expect(giveRedrives(deskWith([proposal], [first]), [second])).rejects.toThrow('somebody was faster');
});

test('what is being ended is not ended another way, and nobody is told so', async () => {
  const noKafka = {} as Parameters<typeof giveStop>[1];
  const ask = { kind: 'undo', id: 'replay-1', by: 'ben', reason: null } as const;
  const cancelled = stopOf('s', 'cancel', 'replay-1');
  for (const desk of [deskWith([replay, cancelled]), deskWith([replay], [cancelled])])
    await expect(giveStop(desk, noKafka, ask)).rejects.toThrow('cancel of ann ends it');
  const stopped = stopOf('s', 'cancel', 'r');
  for (const desk of [deskWith([redriveOf('r'), stopped]), deskWith([redriveOf('r')], [stopped])])
    await expect(cancelRedrive(desk, 'r', 'ben')).rejects.toThrow('cancel of ann ends it');
});
