import { describe, expect, test } from '@jest/globals';
import type { CommitMetadata } from './commit-metadata.ts';
import type { MemberFacts, PartitionStanding, StatusFacts } from './partner-status.ts';
import { partnerStatus } from './partner-status.ts';

const NOW = 1_795_000_000_000;

function metadata(worker: string, more: Partial<CommitMetadata> = {}): CommitMetadata {
  return {
    settled: [],
    attempts: [],
    clean: false,
    committedAtMs: NOW - 1_000,
    epochStartedAtMs: NOW - 60_000,
    worker,
    health: { movedAtMs: NOW - 2_000, settledPerSecond: 50, capacityPerSecond: 400 },
    ...more,
  };
}

const member = (worker: string, ...partitions: number[]): MemberFacts => ({ worker, host: '10.0.0.1', partitions });

const partition = (number: number, position: number, high: number, of?: CommitMetadata): PartitionStanding => ({
  partition: number,
  low: 0,
  high,
  position,
  metadata: of,
  oldestMs: high > position ? NOW - 30_000 : undefined,
});

function status(more: Partial<StatusFacts>) {
  return partnerStatus({
    partner: 'hospital',
    topic: 'rules',
    members: [member('w1', 0)],
    paused: undefined,
    replay: undefined,
    nowMs: NOW,
    partitions: [partition(0, 10, 10, metadata('w1'))],
    ...more,
  });
}

test('right after a join nothing flows yet, although nothing waits', () => {
  expect(status({ members: [member('w1')] })).toMatchObject({ state: 'joining', lag: { records: 0 } });
});

describe('what waits is told by its cause', () => {
  const waiting = (of: CommitMetadata | undefined, more: Partial<StatusFacts> = {}) => {
    const found = status({ partitions: [partition(0, 10, 15, of)], ...more });
    return [found.state, found.partitions[0]?.cause, found.etaSeconds];
  };
  const replay = {
    id: 'a',
    target: 0,
    until: 20,
    resume: 20,
    key: null,
    newIds: false,
    ratePerSecond: null,
    current: false,
    movedAtMs: NOW,
    stop: null,
    ended: false,
    delivered: 0,
  };
  const health = { movedAtMs: NOW, settledPerSecond: 0, capacityPerSecond: 0 };
  const held = { ...health, held: { sinceMs: NOW - 9_000, reason: 'status-503' } };
  const retrying = { sinceMs: NOW - 30_000, reason: 'status-500' };

  test.each<[string, CommitMetadata | undefined, Partial<StatusFacts>, unknown[]]>([
    ['catching up, with an estimate', metadata('w1'), {}, ['catchingUp', 'catchingUp', 1]],
    [
      'paused, whatever else',
      metadata('w1', { health: held }),
      { paused: { at: 1, by: 'anna', reason: null } },
      ['paused', 'paused', null],
    ],
    ['no worker', metadata('w1'), { members: [] }, ['unowned', 'unowned', null]],
    ['a worker that has just joined', metadata('w1'), { members: [member('w2')] }, ['joining', 'joining', null]],
    ['held', metadata('w1', { health: held }), {}, ['held', 'held', null]],
    ['replaying', metadata('w1', { replay }), {}, ['replaying', 'replaying', 1]],
    [
      'the first record that waits is tried again',
      metadata('w1', { attempts: [[10, 2]], health: { ...health, movedAtMs: NOW - 90_000, retrying } }),
      {},
      ['retrying', 'retrying', null],
    ],
    [
      'another record is tried again: what waits moves',
      metadata('w1', { attempts: [[12, 2]], health: { ...health, settledPerSecond: 50, retrying } }),
      {},
      ['catchingUp', 'catchingUp', 1],
    ],
    [
      'what was tried again is through',
      metadata('w1', { health: { ...health, settledPerSecond: 50, retrying } }),
      {},
      ['catchingUp', 'catchingUp', 1],
    ],
    ['as much arrives as gets through', metadata('w1'), { arrivingPerSecond: 50 }, ['catchingUp', 'catchingUp', null]],
    ['a part of it arrives', metadata('w1'), { arrivingPerSecond: 49 }, ['catchingUp', 'catchingUp', 5]],
    [
      'a replay that is through is none',
      metadata('w1', { replay: { ...replay, ended: true } }),
      {},
      ['catchingUp', 'catchingUp', 1],
    ],
    [
      'an owner that says nothing any more',
      metadata('w1', { committedAtMs: NOW - 30_000 }),
      {},
      ['stalled', 'stalled', null],
    ],
    [
      'nothing moves, and nothing says why',
      metadata('w1', { health: { ...health, movedAtMs: NOW - 90_000 } }),
      {},
      ['stalled', 'stalled', null],
    ],
    [
      'what the owner before had written counts no more',
      metadata('w0', { health: held }),
      {},
      ['catchingUp', 'catchingUp', null],
    ],
    [
      'what was acked is read again from the start',
      metadata('w1', { ackedUntil: 15 }),
      {},
      ['startedOver', 'startedOver', 1],
    ],
    ['an offset that another tool has set', undefined, {}, ['catchingUp', 'catchingUp', null]],
  ])('%s', (_name, of, more, wanted) => {
    expect(waiting(of, more)).toEqual(wanted);
  });
});

test('lag is the sum of the records and the oldest of the waits; nothing that waits is flowing', () => {
  const two = status({ partitions: [partition(0, 10, 15, metadata('w1')), partition(1, 7, 7, metadata('w1'))] });
  expect(two.lag).toEqual({ records: 5, seconds: 30 });
  expect(two.waiting.catchingUp).toBe(5);
  expect(status({})).toMatchObject({ state: 'flowing', lag: { records: 0, seconds: 0 }, etaSeconds: 0 });
});

test('a held partner says so although nothing waits: since the first worker noticed, and why', () => {
  const health = (sinceMs: number) => ({
    movedAtMs: NOW,
    settledPerSecond: 0,
    capacityPerSecond: 9,
    held: { sinceMs, reason: 'status-401' },
  });
  const found = status({
    members: [member('w1', 0), member('w2', 1)],
    partitions: [
      partition(0, 1, 1, metadata('w1', { health: health(NOW - 1_000) })),
      partition(1, 1, 1, metadata('w2', { health: health(NOW - 5_000) })),
    ],
  });
  expect([found.state, found.breaker]).toEqual([
    'held',
    { state: 'open', since: new Date(NOW - 5_000).toISOString(), reason: 'status-401' },
  ]);
});

test('what is tried again says since when, how often and why, of all partitions; not when it is held, or of an owner of before', () => {
  const of = (worker: string, sinceMs: number, reason: string, more: Partial<CommitMetadata> = {}) =>
    metadata(worker, {
      health: { movedAtMs: NOW, settledPerSecond: 5, capacityPerSecond: 9, retrying: { sinceMs, reason } },
      ...more,
    });
  const attempts = [
    [1, 2],
    [4, 1],
  ] as const;
  const two = (first: CommitMetadata) => {
    const second = of('w2', NOW - 5_000, 'ECONNRESET', { attempts: [[1, 3]], committedAtMs: NOW - 500 });
    const partitions = [partition(0, 1, 5, first), partition(1, 1, 5, second)];
    return status({ members: [member('w1', 0), member('w2', 1)], partitions }).retrying;
  };
  const both = { since: new Date(NOW - 9_000).toISOString(), records: 3, attempts: 6, reason: 'ECONNRESET' };
  expect(two(of('w1', NOW - 9_000, 'status-500', { attempts }))).toEqual(both);
  const one = { since: new Date(NOW - 5_000).toISOString(), records: 1, attempts: 3, reason: 'ECONNRESET' };
  expect(two(of('w0', NOW - 9_000, 'status-500', { attempts }))).toEqual(one);
  expect(two(of('w1', NOW - 9_000, 'status-500'))).toEqual(one);
  const held = { sinceMs: NOW, reason: 'status-503' };
  expect(
    two(metadata('w1', { health: { movedAtMs: NOW, settledPerSecond: 0, capacityPerSecond: 9, held } })),
  ).toBeNull();
  expect(status({}).retrying).toBeNull();
});

test('the trend is told when that of every partition is known', () => {
  const [atMs, lag] = [NOW - 300_000, 90];
  const first = { ...partition(0, 10, 15, metadata('w1')), before: { atMs, lag } };
  expect(status({ partitions: [first] }).trend).toEqual({ direction: 'shrinking', recordsThen: 90, seconds: 300 });
  expect(status({ partitions: [first, partition(1, 10, 15, metadata('w1'))] }).trend).toBeNull();
});

test('the limit of a partner is known when each of its workers has met it', () => {
  const worker = (name: string, atLimit?: true) =>
    metadata(name, {
      health: { movedAtMs: NOW, settledPerSecond: 9, capacityPerSecond: 10, ...(atLimit && { atLimit }) },
    });
  const of = (...said: CommitMetadata[]) =>
    status({
      members: said.map(({ worker: name }, index) => member(name, index)),
      partitions: said.map((one, index) => partition(index, 1, 9, one)),
    }).limitPerSecond;
  expect(of(worker('w1', true), worker('w2', true))).toBe(20);
  expect(of(worker('w1', true), worker('w2'))).toBeNull();
  expect(of(worker('w1'))).toBeNull();
});

test('a worker beyond the partitions is idle, and told why', () => {
  const found = status({ members: [member('w1', 0), member('w2')] });
  expect(found.workers.map(({ worker, idle }) => [worker, idle])).toEqual([
    ['w1', null],
    ['w2', expect.stringContaining('rules has 1 partitions and 2 workers share them')],
  ]);
});

test('where nothing can be said of the source, it is held, and the reason is said', () => {
  const facts = {
    partner: 'hospital',
    topic: 'rules',
    members: [],
    partitions: [],
    paused: undefined,
    replay: undefined,
    nowMs: NOW,
    sourceTrouble: 'source: Kafka has no topic rules that you may read',
  };
  expect(partnerStatus(facts)).toMatchObject({
    state: 'held',
    lag: { records: 0 },
    breaker: { state: 'open', since: null, reason: 'source: Kafka has no topic rules that you may read' },
  });
});

test('a position beyond the end of the log is no lag of none: all that is there is still to come', () => {
  const found = status({ partitions: [{ ...partition(0, 777, 3, metadata('w1')), low: 1 }] });
  expect([found.state, found.lag.records, found.partitions[0]?.cause]).toEqual(['startedOver', 2, 'startedOver']);
});

test('a worker sends with the connector that its last commit names, and one that has not committed has not said', () => {
  const health = { movedAtMs: NOW, settledPerSecond: 0, capacityPerSecond: 0 };
  const found = status({
    members: [member('w1', 0, 1), member('w2')],
    partitions: [
      partition(0, 1, 1, metadata('w1', { committedAtMs: NOW - 9_000, health: { ...health, connector: 'before' } })),
      partition(1, 1, 1, metadata('w1', { committedAtMs: NOW - 1_000, health: { ...health, connector: 'now' } })),
      partition(2, 1, 1, metadata('gone', { health: { ...health, connector: 'gone' } })),
    ],
  });
  expect(found.workers.map(({ worker, connector }) => [worker, connector])).toEqual([
    ['w1', 'now'],
    ['w2', null],
  ]);
});
