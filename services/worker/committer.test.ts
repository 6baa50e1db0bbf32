// When watermarks are committed: the clock is Jest's, the group only notes what it is asked.
import type { Group } from '@ess/stream/group/group.ts';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Committer } from './committer.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

type Offsets = Parameters<Group['commit']>[0];

function open({ partitions = [0, 1], tookMs = 0 } = {}) {
  const position = { offset: 10 };
  const commits: Array<{ offsets: number[][]; clean: boolean; worker: string }> = [];
  const state = { ownedForMs: 10_000, inFlight: 0, most: 0, refusals: 0, flush: async () => {} };
  const group = {
    get ownedForMs() {
      return state.ownedForMs;
    },
    commit: async (offsets: Offsets) => {
      state.inFlight += 1;
      state.most = Math.max(state.most, state.inFlight);
      const { clean, worker } = JSON.parse(offsets[0]?.metadata ?? '{}') as { clean: boolean; worker: string };
      commits.push({ offsets: offsets.map(({ partition, offset }) => [partition, offset]), clean, worker });
      if (tookMs > 0) await new Promise((resolve) => setTimeout(resolve, tookMs));
      state.inFlight -= 1;
      if (state.refusals-- > 0) throw new Error('rebalance in progress');
    },
  };
  const intakeOf = (partition: number) => ({
    commit: (worker: string, _startedAtMs: number, clean: boolean) => ({
      partition,
      offset: position.offset,
      metadata: JSON.stringify({ worker, clean }),
    }),
  });
  const intake = new Map(partitions.map((partition) => [partition, intakeOf(partition)]));
  const committer = new Committer(group, intake, {
    states: { flush: () => state.flush() },
    workerId: 'w-1',
    log: { debug: () => {} },
    gatherMs: 250,
  });
  return { committer, commits, position, state };
}

test('an assignment commits at once, so that its crash is told from that of the owner before', async () => {
  const { committer, commits } = open();
  committer.start();
  await jest.advanceTimersByTimeAsync(0);
  expect(commits).toEqual([
    {
      offsets: [
        [0, 10],
        [1, 10],
      ],
      clean: false,
      worker: 'w-1',
    },
  ]);
  await committer.finish(true);
});

test('what settles close together is one commit, of the partitions that changed only', async () => {
  const { committer, commits, position } = open();
  for (const offset of [11, 12, 13]) {
    position.offset = offset;
    committer.changed(1);
    await jest.advanceTimersByTimeAsync(10);
  }
  expect(commits).toEqual([]);
  await jest.advanceTimersByTimeAsync(250);
  expect(commits.map(({ offsets }) => offsets)).toEqual([[[1, 13]]]);
});

test('one commit is in flight; what changes meanwhile is the next one', async () => {
  const { committer, commits, position, state } = open({ tookMs: 300 });
  committer.changed(0);
  await jest.advanceTimersByTimeAsync(260);
  position.offset = 20;
  for (let n = 0; n < 20; n++) {
    committer.changed(0);
    await jest.advanceTimersByTimeAsync(10);
  }
  expect(commits).toHaveLength(1);
  await jest.advanceTimersByTimeAsync(400);
  expect(commits.map(({ offsets }) => offsets)).toEqual([[[0, 10]], [[0, 20]]]);
  expect(state.most).toBe(1);
});

test('every 5 s all positions are committed again, changed or not', async () => {
  const { committer, commits } = open();
  committer.start();
  await jest.advanceTimersByTimeAsync(15_001);
  expect(commits).toHaveLength(4);
  for (const { offsets } of commits)
    expect(offsets).toEqual([
      [0, 10],
      [1, 10],
    ]);
  await committer.finish(true);
  await jest.advanceTimersByTimeAsync(20_000);
  expect(commits).toHaveLength(5);
});

test('a commit that Kafka refuses is repeated with the position of that moment', async () => {
  const { committer, commits, position, state } = open();
  state.refusals = 1;
  committer.changed(0);
  await jest.advanceTimersByTimeAsync(260);
  position.offset = 15;
  await jest.advanceTimersByTimeAsync(900);
  expect(commits.map(({ offsets }) => offsets)).toEqual([[[0, 10]], [[0, 15]]]);
});

test('the state rows of what is committed are written first, and what settles meanwhile waits for the next commit', async () => {
  const { committer, commits, position, state } = open();
  const flushed = Promise.withResolvers<void>();
  state.flush = () => flushed.promise;
  committer.changed(0);
  await jest.advanceTimersByTimeAsync(260);
  expect(commits).toEqual([]);
  position.offset = 20; // settled after the flush began: its state row may not be in it
  flushed.resolve();
  await jest.advanceTimersByTimeAsync(1);
  expect(commits.map(({ offsets }) => offsets)).toEqual([[[0, 10]]]);
});

describe('state rows that Kafka does not acknowledge', () => {
  test('delay the commit, which is tried again', async () => {
    const { committer, commits, state } = open();
    state.flush = () => new Promise(() => {});
    committer.changed(0);
    await jest.advanceTimersByTimeAsync(1_300);
    expect(commits).toEqual([]);
    state.flush = async () => {};
    await jest.advanceTimersByTimeAsync(800);
    expect(commits).toHaveLength(1);
  });

  test('do not keep an assignment from ending: it ends without the last commit, as after a crash', async () => {
    const { committer, commits, state } = open();
    state.flush = () => new Promise(() => {});
    const finished = committer.finish(true);
    await jest.advanceTimersByTimeAsync(1_100);
    await finished;
    expect(commits).toEqual([]);
  });
});

describe('nothing is written', () => {
  test('while the partitions may already be another member’s', async () => {
    const { committer, commits, state } = open();
    committer.start();
    state.ownedForMs = 0;
    committer.changed(0);
    await jest.advanceTimersByTimeAsync(4_000);
    expect(commits).toEqual([]);
    state.ownedForMs = 8_000; // heard of the group again
    await jest.advanceTimersByTimeAsync(1_100);
    expect(commits).toHaveLength(1);
    await committer.finish(true);
  });

  test('after the last commit, whatever still changes', async () => {
    const { committer, commits } = open();
    committer.changed(0);
    await committer.finish(false);
    committer.changed(0);
    committer.start();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(commits).toHaveLength(1);
  });
});

describe('the last commit', () => {
  test('covers all partitions and says whether anything was left open', async () => {
    for (const clean of [true, false]) {
      const { committer, commits } = open();
      await committer.finish(clean);
      expect(commits).toEqual([
        {
          offsets: [
            [0, 10],
            [1, 10],
          ],
          clean,
          worker: 'w-1',
        },
      ]);
    }
  });

  test('waits for the one in flight, so that it is the last to arrive', async () => {
    const { committer, commits, position, state } = open({ tookMs: 300 });
    committer.changed(0);
    await jest.advanceTimersByTimeAsync(260);
    position.offset = 99;
    const finished = committer.finish(true);
    await jest.advanceTimersByTimeAsync(700);
    await finished;
    expect(commits.map(({ offsets, clean }) => [offsets[0]![1], clean])).toEqual([
      [10, false],
      [99, true],
    ]);
    expect(state.most).toBe(1);
  });
});
