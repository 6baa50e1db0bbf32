// Which letters of a redrive are due here, in which order, what each comes to, and when it stops.
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import type { ProgressState } from '@ess/schemas/generated/types.ts';
import { describe, expect, test } from '@jest/globals';
import type { LetterEnd } from './redrive-tally.ts';
import { partitionsDue, RedriveTally } from './redrive-tally.ts';

const open = (partitions = [0, 1], reads = 'rules') => new RedriveTally('hospital', 'rules', reads, partitions);
const letter = (offset: number, other: Partial<Record<'partner' | 'topic', string>> & { partition?: number } = {}) => ({
  partner: 'hospital',
  topic: 'rules',
  partition: 0,
  offset,
  ...other,
});

describe('a letter is due', () => {
  test.each([
    ['when its partition is owned here', letter(1), true],
    ['also of the other partition', letter(1, { partition: 1 }), true],
    ['not of a partition that another owner has', letter(1, { partition: 2 }), false],
    ['not of another partner', letter(1, { partner: 'species' }), false],
    ['not of another source topic', letter(1, { topic: 'permits' }), false],
  ])('%s', (_, one, due) => expect(open().isDue(one)).toBe(due));

  test('once: a record that was refused again has two letters', () => {
    const tally = open();
    expect([4, 5, 4, 6].map((offset) => tally.isDue(letter(offset)))).toEqual([true, true, false, true]);
  });

  test.each(['redriven', 'parked', 'superseded', 'skipped', 'dropped'] as const)(
    'not when an earlier owner was through with it: %s',
    (state) => {
      const tally = open();
      tally.before({ ...letter(4), state });
      expect([tally.isDue(letter(4)), tally.isDue(letter(5))]).toEqual([false, true]);
    },
  );
});

test('what an earlier owner did counts once, by its first row; what a person dropped does not count', () => {
  const tally = open();
  tally.before({ ...letter(1), state: 'redriven' });
  tally.before({ ...letter(1), state: 'parked' });
  tally.before({ ...letter(2), state: 'dropped' });
  tally.count(1, 'superseded');
  tally.count(1, 'skipped');
  expect(tally.total).toEqual({ redriven: 1, parked: 0, superseded: 1, skipped: 1 });
  const nowhere = { before: null, target: null, until: null, detail: null, refused: false, state: 'running' };
  expect(tally.progress('running')).toEqual([
    { ...nowhere, partition: 0, records: 1, failed: 0, passed: 0 },
    { ...nowhere, partition: 1, records: 0, failed: 0, passed: 2 },
  ]);
});

describe('it stops', () => {
  const times = (count: number, end: LetterEnd) => Array<LetterEnd>(count).fill(end);
  test.each([
    ['not before ten are refused in a row', times(9, 'parked'), undefined],
    ['when ten are refused in a row', times(10, 'parked'), expect.stringMatching(/^10 in a row were refused again/)],
    ['not when one of them gets through', [...times(9, 'parked'), 'redriven', ...times(9, 'parked')], undefined],
    ['also over one that needs no attempt', [...times(9, 'parked'), 'skipped', 'parked'], expect.any(String)],
  ] as ReadonlyArray<[string, LetterEnd[], unknown]>)('%s', (_, ends, stopped) => {
    const tally = open();
    for (const [index, end] of ends.entries()) tally.count(index % 2, end);
    expect(tally.stopped).toEqual(stopped);
    expect(tally.progress('running')[0]?.detail ?? undefined).toEqual(stopped);
  });

  test('at once when the partner reads another topic than the letters are of', () =>
    expect(open([0], 'permits').stopped).toBe('the letters are of rules, another source topic'));
});

describe('of the partitions of a command are due', () => {
  const redrive = { topic: 'rules', partitions: [0, 1, 2], letters: [], force: false };
  const rest = { reason: null, ruleId: null, sinceMs: null, untilMs: null, limit: null };
  const command = makeCommand({
    id: 'r',
    partner: 'hospital',
    kind: 'redrive',
    by: 'anna@ops',
    redrive: { ...redrive, ...rest },
  });
  const after = (states: Record<number, ProgressState>): CommandState => {
    const progress = new RedriveTally('hospital', 'rules', 'rules', Object.keys(states).map(Number));
    const rows = progress.progress('running').map((one) => ({ ...one, state: states[one.partition] ?? one.state }));
    const byPartition = new Map(rows.map((row) => [row.partition, { ...row, by: 'w', at: 0 }]));
    const nothing = { stop: undefined, refusedFor: undefined, approval: undefined, expiry: undefined };
    return { command, status: 'running', ...nothing, progress: byPartition };
  };
  test.each([
    ['those that are owned', [1, 2], {}, [1, 2]],
    ['in the order in which they are owned', [2, 0], {}, [2, 0]],
    ['none that the command does not name', [2, 3], {}, [2]],
    ['one that goes on', [0], { 0: 'running' }, [0]],
    ['none that is through', [0, 1, 2], { 0: 'completed', 1: 'cancelled', 2: 'unchanged' }, []],
    ['none before the assignment has recovered', [], {}, []],
  ] as ReadonlyArray<[string, number[], Record<number, ProgressState>, number[]]>)('%s', (_, owned, states, due) =>
    expect(partitionsDue(after(states), owned)).toEqual(due),
  );
});
