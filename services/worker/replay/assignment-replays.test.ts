// Positions that somebody moved without asking: an owner looks at where they stand before it sends anything.
import { encodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import { ControlState, makeCommand } from '@ess/domain/control/control-state.ts';
import { FakeTopic } from '@ess/test/fakes/kafka/fake-cluster.ts';
import { makePartner } from '@ess/test/harness/data/partner.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { eventually } from '@ess/test/harness/deadline.ts';
import { expect, test } from '@jest/globals';
import { orderSize } from '../approval/order-size.ts';
import { PartitionIntake } from '../intake/partition-intake.ts';
import type { Item } from '../item/item.ts';
import { AssignmentReplays } from './assignment-replays.ts';

const facts = { settled: [], attempts: [], clean: true, committedAtMs: 9, epochStartedAtMs: 8, worker: 'before' };
const window = {
  ...{ id: 'a', target: 0, until: 20, resume: 20, key: null, newIds: false, ratePerSecond: null, current: false },
  ...{ movedAtMs: 7, stop: null, ended: false, delivered: 0 },
};
const order = makeCommand({
  id: 'a',
  partner: 'hospital',
  kind: 'replay',
  by: 'mallory@ops',
  replay: {
    topic: 'rules',
    partitions: [{ partition: 0, target: 0, until: 2 }],
    ...{ key: null, newIds: false, ratePerSecond: null, current: false },
  },
});
const forged = { partition: 0, state: 'moved' as const, before: 20, target: 0, until: 1 };
const progress = {
  ...makeCommand({ id: 'a', partner: 'hospital', kind: 'progress', by: 'worker-1' }),
  progress: { ...forged, records: 0, failed: 0, passed: 0, detail: null, refused: false },
};

test.each([
  ['within what one person may order goes on', [order, progress], 20, null],
  ['of an order that says less than where the position stands is ended', [order, progress], 19, 'cancel'],
  ['of an order that is not on record is ended', [], 19, 'cancel'],
  ['of an order that is not on record, when nobody has set a limit, goes on', [], Number.POSITIVE_INFINITY, null],
] as const)('a replay %s', async (_, given, limit, stop) => {
  const rules = new FakeTopic(1, 'rules');
  for (let index = 0; index < 20; index += 1) rules.add(0, { records: [{ key: 'r', value: 'v' }], timestampMs: 1 });
  const kafka = FakeTopic.kafkaOf([rules]);
  const state = new ControlState();
  for (const command of given) state.apply(command);
  const { partner } = makePartner({
    shared: {
      control: { state, write: async () => {} },
      approval: { limit, size: (...asked) => orderSize(kafka, ...asked) },
    },
  });
  const metadata = encodeMetadata(0, { ...facts, replay: window });
  const intake = new PartitionIntake({ partition: 0, position: 0, metadata });
  const actions = { over: () => {}, later: () => {} } as never;
  await new AssignmentReplays(partner, partner.group, actions).open([intake]);
  expect(intake.replay?.window).toMatchObject({ id: 'a', stop, until: stop ? 0 : 20 });
});

test('what the closing of a replay has still to send is left when the replay is through by what others say', async () => {
  const rules = new FakeTopic(1, 'rules.latest');
  for (const rule of ['a', 'b'])
    rules.add(0, { records: [{ key: rule, value: JSON.stringify(makeRule(rule, 1)) }], timestampMs: 1 });
  const { partner } = makePartner({ shared: { kafka: FakeTopic.kafkaOf([rules]) } });
  const ended = { ...window, target: 1, until: 9, current: true };
  const metadata = encodeMetadata(9, { ...facts, replay: ended });
  const intake = new PartitionIntake({ partition: 0, position: 9, metadata });
  const pushed: Item[] = [];
  const actions = { lanes: { push: (_key: string, item: Item) => pushed.push(item) }, over: () => {}, later: () => {} };
  const group = { partitionCount: 1, seek: () => {} };
  const replays = new AssignmentReplays(partner, group, actions as never);
  replays.check(intake);
  await eventually('the closing has begun', () => pushed.length > 0 || undefined);
  expect(pushed[0]?.pull?.decide(pushed[0])).toBe('send');
  replays.skip(intake);
  expect(pushed.map((item) => item.pull?.decide(item))).toEqual(pushed.map(() => 'leave'));
});

test('a replay whose positions were moved by a clock that is ahead looks for what was sent since it began here', () => {
  const movedAtMs = Date.now() + 3_600_000;
  const metadata = encodeMetadata(0, { ...facts, replay: { ...window, movedAtMs } });
  const intake = new PartitionIntake({ partition: 0, position: 0, metadata });
  expect(intake.replay?.window.movedAtMs).toBeLessThanOrEqual(Date.now());
});
