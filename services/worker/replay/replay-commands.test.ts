// What an owner does with a replay, by what ess.control says and by what the metadata says that it finds.
import { decodeMetadata, encodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import { ControlState, makeCommand } from '@ess/domain/control/control-state.ts';
import type { ReplayWindow } from '@ess/domain/control/replay-window.ts';
import type { Command, DeliveryAttempt, ProgressState } from '@ess/schemas/generated/types.ts';
import { makePartner } from '@ess/test/harness/data/partner.ts';
import { expect, test } from '@jest/globals';
import { PartitionIntake } from '../intake/partition-intake.ts';
import { ReplayCommands } from './replay-commands.ts';

const PARTNER = 'hospital';
const FACTS = { settled: [], attempts: [], clean: true, committedAtMs: 9, epochStartedAtMs: 8, worker: 'before' };
const WINDOW: ReplayWindow = {
  id: 'a',
  target: 10,
  until: 50,
  resume: 80,
  key: null,
  newIds: false,
  ratePerSecond: null,
  current: false,
  movedAtMs: 7,
  stop: null,
  ended: false,
  delivered: 0,
};

const order = makeCommand({
  id: 'a',
  partner: PARTNER,
  kind: 'replay',
  by: 'anna@ops',
  reason: 'test',
  replay: {
    topic: 'rules',
    partitions: [{ partition: 0, target: 10, until: 50 }],
    key: null,
    newIds: false,
    ratePerSecond: null,
    current: false,
  },
});
const ordered = (change: object): Command => ({
  ...order,
  replay: { ...(order.replay as NonNullable<Command['replay']>), ...change },
});
const progress = (state: ProgressState): Command =>
  makeCommand({
    id: 'a',
    partner: PARTNER,
    kind: 'progress',
    by: 'w',
    progress: {
      partition: 0,
      state,
      before: 80,
      target: 10,
      until: 50,
      records: 0,
      failed: 0,
      passed: 0,
      refused: false,
      detail: null,
    },
  });
const stop = (kind: 'cancel' | 'undo'): Command =>
  makeCommand({ id: 's', partner: PARTNER, kind, by: 'anna@ops', of: 'a' });

/** An assignment of partition 0 at this position. @returns what was committed, recorded and skipped */
async function look(
  given: readonly Command[],
  position: number,
  replay?: ReplayWindow,
  refusing?: { reopened: number },
  limit = Number.POSITIVE_INFINITY,
) {
  const state = new ControlState();
  for (const command of given) state.apply(command);
  const done = { commits: [] as Array<[number, unknown]>, records: [] as unknown[], skipped: 0, moved: [] as string[] };
  const metadata = encodeMetadata(position, { ...FACTS, ...(replay ? { replay } : {}) });
  const intake = new PartitionIntake({ partition: 0, position, metadata });
  const assignment = {
    isLive: true,
    endedClean: true,
    startedAtMs: 5,
    intakes: new Map([[0, intake]]),
    skipReplay: () => {
      done.skipped += 1;
    },
  };
  const group = {
    partitionCount: 12,
    countPartitions: async () => 12,
    reopen: async (between: () => Promise<void>) => {
      if (refusing) {
        refusing.reopened += 1;
        return between().catch(() => undefined); // and the same partitions are open again
      }
      await between();
      assignment.isLive = false;
    },
    commit: async (commits: ReadonlyArray<{ offset: number; metadata: string }>) => {
      if (refusing) throw new Error('INVALID_COMMIT_OFFSET_SIZE');
      for (const { offset, metadata } of commits) done.commits.push([offset, decodeMetadata(offset, metadata)?.replay]);
    },
  };
  const write = async (commands: readonly Command[]) => {
    done.records.push(...commands.map(({ progress }) => (progress?.refused ? progress.detail : progress?.state)));
    for (const command of commands) state.apply(command);
  };
  const append = async (rows: readonly { value: Buffer | null }[]) => {
    for (const { value } of rows) {
      const { lastOffset, offset } = JSON.parse(String(value)) as DeliveryAttempt;
      done.moved.push(`${lastOffset} → ${offset}`);
    }
  };
  const outbox = { append, appendAndTell: async () => [] };
  const { partner } = makePartner({
    shared: { control: { state, write }, outbox, approval: { limit, size: async () => 40 } },
  });
  const commands = new ReplayCommands(partner, group, () => assignment);
  commands.look();
  commands.look(); // a second look changes nothing
  for (let turn = 0; turn < 10; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (refusing) commands.look(); // as at each assignment
  }
  return done;
}

test.each<[string, readonly Command[], number, ReplayWindow | undefined, Partial<Awaited<ReturnType<typeof look>>>]>([
  ['nothing was asked for: nothing happens', [], 80, undefined, {}],
  [
    'a new replay is moved, with the position of now to return to',
    [order],
    80,
    undefined,
    { commits: [[10, { ...WINDOW, movedAtMs: expect.any(Number) as never }]] },
  ],
  ['a partition that is before the range has nothing to replay', [order], 10, undefined, { records: ['unchanged'] }],
  [
    'a crash between the commit and its record: it is recorded',
    [order],
    10,
    WINDOW,
    { records: ['moved'], moved: ['80 → 10'] },
  ],
  ['one that is on record goes on', [order, progress('moved')], 30, WINDOW, {}],
  [
    'one that is through on record, but not in the metadata, is dropped',
    [order, progress('completed')],
    50,
    WINDOW,
    { skipped: 1 },
  ],
  [
    'one that has jumped without a record is recorded',
    [order, progress('moved')],
    90,
    { ...WINDOW, ended: true },
    { records: ['completed'], moved: ['50 → 80'] },
  ],
  [
    'one that is on record and not in the metadata was moved by another tool',
    [order, progress('moved')],
    33,
    undefined,
    { records: ['completed'] },
  ],
  [
    'a stop ends the range where the position is',
    [order, progress('moved'), stop('undo')],
    30,
    WINDOW,
    { commits: [[30, { ...WINDOW, until: 30, stop: 'undo' }]] },
  ],
  [
    'a partition that the topic does not have ends at once, the others are moved',
    [
      ordered({
        partitions: [
          { partition: 0, target: 10, until: 50 },
          ...[12, 99].map((partition) => ({ partition, target: 0, until: null })),
        ],
      }),
    ],
    80,
    undefined,
    {
      commits: [[10, { ...WINDOW, movedAtMs: expect.any(Number) as never }]],
      records: ['unchanged', 'unchanged'],
    },
  ],
  [
    'a replay of another topic moves nothing',
    [ordered({ topic: 'others' })],
    80,
    undefined,
    { records: ['unchanged'] },
  ],
  [
    'a replay of another topic that was moved there is not through',
    [ordered({ topic: 'others' }), progress('moved')],
    80,
    undefined,
    { records: ['unchanged'] },
  ],
  [
    'a target beyond the end moves nothing',
    [ordered({ partitions: [{ partition: 0, target: 2 ** 52, until: null }] })],
    80,
    undefined,
    { records: ['unchanged'] },
  ],
  ['a stop of what was never moved is recorded', [order, stop('cancel')], 80, undefined, { records: ['cancelled'] }],
  [
    'a stop that has begun is not begun again',
    [order, progress('moved'), stop('undo')],
    30,
    { ...WINDOW, until: 30, stop: 'undo' },
    {},
  ],
])('%s', async (_name, given, position, replay, wanted) => {
  expect(await look(given, position, replay)).toEqual({ commits: [], records: [], skipped: 0, moved: [], ...wanted });
});

const approved = makeCommand({ id: 'y', partner: PARTNER, kind: 'approved', by: 'ben@ops', of: 'a' });
const proposal = {
  ...{ kind: 'replay' as const, digest: 'as it is', expiresAt: Number.MAX_SAFE_INTEGER },
  ...{ records: 40, connector: null },
};
const proposed: Command = { ...order, kind: 'proposed', proposal };

test.each<[string, readonly Command[], number, Partial<Awaited<ReturnType<typeof look>>>]>([
  [
    'that is larger than one person may order moves nothing, and says why, whatever it says of itself',
    [{ ...order, proposal: { ...proposal, records: 1 } }],
    39,
    { records: [expect.stringMatching(/^40 records are more than the 39 .* let somebody else approve it$/)] },
  ],
  ['that is as large moves', [order], 40, { commits: [[10, expect.anything()]] }],
  ['that is only proposed does nothing', [proposed], 39, {}],
  [
    'that was proposed and approved by another moves',
    [proposed, { ...approved, proposal }],
    39,
    { commits: [[10, expect.anything()]] },
  ],
  ['that its maker has approved does nothing', [proposed, { ...approved, by: order.by, proposal }], 39, {}],
])('a replay %s', async (_, given, limit, wanted) => {
  const nothing = { commits: [], records: [], skipped: 0, moved: [] };
  expect(await look(given, 80, undefined, undefined, limit)).toEqual({ ...nothing, ...wanted });
});

test.each<[string, readonly Command[], string | undefined]>([
  ['is told as refused, also by an owner that finds it ended', [order], '40 records are more than the 39'],
  ['is told as cancelled when somebody has cancelled it', [order, stop('cancel')], undefined],
])('what an earlier owner ended %s', async (_, given, why) => {
  const { records } = await look(given, 80, { ...WINDOW, until: 10, stop: 'cancel', ended: true }, undefined, 39);
  expect(records).toEqual([why === undefined ? 'cancelled' : expect.stringContaining(why)]);
});

test('both names stand in the audit of what was approved', async () => {
  const reasons: string[] = [];
  const state = new ControlState();
  for (const command of [proposed, { ...approved, proposal }]) state.apply(command);
  const metadata = encodeMetadata(10, { ...FACTS, replay: WINDOW });
  const intake = new PartitionIntake({ partition: 0, position: 10, metadata });
  const assignment = {
    isLive: true,
    endedClean: true,
    startedAtMs: 5,
    intakes: new Map([[0, intake]]),
    skipReplay() {},
  };
  const append = async (rows: readonly { value: Buffer | null }[]) =>
    void reasons.push(...rows.map(({ value }) => (JSON.parse(String(value)) as DeliveryAttempt).reason ?? ''));
  const { partner, hooks: _ } = makePartner({
    shared: {
      control: { state, write: async () => {} },
      outbox: { append, appendAndTell: async () => [] },
      approval: { limit: Number.POSITIVE_INFINITY, size: async () => 40 },
    },
  });
  new ReplayCommands(partner, partner.group, () => assignment).look();
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(reasons).toEqual(['replay ordered by anna@ops, approved by ben@ops (test)']);
});

test('a move that failed is not tried again at once: each try ends the assignment', async () => {
  const refusing = { reopened: 0 };
  expect(await look([order], 80, undefined, refusing)).toMatchObject({ commits: [], records: [] });
  expect(refusing.reopened).toBe(1);
});
