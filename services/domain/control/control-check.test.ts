import type { Command } from '@ess/schemas/generated/types.ts';
import { describe, expect, test } from '@jest/globals';
import { shortened } from '../text/unknown-fields.ts';
import { proposalDigest } from './approval.ts';
import { checkCommand } from './control-check.ts';
import { controlKey, makeCommand } from './control-state.ts';

const BY = { partner: 'hospital', by: 'anna@ops' };
const replay = makeCommand({
  id: 'a1b2c3d4',
  kind: 'replay',
  reason: 'their database was restored',
  ...BY,
  replay: {
    topic: 'rules',
    partitions: [
      { partition: 0, target: 0, until: null },
      { partition: 11, target: 5, until: 5 },
    ],
    key: 'rule 7 / ä',
    newIds: true,
    ratePerSecond: 0.5,
    current: false,
  },
});
const redrive = makeCommand({
  id: 'redrive-0123456789',
  kind: 'redrive',
  ...BY,
  redrive: {
    reason: 'http 422',
    ruleId: null,
    sinceMs: 0,
    untilMs: null,
    limit: 100,
    force: false,
    partitions: [3],
    topic: 'rules',
    letters: [{ partition: 1, offsets: [3, 9], times: [0, 1] }],
  },
});
const progress = makeCommand({
  id: 'a1b2c3d4',
  kind: 'progress',
  partner: 'hospital',
  by: 'node-1.example.org-17-1a2b3c4d',
  progress: {
    partition: 3,
    state: 'moved',
    before: 8,
    target: 0,
    until: 8,
    records: 0,
    failed: 0,
    passed: 0,
    refused: false,
    detail: null,
  },
});
const cancel = makeCommand({ id: 'cancel-0123456789', kind: 'cancel', of: 'redrive-0123456789', ...BY });
const pause = makeCommand({ id: 'p', kind: 'pause', ...BY });

const frozen = {
  ...replay,
  replay: { ...replay.replay, partitions: [{ partition: 0, target: 0, until: 9 }] },
} as Command;
type Kind = 'replay' | 'redrive' | 'drop';
const claims = (order: Command, kind: Kind, records: number) => proposed(order, kind, {}, records);
const proposed = (order: Command, kind: Kind, change: object = {}, records = kind === 'replay' ? 9 : 2): Command => {
  const proposal = { kind, expiresAt: order.at + 1, records, connector: null };
  const digest = proposalDigest(order, proposal);
  return { ...order, kind: 'proposed', proposal: { ...proposal, digest, ...change } };
};
const approved = { ...cancel, kind: 'approved' as const, proposal: proposed(frozen, 'replay').proposal };

const check = (command: Command) => checkCommand(controlKey(command), command);
const faultOf = (command: object, key = controlKey(command as Command)) => {
  const checked = checkCommand(key, command);
  return 'fault' in checked ? checked.fault.field : 'none';
};
const inside = (command: Command, part: 'replay' | 'redrive' | 'progress', change: object) => ({
  ...command,
  [part]: { ...(command[part] as object), ...change },
});

test.each([
  ...[replay, redrive, progress, cancel, pause, { ...pause, kind: 'resume' as const }],
  ...[{ ...redrive, kind: 'drop' as const }, proposed(frozen, 'replay'), proposed(redrive, 'redrive')],
  ...[proposed(redrive, 'drop'), approved, { ...cancel, kind: 'expired' as const }],
])('what the program writes is obeyed as it is: $kind', (command) => expect(check(command)).toEqual({ command }));

describe('left aside, with the field', () => {
  const one = { partition: 0, target: 0, until: null };
  test.each<[string, string, object]>([
    ['an id with a line break', 'id', { ...pause, id: 'a\nb' }],
    ['an id that turns the terminal red', 'id', { ...pause, id: '\u001b[31mred' }],
    ['an id that turns the direction of text', 'id', { ...pause, id: 'a\u202eb' }],
    ['an id of 100 kB', 'id', { ...pause, id: 'a'.repeat(100_000) }],
    ['no id', 'id', { ...pause, id: '' }],
    ['a partner that is no name', 'partner', { ...pause, partner: '../hospital' }],
    ['a partner with a long name', 'partner', { ...pause, partner: 'a'.repeat(256) }],
    ['a kind of tomorrow', 'kind', { ...pause, kind: 'seconded' }],
    ['a proposal of nothing', 'proposal', { ...frozen, kind: 'proposed' }],
    ['a proposal of a pause', 'proposal.kind', proposed(frozen, 'replay', { kind: 'pause' })],
    ['a proposal without its order', 'redrive', { ...proposed(redrive, 'redrive'), redrive: null }],
    ['a proposal of another set', 'proposal.digest', { ...proposed(frozen, 'replay'), partner: 'county-ems' }],
    ['a proposal with another count', 'proposal.digest', proposed(frozen, 'replay', { records: 8 })],
    ['a replay of more than its ranges hold', 'proposal.records', claims(frozen, 'replay', 1_000_000)],
    ['a redrive of another number than its letters', 'proposal.records', claims(redrive, 'redrive', 0)],
    ['a proposal by another connector', 'proposal.digest', proposed(frozen, 'replay', { connector: 'a'.repeat(64) })],
    ['a connector that is no digest', 'proposal.connector', proposed(frozen, 'replay', { connector: 'mine' })],
    ['a digest that is none', 'proposal.digest', proposed(frozen, 'replay', { digest: 'abc' })],
    ['a proposal without an end', 'replay.partitions.0.until', proposed(replay, 'replay')],
    ['a proposal that has expired', 'proposal.expiresAt', proposed(frozen, 'replay', { expiresAt: frozen.at })],
    [
      'a proposal for ever',
      'proposal.expiresAt',
      proposed(frozen, 'replay', { expiresAt: frozen.at + 7 * 86_400_000 + 1 }),
    ],
    ['an approval of nothing', 'of', { ...approved, of: null }],
    ['an approval under the id of its proposal', 'of', { ...approved, id: approved.of ?? '' }],
    ['an approval of no digest', 'proposal', { ...approved, proposal: null }],
    ['a drop of nothing', 'redrive', { ...redrive, kind: 'drop', redrive: null }],
    ['refused, perhaps', 'progress.refused', inside(progress, 'progress', { refused: 'maybe' })],
    ['a time that is none', 'at', { ...pause, at: Number.NaN }],
    ['a time beyond the calendar', 'at', { ...pause, at: 8.64e15 + 1 }],
    ['a time before 1970', 'at', { ...pause, at: -1 }],
    ['a time as a bigint', 'at', { ...pause, at: 5n }],
    ['nobody', 'by', { ...pause, by: null }],
    ['a cancel of nothing', 'of', { ...cancel, of: null }],
    ['a cancel of no id', 'of', { ...cancel, of: 'a b' }],
    ['a replay of nothing', 'replay', { ...replay, replay: null }],
    ['a topic that Kafka could not have', 'replay.topic', inside(replay, 'replay', { topic: 'a/b' })],
    ['no list of partitions', 'replay.partitions', inside(replay, 'replay', { partitions: {} })],
    ['a partition twice', 'replay.partitions', inside(replay, 'replay', { partitions: [one, one] })],
    [
      'a negative target',
      'replay.partitions.0.target',
      inside(replay, 'replay', { partitions: [{ ...one, target: -1 }] }),
    ],
    [
      'a target beyond 2^53',
      'replay.partitions.0.target',
      inside(replay, 'replay', { partitions: [{ ...one, target: 2 ** 53 }] }),
    ],
    [
      'half a target',
      'replay.partitions.0.target',
      inside(replay, 'replay', { partitions: [{ ...one, target: 0.5 }] }),
    ],
    [
      'an end before the beginning',
      'replay.partitions.0.until',
      inside(replay, 'replay', { partitions: [{ ...one, target: 9, until: 8 }] }),
    ],
    [
      'a negative partition',
      'replay.partitions.0.partition',
      inside(replay, 'replay', { partitions: [{ ...one, partition: -1 }] }),
    ],
    [
      'no partition of any broker',
      'replay.partitions.0.partition',
      inside(replay, 'replay', { partitions: [{ ...one, partition: 2 ** 31 - 1 }] }),
    ],
    ['a key that fits into no commit', 'replay.key', inside(replay, 'replay', { key: 'k'.repeat(257) })],
    ...[0, -5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '5'].map(
      (ratePerSecond): [string, string, object] => [
        `a rate of ${ratePerSecond}`,
        'replay.ratePerSecond',
        inside(replay, 'replay', { ratePerSecond }),
      ],
    ),
    ['maybe', 'replay.current', inside(replay, 'replay', { current: 'maybe' })],
    ['a redrive of nothing', 'redrive', { ...redrive, redrive: null }],
    [
      'letters out of order',
      'redrive.letters.0.offsets.1',
      inside(redrive, 'redrive', { letters: [{ partition: 0, offsets: [5, 5], times: [0, 0] }] }),
    ],
    [
      'letters before the log',
      'redrive.letters.0.offsets.0',
      inside(redrive, 'redrive', { letters: [{ partition: 0, offsets: [-1], times: [0] }] }),
    ],
    [
      'letters without their times',
      'redrive.letters.0.times',
      inside(redrive, 'redrive', { letters: [{ partition: 0, offsets: [1], times: [] }] }),
    ],
    [
      'letters of a partition twice',
      'redrive.letters',
      inside(redrive, 'redrive', { letters: [1, 1].map((partition) => ({ partition, offsets: [], times: [] })) }),
    ],
    ['a partition to redrive twice', 'redrive.partitions', inside(redrive, 'redrive', { partitions: [3, 3] })],
    ['a time of letters beyond the calendar', 'redrive.sinceMs', inside(redrive, 'redrive', { sinceMs: 9e15 })],
    ['progress of nothing', 'progress', { ...progress, progress: null }],
    ['a state of tomorrow', 'progress.state', inside(progress, 'progress', { state: 'approved' })],
    ['a position before the log', 'progress.before', inside(progress, 'progress', { before: -1 })],
    ['fewer records than none', 'progress.records', inside(progress, 'progress', { records: -1 })],
  ])('%s', (_, field, command) => expect(faultOf(command)).toBe(field));

  test.each([
    ['another command', 'b'],
    ['its own progress', 'a1b2c3d4/0'],
    ['nothing', ''],
  ])('a command under the key of %s', (_, key) => expect(faultOf(replay, key)).toBe('key'));

  test.each([null, undefined, 7, 'text', [], () => 0])('what is no record: %p', (value) => {
    expect(checkCommand('a', value)).toMatchObject({ fault: {} });
  });
});

test('texts that are only shown are cut and made printable', () => {
  const by = `anna\u001b]0;gone\u0007${'x'.repeat(300)}`;
  const checked = check({ ...pause, by, reason: 'two\nlines\u202e' });
  expect('command' in checked && [checked.command.by.slice(0, 18), checked.command.by.length]).toEqual([
    'anna\\u001b]0;gone\\',
    256,
  ]);
  expect('command' in checked && checked.command.reason).toBe('two\\nlines\\u202e');
  expect([shortened(`\u0007${'y'.repeat(100)}`, 8), shortened({}), shortened(1n)]).toEqual([
    '\\u0007yy…',
    'a structure',
    '1',
  ]);
});
