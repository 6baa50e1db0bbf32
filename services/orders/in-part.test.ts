import { ControlState, makeCommand } from '@ess/domain/control/control-state.ts';
import { expect, test } from '@jest/globals';
import { refusedInPart } from './in-part.ts';
import { redriveResult } from './letters/give-redrive.ts';
import { summaryOf } from './replay/replay-summary.ts';

const of = { partner: 'hospital', by: 'worker-1' } as const;
const WHY = '30 records are more than the 20 that one person may order';
const said = (id: string, partition: number, refused: boolean) =>
  makeCommand({
    ...{ ...of, id, kind: 'progress' },
    progress: {
      ...{ partition, state: refused ? 'unchanged' : 'completed', before: null, target: null, until: null },
      ...{ records: refused ? 0 : 9, failed: 0, passed: 0, detail: refused ? WHY : null, refused },
    },
  });
const partitions = [0, 1, 2].map((partition) => ({ partition, target: 0, until: 9 }));
const replay = { topic: 'rules', key: null, newIds: false, ratePerSecond: null, current: false, partitions };
const selected = { reason: null, ruleId: null, sinceMs: null, untilMs: null, limit: null, force: false };
const letters = [{ partition: 0, offsets: [1, 2], times: [0, 0] }];
const redrive = { ...selected, topic: 'rules', partitions: [0, 1, 2], letters };

test.each([
  ['some have refused', [false, true, true], `refused in 2 of 3 partitions (1, 2): ${WHY}`],
  ['all have refused', [true, true, true], undefined],
  ['none has', [false, false, false], undefined],
])('an order of which %s says of each partition what became of it, and why', (_what, refusals, words) => {
  const state = new ControlState();
  const redriven = makeCommand({ ...of, id: 'd', kind: 'redrive', redrive });
  state.apply(makeCommand({ ...of, id: 'r', kind: 'replay', replay }));
  state.apply(redriven);
  for (const id of ['r', 'd'])
    for (const [partition, refused] of refusals.entries()) state.apply(said(id, partition, refused));
  const found = state.find('r');
  if (!found) throw new Error('the replay is gone');
  for (const parts of [summaryOf(found).partitions, redriveResult(redriven, state).partitions]) {
    expect(parts.map(({ refused, detail, records }) => [refused, detail, records])).toEqual(
      refusals.map((refused) => [refused, refused ? WHY : null, refused ? 0 : 9]),
    );
    expect(refusedInPart(parts)).toBe(words);
  }
});

test('of an order that never ran no partition waits', () => {
  const state = new ControlState();
  const second = makeCommand({ ...of, id: 'second', kind: 'redrive', redrive });
  state.apply(makeCommand({ ...of, id: 'first', kind: 'redrive', redrive }));
  state.apply(second);
  const states = (command: typeof second) => redriveResult(command, state).partitions.map((part) => part.state);
  expect(states(second)).toEqual(['refused', 'refused', 'refused']);
  expect(states({ ...second, id: 'first' })).toEqual(['waiting', 'waiting', 'waiting']);
});
