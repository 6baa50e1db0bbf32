import type { CommitMetadata } from '@ess/domain/control/commit-metadata.ts';
import { decodeMetadata, encodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import { describe, expect, test } from '@jest/globals';
import type { Item } from '../item/item.ts';
import { makeItem } from '../item/item.ts';
import { PartitionIntake } from './partition-intake.ts';

const BEFORE: CommitMetadata = {
  ...{ settled: [], attempts: [], clean: true, committedAtMs: 9_000, epochStartedAtMs: 8_000, worker: 'w-before' },
};

/** An intake that starts at 100, after an owner who left this. */
function after(more: Partial<CommitMetadata> = {}, position = 100): PartitionIntake {
  return new PartitionIntake({ partition: 4, position, metadata: encodeMetadata(position, { ...BEFORE, ...more }) });
}

function item(offset: number, intake?: PartitionIntake): Item {
  const record = { partition: 4, offset, key: null, value: null, timestampMs: offset * 10, bytes: 0, headers: {} };
  const attempts = intake?.attemptsUsed(offset) ?? 0;
  return makeItem(record, { ok: true, record: {} }, { topic: 't' }, `id-${offset}`, attempts);
}

/** Takes records in as an assignment does. @returns the items that are left to deliver */
function take(intake: PartitionIntake, ...offsets: number[]): Item[] {
  return offsets.flatMap((offset) => {
    intake.watermark.take(offset, offset * 10);
    if (intake.before(offset) !== 'open') {
      intake.watermark.settle(offset);
      return [];
    }
    const open = item(offset, intake);
    intake.opened(open);
    return [open];
  });
}

function committed(intake: PartitionIntake, clean = false) {
  const { partition, offset, metadata } = intake.commit('w-now', 9_500, clean);
  expect(partition).toBe(4);
  return { offset, ...decodeMetadata(offset, metadata)! };
}

describe('a commit says', () => {
  test('the position, what is settled above it, and the attempts of what is not', () => {
    const intake = after();
    const items = take(intake, 100, 101, 102, 103);
    intake.settled(items[0]!);
    intake.settled(items[2]!);
    items[1]!.attempts = 3;
    intake.attempted(items[1]!, 'status-503');
    expect(committed(intake)).toMatchObject({
      ...{ offset: 101, settled: [[102, 102]], attempts: [[101, 3]], clean: false, worker: 'w-now' },
    });
    expect(committed(intake).epochStartedAtMs).toBe(9_500);
  });

  test('no attempts of what has settled since', () => {
    const intake = after();
    const [first, second] = take(intake, 100, 101);
    for (const open of [first!, second!]) {
      open.attempts = 1;
      intake.attempted(open, 'status-503');
    }
    intake.settled(second!);
    expect(committed(intake)).toMatchObject({ offset: 100, settled: [[101, 101]], attempts: [[100, 1]] });
  });

  test('nothing unreadable when a record with attempts went out of scope and was passed', () => {
    const intake = after({ attempts: [[100, 5]] });
    intake.watermark.take(100);
    intake.attemptsUsed(100);
    intake.watermark.settle(100); // skipped: settled without having been opened
    expect(committed(intake, true)).toMatchObject({ offset: 101, attempts: [], clean: true });
  });
});

describe('what the owner before had settled', () => {
  const inherited = {
    settled: [
      [102, 104],
      [107, 107],
    ] as const,
  };

  test('is not delivered again', () => {
    const intake = after(inherited);
    expect(take(intake, 100, 101, 102, 103, 104, 105, 106, 107, 108).map(({ offset }) => offset)).toEqual([
      ...[100, 101, 105, 106, 108],
    ]);
  });

  test('is handed on by commits made before those records come in', () => {
    const intake = after(inherited);
    expect(committed(intake)).toMatchObject({ offset: 100, settled: inherited.settled });
    take(intake, 100, 101, 102, 103);
    expect(committed(intake).settled).toEqual([
      [102, 103],
      [104, 104],
      [107, 107],
    ]);
    const successor = new PartitionIntake({
      partition: 4,
      position: 100,
      metadata: intake.commit('w', 0, true).metadata,
    });
    expect([102, 103, 104, 105, 107].filter((offset) => successor.before(offset) === 'settled')).toEqual([
      102, 103, 104, 107,
    ]);
  });

  test('by its audit rows after a crash counts as well, and is handed on together', () => {
    const intake = after({ ...inherited, clean: false });
    const sent = { bodyDigest: 'b', connectorDigest: 'c' };
    for (const offset of [101, 105, 106, 99]) intake.recovered(offset, offset === 105 ? undefined : sent);
    expect(committed(intake).settled).toEqual([[101, 107]]);
    expect([104, 105, 106, 108].map((offset) => intake.before(offset))).toEqual([
      'settled',
      'settled',
      sent, // its state row may be missing
      'open',
    ]);
    expect(take(intake, 100, 101, 102).map(({ offset }) => offset)).toEqual([100]);
  });
});

describe('attempts', () => {
  test('go on where the owner before left them', () => {
    const intake = after({ attempts: [[101, 7]] });
    expect(committed(intake).attempts).toEqual([[101, 7]]); // not yet taken in
    expect(take(intake, 100, 101).map(({ attempts }) => attempts)).toEqual([0, 7]);
    expect(committed(intake).attempts).toEqual([[101, 7]]);
  });
});

describe('the owner before us', () => {
  test('that left in good order needs no recovery', () => {
    expect(after({ clean: true }).crashedOwner('hospital', 'rules')).toEqual([]);
  });

  test('that did not is named with its times, to find its audit rows', () => {
    expect(after({ clean: false }).crashedOwner('hospital', 'rules')).toEqual([
      {
        partner: 'hospital',
        topic: 'rules',
        worker: 'w-before',
        committedAtMs: 9_000,
        assignmentStartedAtMs: 8_000,
        partitions: new Set([4]),
      },
    ]);
  });

  test.each([null, '', 'set by ops', 'ess9:zzzz'])('that left %j is nobody: the offset alone is obeyed', (metadata) => {
    const intake = new PartitionIntake({ partition: 4, position: 50, metadata });
    expect(intake.crashedOwner('hospital', 'rules')).toEqual([]);
    expect(take(intake, 50, 51)).toHaveLength(2);
    expect(committed(intake)).toMatchObject({ offset: 50, settled: [] });
  });
});

test('intake stops at 2,000 open records and goes on at half of them', () => {
  const intake = after();
  const items = take(intake, ...Array.from({ length: 2_000 }, (_, index) => 100 + index));
  expect(intake.isFull(false)).toBe(true);
  for (const open of items.slice(0, 1_000)) intake.settled(open);
  expect([intake.isFull(false), intake.isFull(true)]).toEqual([false, true]);
  intake.settled(items[1_000]!);
  expect(intake.isFull(true)).toBe(false);
});

test('the age of the oldest open record is known until there is none', () => {
  const intake = after();
  const [first, second] = take(intake, 100, 101);
  expect(intake.oldestMs).toBe(1_000);
  intake.settled(first!);
  expect(intake.oldestMs).toBe(1_010);
  intake.settled(second!);
  expect(intake.oldestMs).toBeUndefined();
});

describe('a replay that the owner before has left', () => {
  const replay = {
    ...{ id: 'a', target: 100, until: 150, resume: 200, key: null, newIds: false, ratePerSecond: null, current: false },
    ...{ movedAtMs: 7, stop: null, ended: false, delivered: 3 },
  } as const;

  test('goes on, and is handed on with what it has delivered', () => {
    const intake = after({ replay });
    intake.replay?.noted({ ruleId: 'r', version: 4 } as Item);
    expect(committed(intake).replay).toEqual({ ...replay, delivered: 4 });
    expect(after({ replay }, 120).crashedOwner('hospital', 'rules')).toEqual([]);
  });

  test('is fresh only if nothing of it can have been sent: else the audit rows have to say what was', () => {
    const settled = (from: number) => ({ replay, settled: [[from, from + 2]] as const });
    expect(after({ replay }).replay?.fresh).toBe(true);
    expect(after(settled(210)).replay?.fresh).toBe(true); // from before the replay
    expect(after(settled(110)).replay?.fresh).toBe(false);
    expect(after({ replay }, 101).replay?.fresh).toBe(false);
    expect(after({ replay, clean: false }).replay?.fresh).toBe(false);
    expect(after({ replay: { ...replay, stop: 'undo' } }).replay?.fresh).toBe(false);
  });

  test('tells the recovery after a crash whose audit rows count', () => {
    expect(after({ replay, clean: false }).crashedOwner('hospital', 'rules')).toMatchObject([
      { replay: { id: 'a', resume: 200 } },
    ]);
  });

  test('that has jumped takes in what comes after it', () => {
    expect(after({ replay: { ...replay, ended: true } }, 230).replay?.limit).toBe(Number.POSITIVE_INFINITY);
    expect(after({ replay }).replay?.limit).toBe(150);
  });
});

test('an attempt that a crashed owner had on record counts, also when its last commit did not say so', () => {
  const intake = new PartitionIntake({ partition: 0, position: 3, metadata: null });
  intake.recoveredAttempt(3, 2);
  intake.recoveredAttempt(3, 1);
  expect([intake.attemptsUsed(3), intake.attemptsUsed(4)]).toEqual([2, 0]);
});

describe('the log that the position belongs to', () => {
  const inLog = (topicId: string | undefined, log?: CommitMetadata['log']) => {
    const metadata = encodeMetadata(100, { ...BEFORE, ...(log ? { log } : {}) });
    return new PartitionIntake({
      partition: 4,
      position: 100,
      metadata,
      ...(topicId === undefined ? {} : { topicId }),
    });
  };
  const logOf = (intake: PartitionIntake) => committed(intake)?.log;

  test.each([
    ['today, when none was written', 'a', undefined, { id: 'a' }],
    ['today, with the record before as it was written', 'a', { id: 'a', at: 5 }, { id: 'a', at: 5 }],
    ['as it was written, where brokers have none', undefined, { id: 'a', at: 5 }, { id: 'a', at: 5 }],
    ['nothing, where nothing is known', undefined, undefined, undefined],
  ])('its id is committed: %s', (_, topicId, log, expected) => {
    expect(logOf(inLog(topicId, log))).toEqual(expected);
  });

  test('when the position has moved, the time is that of the record before it', () => {
    const intake = inLog('a', { id: 'a', at: 5 });
    intake.watermark.take(100, 1_000);
    intake.opened(item(100));
    expect(logOf(intake)).toEqual({ id: 'a', at: 5 });
    intake.settled(item(100));
    expect(logOf(intake)).toEqual({ id: 'a', at: 1_000 });
  });
});

describe('a group that had no position in this log', () => {
  const startedOver = (position: number, end: number) =>
    new PartitionIntake({ partition: 4, position, metadata: null, startedOverAt: end });

  test('commits until where it reads again what was acked, and no longer than that', () => {
    const intake = startedOver(100, 102);
    const items = take(intake, 100, 101, 102);
    expect([intake.ackedUntil, committed(intake).ackedUntil]).toEqual([102, 102]);
    for (const each of items.slice(0, 2)) intake.settled(each);
    expect([intake.ackedUntil, committed(intake).ackedUntil]).toEqual([undefined, undefined]);
  });

  test('whoever owns the partition next goes on with it; a replay and a position that a tool has set end it', () => {
    const metadata = encodeMetadata(100, { ...BEFORE, ackedUntil: 120 });
    expect(new PartitionIntake({ partition: 4, position: 100, metadata }).ackedUntil).toBe(120);
    expect(new PartitionIntake({ partition: 4, position: 90, metadata }).ackedUntil).toBeUndefined();
    const intake = startedOver(100, 120);
    const window = { id: 'r', target: 100, until: 110, resume: 115, key: null, newIds: false, ratePerSecond: null };
    const replay = { ...window, current: false, movedAtMs: 1, stop: null, ended: false, delivered: 0 };
    const { offset, metadata: moved } = intake.commitReplay('w-now', 9_500, true, replay);
    expect(decodeMetadata(offset, moved)).toMatchObject({ replay: { id: 'r' } });
    expect(decodeMetadata(offset, moved)?.ackedUntil).toBeUndefined();
  });

  test('an empty log, and a partner that has acked nothing, have nothing to be read again', () => {
    expect(startedOver(100, 100).ackedUntil).toBeUndefined();
    const intake = startedOver(100, 120);
    intake.nothingAcked();
    expect(intake.ackedUntil).toBeUndefined();
  });
});

test('a record that an earlier owner had tried again, and that is settled now, is not told as retrying', () => {
  const retrying = { sinceMs: 1_000, reason: 'status-500' };
  const intake = after({
    attempts: [[100, 2]],
    health: { movedAtMs: 1_000, settledPerSecond: 0, capacityPerSecond: 0, retrying },
  });
  intake.watermark.take(100, 1);
  expect(intake.attemptsUsed(100)).toBe(2);
  intake.passed(100);
  expect(committed(intake)).toMatchObject({ offset: 101, attempts: [] });
});
