// Which letters a redrive takes from ess.dead-letters, what becomes of each, and what is written down about it.
import { serialize } from 'node:v8';
import { leaveOut } from '@ess/domain/delivery/left-out.ts';
import { NO_VERSION } from '@ess/domain/delivery/version.ts';
import type { RedriveGiven } from '@ess/test/harness/data/redrive.ts';
import { itemsOf, letterOf, openRedrive, REDRIVE_ID, rulesOf } from '@ess/test/harness/data/redrive.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { describe, expect, test } from '@jest/globals';
import type { Pulled } from '../intake/pull.ts';
import type { Item } from '../item/item.ts';
import type { RedriveRun } from './redrive-run.ts';

test('a letter is sent under the id that it was parked with', async () => {
  const { run } = openRedrive({ letters: [letterOf('a', 1, { deliveryId: 'as-it-was' }), letterOf('b', 2)] });
  const [withId, older] = (await itemsOf(run)).map(({ item }) => item.deliveryId);
  expect(withId).toBe('as-it-was');
  expect(older).toMatch(/^[\w-]{22}$/);
});

describe('what is taken', () => {
  const LATER = Number.MAX_SAFE_INTEGER;
  const three = ['a', 'b', 'c'].map((rule, index) => letterOf(rule, 10 + index));
  test.each<[string, RedriveGiven, readonly string[]]>([
    ['every selected letter, in order', { letters: three }, ['a', 'b', 'c']],
    ['none that was not selected', { letters: three, selected: [0, 2] }, ['a', 'c']],
    ['none of another partner', { letters: [letterOf('a', 1, { partner: 'ems' }), letterOf('b', 2)] }, ['b']],
    ['none of a partition that another owns', { letters: [letterOf('a', 1, { partition: 4 })] }, []],
    ['none of another source topic', { letters: [letterOf('a', 1, { topic: 'permits' })] }, []],
    ['a record once, however many letters it has', { letters: [letterOf('a', 1), letterOf('a', 1)] }, ['a']],
    [
      'none that an earlier owner was through with in this redrive',
      { letters: three, done: [{ offset: 11, redriveId: REDRIVE_ID, state: 'redriven' }] },
      ['a', 'c'],
    ],
    [
      'what another redrive was through with',
      { letters: three, done: [{ offset: 11, redriveId: 'redrive-0', state: 'parked' }] },
      ['a', 'b', 'c'],
    ],
    [
      'none that was dropped, or has a newer letter, since the order was given: it may have waited for days',
      {
        letters: three,
        done: [
          { offset: 10, redriveId: 'drop-0', state: 'dropped', letterOffset: 0, at: LATER },
          { offset: 12, redriveId: 'redrive-0', state: 'parked', letterOffset: 9, at: LATER },
        ],
      },
      ['b'],
    ],
    [
      'what was dropped before, and is asked for all the same',
      { letters: three, done: [{ offset: 11, redriveId: 'drop-0', state: 'dropped', letterOffset: 1, at: 1 }] },
      ['a', 'b', 'c'],
    ],
    ['nothing when the order is of another topic', { letters: three, topic: 'permits' }, []],
  ])('%s', async (_, given, wanted) => {
    expect(rulesOf(await itemsOf(openRedrive(given).run))).toEqual(wanted);
  });

  test('nothing more once it is cancelled', async () => {
    const { run, cancel } = openRedrive({ letters: three });
    const items = run.items();
    expect((await items.next()).value.item.ruleId).toBe('a');
    cancel();
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  test('an item of the redrive has the id of the ordinary delivery, no attempts, and the name of the redrive', async () => {
    const [pulled] = await itemsOf(openRedrive({ letters: three }).run);
    expect(pulled?.item).toMatchObject({
      partition: 0,
      offset: 10,
      version: 3,
      attempts: 0,
      redriven: true,
      replayId: REDRIVE_ID,
      record: { timestampMs: 1_000 },
    });
  });

  test('what is out of scope waits for its turn too: an older version may be on its way', async () => {
    const [pulled] = await itemsOf(openRedrive({ letters: [letterOf('a', 1, {}, 'Drone')] }).run);
    expect(pulled).toMatchObject({ item: { scopeExit: 'maybe' } });
    expect(pulled?.rows).toBeUndefined();
  });
});

describe('at its turn a letter', () => {
  const letters = [letterOf('a', 10)];
  test.each<[string, RedriveGiven, 'send' | 'superseded']>([
    ['is sent when the partner has acked no version', { letters }, 'send'],
    ['is sent when the partner has an older one', { letters, acked: [{ ruleId: 'a', version: 2 }] }, 'send'],
    ['is superseded by the same one', { letters, acked: [{ ruleId: 'a', version: 3 }] }, 'superseded'],
    ['is superseded by a newer one', { letters, acked: [{ ruleId: 'a', version: 9 }] }, 'superseded'],
    ['is sent when another rule is newer', { letters, acked: [{ ruleId: 'b', version: 9 }] }, 'send'],
    ['is sent when it is forced', { letters, acked: [{ ruleId: 'a', version: 9 }], force: true }, 'send'],
  ])('%s', async (_, given, wanted) => {
    const { run } = openRedrive(given);
    const [pulled] = await itemsOf(run);
    expect(run.decide(pulled?.item as Item)).toBe(wanted);
  });

  /** The partner has acked offset 50 of log `now`, which is the topic's, or of the one that had its name before. */
  test.each<[string, string | null, string | null, number, 'send' | 'superseded']>([
    ['is sent when a topic that is gone had a larger offset', 'now', 'gone', 10, 'send'],
    ['is superseded by a larger offset of its own topic', 'now', 'now', 10, 'superseded'],
    ['is sent when its offset is larger', 'now', 'now', 60, 'send'],
    ['of a topic that is gone is superseded by what is of the topic of now', 'gone', 'now', 60, 'superseded'],
    ['of a topic that is gone is superseded by a larger offset of that', 'gone', 'gone', 10, 'superseded'],
    ['of which it is not known of which topic it is, is superseded by a larger offset', null, 'now', 10, 'superseded'],
    ['is sent when what was acked may be of any topic', 'now', null, 10, 'send'],
  ])('without versions %s', async (_, topicId, ackedOf, offset, wanted) => {
    const place = { topic: 'rules', partition: 0, offset: 50 };
    for (const [source, version] of [
      [{ topic: 'rules', key: 'ruleId' }, 50],
      // The record has no such field. Nothing is compared where the letter does not say of which topic it is.
      ...(topicId === null ? [] : [[{ topic: 'rules', key: 'ruleId', version: 'revision' }, NO_VERSION] as const]),
    ] as const) {
      const acked = [{ ruleId: 'a', version, ...place, topicId: ackedOf }];
      const { run } = openRedrive({ letters: [letterOf('a', offset, { topicId })], acked, source, topicId: 'now' });
      const [pulled] = await itemsOf(run);
      expect([version, run.decide(pulled?.item as Item)]).toEqual([version, wanted]);
    }
  });

  test('of a topic that is gone leaves what the partner has of the topic of now where it is', async () => {
    const source = { topic: 'rules', key: 'ruleId' };
    const { run } = openRedrive({ letters: [letterOf('a', 60, { topicId: 'gone' })], source, topicId: 'now' });
    const [pulled] = await itemsOf(run);
    const { item } = pulled as Pulled;
    run.acked({ ...item, offset: 7, version: 7, topicId: undefined });
    expect(run.decide(item)).toBe('superseded');
  });

  test('is superseded by what was delivered meanwhile', async () => {
    const { run } = openRedrive({ letters });
    const [pulled] = await itemsOf(run);
    const { item } = pulled as Pulled;
    run.acked({ ...item, version: 4 });
    expect(run.decide(item)).toBe('superseded');
  });

  describe('that is out of scope', () => {
    const version = (number: number, offset: number, scope: string) =>
      letterOf('a', offset, { version: number, value: serialize(makeRule('a', number, { scope })) });
    const [older, gone] = [version(16, 10, 'Hospital'), version(20, 11, 'Drone')];
    const decisionsOf = async (given: RedriveGiven) => {
      const { run } = openRedrive(given);
      return (await itemsOf(run)).map(({ item }) => [item.version, run.decide(item), item.scopeExit]);
    };

    test.each<[string, RedriveGiven, ReturnType<typeof decisionsOf> extends Promise<infer T> ? T : never]>([
      ['is told when the partner has the rule', { letters: [gone], inForce: ['a'] }, [[20, 'send', 'yes']]],
      ['is not told when it has not', { letters: [gone] }, [[20, 'skip', 'no']]],
      [
        'is not told when it has a newer version',
        { letters: [gone], inForce: ['a'], acked: [{ ruleId: 'a', version: 21 }] },
        [[20, 'superseded', 'maybe']],
      ],
      [
        'goes out after an older version',
        { letters: [older, gone], inForce: ['a'] },
        [
          [16, 'send', 'no'],
          [20, 'send', 'yes'],
        ],
      ],
      [
        'has no older version after it, whether it was told',
        { letters: [gone, older], inForce: ['a'] },
        [
          [20, 'send', 'yes'],
          [16, 'skip', 'no'],
        ],
      ],
      [
        'or not',
        { letters: [gone, older] },
        [
          [20, 'skip', 'no'],
          [16, 'skip', 'no'],
        ],
      ],
      [
        'has a newer version after it',
        { letters: [gone, version(22, 12, 'Hospital')], inForce: ['a'] },
        [
          [20, 'send', 'yes'],
          [22, 'send', 'no'],
        ],
      ],
    ])('%s', async (_, given, wanted) => {
      expect(await decisionsOf(given)).toEqual(wanted);
    });

    test('is told again when the attempt before got no answer', async () => {
      const { run } = openRedrive({ letters: [gone], inForce: ['a'] });
      const [pulled] = await itemsOf(run);
      const { item } = pulled as Pulled;
      expect([run.decide(item), run.decide(item)]).toEqual(['send', 'send']);
    });
  });

  test('stays where it is when the redrive was cancelled', async () => {
    const { run, cancel } = openRedrive({ letters });
    const [pulled] = await itemsOf(run);
    cancel();
    expect(run.decide(pulled?.item as Item)).toBe('leave');
  });
});

describe('what is written down', () => {
  async function through(given: RedriveGiven, settle: (item: Item, run: RedriveRun) => unknown) {
    const { run, stateRows } = openRedrive(given);
    const [pulled] = await itemsOf(run);
    const { item } = pulled as Pulled;
    settle(item, run);
    await run.settled(item);
    run.counted(item);
    return { row: stateRows()[0], total: run.tally.total, item };
  }
  const letters = [letterOf('z', 9), letterOf('a', 10)];
  const given = { letters, selected: [1] };
  const none = { redriven: 0, parked: 0, superseded: 0, skipped: 0 };

  test.each<[string, RedriveGiven, (item: Item, run: RedriveRun) => unknown, object, object]>([
    [
      'delivered: once more than before',
      given,
      (item) => Object.assign(item, { delivered: true }),
      { state: 'redriven', times: 2, letterPartition: 0, letterOffset: 1, reason: null },
      { redriven: 1 },
    ],
    [
      'parked again: where the new letter is',
      given,
      (item) => Object.assign(item, { parked: { partition: 0, offset: 77 } }),
      { state: 'parked', times: 2, letterOffset: 77 },
      { parked: 1 },
    ],
    [
      'parked, and Kafka did not say where: behind the old letter',
      given,
      (item) => Object.assign(item, { parked: { partition: 0, offset: -1 } }),
      { state: 'parked', times: 2, letterOffset: 2 },
      { parked: 1 },
    ],
    [
      'superseded: it was not tried',
      { ...given, acked: [{ ruleId: 'a', version: 9 }] },
      (item, run) => run.decide(item),
      { state: 'superseded', times: 1, letterOffset: 1 },
      { superseded: 1 },
    ],
    [
      'skipped',
      { letters: [letterOf('a', 10, {}, 'Drone')] },
      (item, run) => run.decide(item),
      { state: 'skipped', times: 2, letterOffset: 0 },
      { skipped: 1 },
    ],
  ])('%s', async (_, of, settle, wanted, counts) => {
    const { row, total } = await through(of, settle);
    expect(row).toMatchObject({
      partner: 'hospital',
      topic: 'rules',
      partition: 0,
      offset: 10,
      redriveId: REDRIVE_ID,
      ...wanted,
    });
    expect(total).toEqual({ ...none, ...counts });
  });

  test('a letter that was shortened, and its record gone: it stays parked where it is, and nothing is sent', async () => {
    const short = leaveOut(letterOf('a', 10, { value: Buffer.alloc(5_000) }), 1_000);
    const { row, total, item } = await through({ letters: [short] }, () => undefined);
    expect(item.parked).toMatchObject({ partition: 0, offset: 0 });
    expect(row).toMatchObject({
      state: 'parked',
      letterOffset: 0,
      reason: expect.stringContaining('cannot be sent again'),
    });
    expect(total).toEqual({ ...none, parked: 1 });
  });
});

test('how far it is goes on record once, and again when that has changed', async () => {
  const { run, written } = openRedrive({ letters: [letterOf('a', 1)] });
  await Promise.all([run.tell('running'), run.tell('running')]);
  run.tally.count(0, 'redriven');
  await run.tell('running');
  await run.tell('completed');
  expect(written().map(({ progress }) => [progress?.state, progress?.records])).toEqual([
    ['running', 0],
    ['running', 1],
    ['completed', 1],
  ]);
});
