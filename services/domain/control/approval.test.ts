import type { Command } from '@ess/schemas/generated/types.ts';
import { describe, expect, test } from '@jest/globals';
import { approvalNeeded, isSamePerson, orderedBy, proposalDigest, rangeRecords } from './approval.ts';
import { makeCommand } from './control-state.ts';

describe('a second person is needed', () => {
  const partner = { partner: 'hospital' };
  const critical = { ...partner, critical: true as const };
  test.each([
    ['for nothing, unless somebody says so', partner, 1_000_000, Number.POSITIVE_INFINITY, undefined],
    ['not for as many as one may order', partner, 100, 100, undefined],
    ['for one more', partner, 101, 100, '101 records are more than the 100 that one person may order'],
    ['for anything of a critical partner', critical, 0, Number.POSITIVE_INFINITY, 'hospital is critical'],
  ])('%s', (_, connector, records, limit, why) => {
    expect(approvalNeeded({ connector, records, limit })).toBe(why);
  });
});

describe('a range holds', () => {
  const bounds = new Map([
    [0, { low: 10, high: 50 }],
    [1, { low: 0, high: 5 }],
  ]);
  const range = (partition: number, target: number, until: number | null) => ({ partition, target, until });
  test.each([
    ['what is from its target to its end', [range(0, 20, 30)], 10],
    ['nothing of what retention has taken', [range(0, 0, 30)], 20],
    ['without an end all to the end of the log', [range(0, 20, null)], 30],
    ['nothing beyond that', [range(0, 40, 2 ** 50)], 10],
    ['nothing when it begins there', [range(0, 2 ** 50, null)], 0],
    ['nothing of a partition that is not there', [range(7, 0, 100)], 0],
    ['the sum of its partitions', [range(0, 20, 30), range(1, 0, null)], 15],
  ])('%s', (_, partitions, records) => expect(rangeRecords(partitions, bounds)).toBe(records));
});

describe('the digest', () => {
  const selected = { reason: 'status-422', ruleId: null, sinceMs: 5, untilMs: null, limit: 10 };
  const redrive = {
    topic: 'rules',
    partitions: [0],
    force: false,
    letters: [{ partition: 1, offsets: [3], times: [0] }],
  };
  const replay = { topic: 'rules', key: null, newIds: false, ratePerSecond: 5, current: false };
  const partitions = [{ partition: 0, target: 3, until: 9 }];
  const base = makeCommand({
    id: 'a',
    partner: 'hospital',
    kind: 'proposed',
    by: 'anna@ops',
    replay: { ...replay, partitions },
    redrive: { ...selected, ...redrive },
  });
  const of = (command: Command, proposal = {}) =>
    proposalDigest(command, { kind: 'replay', expiresAt: 9, records: 6, connector: null, ...proposal });
  const ofLetters = (change: object, kind: 'redrive' | 'drop' = 'redrive') =>
    of({ ...base, redrive: { ...selected, ...redrive, ...change } }, { kind });

  test('is another one for another partner, kind, range, choice, count, connector or end', () => {
    const changed = [
      of(base),
      of({ ...base, partner: 'county-ems' }),
      ...[{ topic: 'permits' }, { key: 'r' }, { newIds: true }, { ratePerSecond: null }, { current: true }].map(
        (change) => of({ ...base, replay: { ...replay, partitions, ...change } }),
      ),
      of({ ...base, replay: { ...replay, partitions: [{ partition: 0, target: 2, until: 9 }] } }),
      of({ ...base, replay: { ...replay, partitions: [{ partition: 0, target: 3, until: 10 }] } }),
      of(base, { expiresAt: 10 }),
      of(base, { records: 7 }),
      of(base, { connector: 'a'.repeat(64) }),
      ofLetters({}),
      ofLetters({}, 'drop'),
      ofLetters({ letters: [{ partition: 1, offsets: [3, 4], times: [0, 0] }] }),
      ofLetters({ force: true }),
    ];
    expect(new Set(changed).size).toBe(changed.length);
    for (const digest of changed) expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is the same whoever proposes it, under whatever id, and however its letters were found', () => {
    expect(of({ ...base, id: 'b', by: 'ben@ops', reason: 'why', at: 3 })).toBe(of(base));
    expect(ofLetters({ reason: 'mapping', ruleId: 'r', sinceMs: null, limit: null })).toBe(ofLetters({}));
  });
});

test('both names stand in the audit', () => {
  expect(orderedBy({ by: 'anna' }, undefined)).toBe('anna');
  expect(orderedBy({ by: 'anna' }, { by: 'ben' })).toBe('anna, approved by ben');
});

test.each([
  ['anna@laptop', 'anna@laptop', true],
  ['anna@laptop', 'anna@bastion', true],
  ['root@3f9c2e17aa04', 'root@0b1d', true],
  ['anna@laptop', 'ben@laptop', false],
  ['anna', 'anna@laptop', true],
  ['anna@laptop', 'anna@example.org', true],
  ['ann@example.org', 'ann@other.org', false],
  ['ann@example.org', 'ann@example.org', true],
  ['Ann@example.org', 'ann@EXAMPLE.org', true],
  ['ANN', 'ann@laptop', true],
  ['ann', 'ben', false],
])('%s and %s are one person: %s', (one, other, same) => {
  expect([isSamePerson(one, other), isSamePerson(other, one)]).toEqual([same, same]);
});
