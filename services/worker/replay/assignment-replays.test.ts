// Positions that somebody moved without asking: an owner looks at where they stand before it sends anything.
import { encodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import { ControlState, makeCommand } from '@ess/domain/control/control-state.ts';
import { FakeTopic } from '@ess/test/fakes/kafka/fake-cluster.ts';
import { makePartner } from '@ess/test/harness/data/partner.ts';
import { expect, test } from '@jest/globals';
import { orderSize } from '../approval/order-size.ts';
import { PartitionIntake } from '../intake/partition-intake.ts';
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
