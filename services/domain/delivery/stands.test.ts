import { describe, expect, test } from '@jest/globals';
import type { Stand } from './stands.ts';
import { STOOD, STOOD_AMONG, Stands, standOf } from './stands.ts';

const stand = (over: Partial<Stand> = {}): Stand => ({
  offset: 5,
  worker: 'w1',
  alone: true,
  partner: 'hospital',
  ...over,
});

function stands(...of: readonly Stand[]): Stands {
  const known = new Stands();
  for (const one of of) known.add('rules', 3, one);
  return known;
}

describe('a record is guilty', () => {
  const cases: ReadonlyArray<readonly [what: string, guilty: boolean, of: Stand[]]> = [
    ['not before anything stood', false, []],
    ['not after one process', false, [stand()]],
    ['after two', true, [stand(), stand({ worker: 'w2' })]],
    ['not after one process that wrote its row twice', false, [stand(), stand()]],
    [
      'not when it was never the only one at work',
      false,
      [stand({ alone: false }), stand({ worker: 'w2', alone: false })],
    ],
    ['once it was the only one', true, [stand({ alone: false }), stand({ worker: 'w2' })]],
    [
      'for every partner, when it was being read',
      true,
      [stand({ partner: null }), stand({ worker: 'w2', partner: null })],
    ],
    [
      'not for what another partner did with it',
      false,
      [stand({ partner: 'ems' }), stand({ worker: 'w2', partner: 'ems' })],
    ],
    ['not when one process stood twice, reading and sending', false, [stand(), stand({ partner: null })]],
    ['not for what another record did', false, [stand({ offset: 6 }), stand({ offset: 6, worker: 'w2' })]],
  ];
  test.each(cases)('%s', (_, guilty, of) => {
    expect(stands(...of).isGuilty('hospital', 'rules', 3, 5)).toBe(guilty);
  });
});

test('what is through is forgotten for its partner; what was read for all stays for the others', () => {
  const known = stands(stand(), stand({ partner: 'ems', worker: 'w2' }));
  known.settled('hospital', 'rules', 3, 5);
  expect(known.times('hospital', 'rules', 3, 5)).toBe(0);
  expect(known.times('ems', 'rules', 3, 5)).toBe(1);
});

test('the next owner hears of what concerns its partner and partition, in order', () => {
  const known = stands(
    stand({ offset: 9 }),
    stand(),
    stand({ offset: 7, partner: 'ems' }),
    stand({ offset: 8, partner: null }),
  );
  known.add('rules', 4, stand({ offset: 1 }));
  expect(known.of('hospital', 'rules', 3).map(({ offset }) => offset)).toEqual([5, 8, 9]);
});

test('an audit row says who stood, and whether anything else was at work', () => {
  const row = { partner: 'p', topic: 't', partition: 0, offset: 4, outcome: 'cut', worker: 'w' };
  expect(standOf({ ...row, attempt: 0, reason: STOOD })).toEqual({
    offset: 4,
    worker: 'w',
    alone: true,
    partner: null,
  });
  expect(standOf({ ...row, attempt: 2, reason: STOOD_AMONG })).toMatchObject({ alone: false, partner: 'p' });
  expect(standOf({ ...row, attempt: 1, reason: 'the partition went to another worker' })).toBeUndefined();
  expect(standOf({ ...row, attempt: 1, outcome: 'held', reason: STOOD })).toBeUndefined();
});
