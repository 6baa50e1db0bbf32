import { packLetters, REDRIVE_LETTERS_MAX, REDRIVEN_TIMES_MAX } from '@ess/domain/delivery/dead-letters.ts';
import { leaveOut } from '@ess/domain/delivery/left-out.ts';
import type { DeadLetter } from '@ess/schemas/generated/types.ts';
import { describe, expect, test } from '@jest/globals';
import type { FoundLetter } from './letters.ts';
import type { RedriveLimits } from './redrive-plan.ts';
import { RedrivePlanner, redriveCommands } from './redrive-plan.ts';

function letter(offset: number, more: Partial<DeadLetter> = {}, times = 0): FoundLetter {
  return {
    letter: {
      partner: 'hospital',
      ruleId: 'r',
      version: 1,
      topic: 'rules',
      partition: 0,
      offset,
      key: Buffer.from('r'),
      value: Buffer.from('v'),
      headers: [],
      recordTimestamp: 1,
      reason: 'status-422',
      detail: '',
      attempts: 1,
      parkedAt: 1,
      deliveryId: null,
      topicId: null,
      ...more,
    },
    place: { partition: 3, offset: 100 + offset },
    fate: { state: 'parked', times, redriveId: null, atMs: null, reason: null },
  };
}

function planned(limits: Partial<RedriveLimits>, letters: readonly FoundLetter[]) {
  const planner = new RedrivePlanner({ limit: 10, force: false, ...limits });
  for (const one of letters) planner.add(one);
  return planner.plan;
}

describe('a plan', () => {
  const thrice = [0, 1, 2].map((offset) => letter(offset));
  const often = letter(9, {}, REDRIVEN_TIMES_MAX);
  test.each<[string, Partial<RedriveLimits>, readonly FoundLetter[], object]>([
    ['of nothing is empty', {}, [], { taken: [], guarded: 0, beyond: 0 }],
    ['takes letters in the order in which they were found', {}, thrice, { taken: [0, 1, 2], guarded: 0, beyond: 0 }],
    ['leaves what is beyond its limit', { limit: 2 }, thrice, { taken: [0, 1], guarded: 0, beyond: 1 }],
    ['with the limit 0 takes none', { limit: 0 }, thrice, { taken: [], guarded: 0, beyond: 3 }],
    ['leaves what was redriven too often', {}, [often, ...thrice], { taken: [0, 1, 2], guarded: 1, beyond: 0 }],
    ['takes that too when it is forced', { force: true }, [often], { taken: [9], guarded: 0, beyond: 0 }],
    [
      'takes what was redriven once less than too often',
      {},
      [letter(4, {}, REDRIVEN_TIMES_MAX - 1)],
      { taken: [4], guarded: 0, beyond: 0 },
    ],
    [
      'does not count what is guarded as beyond its limit',
      { limit: 1 },
      [thrice[0]!, often, thrice[1]!],
      { taken: [0], guarded: 1, beyond: 1 },
    ],
  ])('%s', (_, limits, letters, wanted) => {
    const { letters: taken, guarded, beyond } = planned(limits, letters);
    expect({ taken: taken.map((one) => one.letter.offset), guarded, beyond }).toEqual(wanted);
  });

  test('never takes more than a command holds, whatever its limit', () => {
    const many = Array.from({ length: REDRIVE_LETTERS_MAX + 5 }, (_, offset) => letter(offset));
    const { letters, beyond } = planned({ limit: Number.MAX_SAFE_INTEGER }, many);
    expect([letters.length, beyond]).toEqual([REDRIVE_LETTERS_MAX, 5]);
  });

  test('keeps no bytes of records: the worker reads them', () => {
    const { letters } = planned({}, [letter(0)]);
    expect(letters[0]?.letter).toMatchObject({ key: null, value: null, headers: [] });
  });

  test('counts what was shortened, of what it takes only', () => {
    const short = leaveOut({ ...letter(0).letter, value: Buffer.alloc(5_000) }, 1_000);
    const { shortened } = planned({ limit: 2 }, [letter(0), letter(1, { ...short, offset: 1 }), letter(2, short)]);
    expect(shortened).toBe(1);
  });

  test('says how many there are by partner and reason', () => {
    const { byPartner } = planned({}, [
      letter(0),
      letter(1),
      letter(2, { reason: 'decode' }),
      letter(3, { partner: 'ems' }),
    ]);
    expect([...byPartner].map(([partner, reasons]) => [partner, Object.fromEntries(reasons)])).toEqual([
      ['hospital', { 'status-422': 2, decode: 1 }],
      ['ems', { 'status-422': 1 }],
    ]);
  });
});

describe('commands', () => {
  const asked = {
    by: 'anna@ops',
    why: 'mended',
    reason: 'status-422',
    ruleId: null,
    sinceMs: 5,
    untilMs: null,
    limit: 10,
    force: false,
  };

  test('are one for each partner, with a name, the partitions of its letters, and where the letters are', () => {
    const plan = planned({}, [
      letter(7, { partition: 4 }, 1),
      letter(8, { partner: 'ems', partition: 2 }),
      letter(9, { partition: 1 }),
      letter(10, { partition: 4 }),
    ]);
    let id = 0;
    const commands = redriveCommands(plan, asked, () => `id-${++id}`);
    expect(commands.map(({ id, partner, kind, by, reason }) => [id, partner, kind, by, reason])).toEqual([
      ['id-1', 'hospital', 'redrive', 'anna@ops', 'mended'],
      ['id-2', 'ems', 'redrive', 'anna@ops', 'mended'],
    ]);
    expect(commands[0]?.redrive).toEqual({
      topic: 'rules',
      partitions: [1, 4],
      letters: packLetters([
        { partition: 3, offset: 107, times: 1 },
        { partition: 3, offset: 109, times: 0 },
        { partition: 3, offset: 110, times: 0 },
      ]),
      reason: 'status-422',
      ruleId: null,
      sinceMs: 5,
      untilMs: null,
      limit: 10,
      force: false,
    });
  });

  test('of an empty plan are none', () => {
    expect(redriveCommands(planned({}, []), asked, () => 'id')).toEqual([]);
  });
});
