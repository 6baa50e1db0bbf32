import type { DeadLetterState } from '@ess/schemas/generated/types.ts';
import { describe, expect, test } from '@jest/globals';
import { LetterFates, packLetters } from './dead-letters.ts';

const SOURCE = { partner: 'hospital', topic: 'rules', partition: 3, offset: 42 };
const AT = (offset: number) => ({ partition: 7, offset });

function row(more: Partial<DeadLetterState>): DeadLetterState {
  return {
    ...SOURCE,
    ruleId: 'r1',
    state: 'parked',
    times: 1,
    redriveId: 'a',
    letterPartition: 7,
    letterOffset: 10,
    at: 5,
    by: 'w',
    reason: null,
    ...more,
  };
}

function fates(...rows: DeadLetterState[]): LetterFates {
  const found = new LetterFates();
  for (const one of rows) found.apply(one);
  return found;
}

describe('a letter', () => {
  test('that nothing was done with is parked', () => {
    expect(fates().of(SOURCE, AT(10))).toMatchObject({ state: 'parked', times: 0, atMs: null });
  });

  test('has the state of the last row about it', () => {
    const found = fates(row({}), row({ state: 'redriven', times: 2 }));
    expect(found.of(SOURCE, AT(10))).toMatchObject({ state: 'redriven', times: 2, atMs: 5 });
  });

  test('of the same position for another partner is another letter', () => {
    expect(fates(row({ state: 'dropped' })).of({ ...SOURCE, partner: 'ems' }, AT(10)).state).toBe('parked');
  });

  test('is outdated when the record was parked again, and the new letter keeps the count', () => {
    const found = fates(row({ letterOffset: 12, times: 2 }));
    expect([found.of(SOURCE, AT(10)).state, found.of(SOURCE, AT(12))]).toMatchObject([
      'outdated',
      { state: 'parked', times: 2 },
    ]);
  });

  test('that a replay wrote after a redrive got through is parked', () => {
    expect(fates(row({ state: 'redriven' })).of(SOURCE, AT(11))).toMatchObject({ state: 'parked', times: 1 });
  });

  test('is being redriven while a running redrive has it selected and has not settled it', () => {
    const order = { letters: packLetters([{ ...AT(10), times: 1 }]) };
    const found = fates(row({ redriveId: 'a' }));
    found.select('b', order);
    expect(found.of(SOURCE, AT(10))).toMatchObject({ state: 'redriving', times: 1, redriveId: 'b' });
    found.apply(row({ redriveId: 'b', state: 'redriven', times: 2 }));
    expect(found.of(SOURCE, AT(10))).toMatchObject({ state: 'redriven', times: 2 });
  });
});

test('a selection is packed by partition, each ascending', () => {
  const letters = [
    { partition: 2, offset: 9, times: 0 },
    { partition: 1, offset: 5, times: 2 },
    { partition: 2, offset: 3, times: 1 },
  ];
  expect(packLetters(letters)).toEqual([
    { partition: 1, offsets: [5], times: [2] },
    { partition: 2, offsets: [3, 9], times: [1, 0] },
  ]);
});
