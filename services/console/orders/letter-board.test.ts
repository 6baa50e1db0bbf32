import type { DeadLetterState } from '@ess/schemas/generated/types.ts';
import { expect, test } from '@jest/globals';
import { LetterBoard } from './letter-board.ts';

const letter = (offset: number, more: object = {}) => ({
  ...{ partner: 'hospital', ruleId: `wf-${offset}`, version: 1, topic: 'rules', partition: 3, offset },
  ...{ reason: 'status-422', detail: 'refused', attempts: 1, parkedAt: offset * 1_000, ...more },
});
const state = (offset: number, letterOffset: number, of: DeadLetterState['state']): DeadLetterState => ({
  ...{ partner: 'hospital', ruleId: null, topic: 'rules', partition: 3, offset, state: of, times: 1 },
  ...{ redriveId: 'r', letterPartition: 0, letterOffset, at: 9_000, by: 'ann', reason: null },
});
const all = () => true;

test('of very many the newest are shown and all are counted; an answer holds until something comes, for whoever sees as much', () => {
  const board = new LetterBoard();
  const times = [5, 3, 9, 1, 7, 2, 8, 4, 6];
  for (const [offset, at] of times.entries())
    board.take(letter(offset, { parkedAt: at * 1_000 }), { partition: 0, offset });
  const first = board.find({}, all, 2);
  expect([first.total, first.letters.map(({ position }) => position), first.isUnsure]).toEqual([
    9,
    ['rules:3:2', 'rules:3:6'],
    false,
  ]);
  expect(board.find({}, all, 2).letters).toBe(first.letters);
  expect(board.find({}, () => false, 2).total).toBe(0);
  board.take(letter(20), { partition: 0, offset: 20 });
  expect(board.find({}, all, 2)).toMatchObject({ total: 10, letters: [{ position: 'rules:3:20' }, {}] });
  expect(board.find({}, all, 2, null).isUnsure).toBe(true);
});

test('what is parked is grouped by partner and reason with its first and last time, the newest first', () => {
  const board = new LetterBoard();
  for (const offset of [1, 2, 3]) board.take(letter(offset), { partition: 0, offset });
  board.take(letter(4, { reason: 'mapping' }), { partition: 0, offset: 4 });
  board.take(letter(5, { partner: 'clinic' }), { partition: 0, offset: 5 });
  board.settle(state(2, 2, 'dropped'));
  const found = board.find({}, (partner) => partner !== 'clinic', 2);
  expect(found).toMatchObject({
    groups: [
      { partner: 'hospital', reason: 'status-422', letters: 2, first: '1970-01-01T00:00:01.000Z', last: /:03/ },
      { partner: 'hospital', reason: 'mapping', letters: 1 },
    ].map((group) => ({ ...group, ...(group.last && { last: expect.stringMatching(group.last) }) })),
    total: 3,
    letters: [{ ruleId: 'wf-4' }, { ruleId: 'wf-3' }],
    since: null,
  });
  expect(board.find({ state: 'dropped' }, all, 9).letters.map(({ ruleId }) => ruleId)).toEqual(['wf-2']);
});

test.each([
  ['partner', { partner: 'clinic' }, [5]],
  ['reason', { reason: 'mapping' }, [4]],
  ['rule', { rule: 'wf-1' }, [1]],
  ['time', { sinceMs: 2_000, untilMs: 4_000 }, [2, 3]],
])('a filter of a %s', (_what, question, offsets) => {
  const board = new LetterBoard();
  for (const offset of [1, 2, 3]) board.take(letter(offset), { partition: 0, offset });
  board.take(letter(4, { reason: 'mapping' }), { partition: 0, offset: 4 });
  board.take(letter(5, { partner: 'clinic', reason: 'decode' }), { partition: 0, offset: 5 });
  const found = board.find(question, all, 9).letters.map(({ position }) => Number(position.split(':')[2]));
  expect(found.sort()).toEqual(offsets);
});

test('of several letters of one record the newest counts, and what a redrive has selected is on its way', () => {
  const board = new LetterBoard();
  board.take(letter(1), { partition: 0, offset: 1 });
  board.settle(state(1, 7, 'parked'));
  board.take(letter(1), { partition: 0, offset: 7 });
  expect(board.find({}, all, 9).letters.map(({ place }) => place)).toEqual(['0:7']);
  const redrive = { letters: [{ partition: 0, offsets: [7], times: [1] }] };
  const running = [{ id: 'again', redrive: redrive as never }];
  const count = (of: typeof running) => [
    board.find({}, all, 9, of).total,
    board.find({ state: 'redriving' }, all, 9, of).total,
  ];
  expect(count(running)).toEqual([0, 1]);
  // Cancelled, it is parked as before; refused once more, it is parked again while the others are on their way.
  expect(count([])).toEqual([1, 0]);
  board.settle({ ...state(1, 7, 'parked'), redriveId: 'again' });
  expect(count(running)).toEqual([1, 0]);
});

test('a letter that retention has taken is not parked any more: it is counted apart, on the page that is open, too', () => {
  let low = 0;
  const board = new LetterBoard((partition) => (partition === 0 ? low : 0));
  for (const offset of [1, 2, 3]) board.take(letter(offset), { partition: 0, offset });
  board.take(letter(4), { partition: 1, offset: 1 });
  board.take(letter(5, { reason: 'mapping' }), { partition: 0, offset: 0 });
  board.settle(state(1, 1, 'dropped'));
  const counts = (question = {}) => {
    const { total, expired, groups } = board.find(question, all, 9);
    return [total, expired, groups.reduce((sum, { letters }) => sum + letters, 0)];
  };
  expect(counts()).toEqual([4, 0, 4]);
  low = 3;
  expect([counts(), counts({ reason: 'mapping' })]).toEqual([
    [2, 2, 2],
    [0, 1, 0],
  ]);
  // What came of it stays on record.
  expect(board.find({ state: 'dropped' }, all, 9).total).toBe(1);
  expect(board.find({ state: 'expired' }, all, 9).letters.map(({ ruleId }) => ruleId)).toEqual(['wf-5', 'wf-2']);
  expect([board.at('0:2')?.state, board.at('0:3')?.state]).toEqual(['expired', 'parked']);
});
