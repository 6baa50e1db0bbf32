// Who moved a position is on record in any case: also when a worker is killed before Kafka has the audit row.
import { encodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import { ControlState, makeCommand } from '@ess/domain/control/control-state.ts';
import type { Command, DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import { makePartner } from '@ess/test/harness/data/partner.ts';
import { expect, test } from '@jest/globals';
import { PartitionIntake } from '../intake/partition-intake.ts';
import { ReplayCommands } from './replay-commands.ts';

const FLAGS = { key: null, newIds: false, ratePerSecond: null, current: false };
const PLACE = { target: 10, until: 50 };
const order = makeCommand({
  id: 'a',
  partner: 'hospital',
  kind: 'replay',
  by: 'anna@ops',
  replay: { topic: 'rules', partitions: [{ partition: 0, ...PLACE }], ...FLAGS },
});
const replay = {
  ...{ id: 'a', ...PLACE, resume: 80, ...FLAGS },
  ...{ movedAtMs: 7, stop: null, ended: false, delivered: 0 },
};
const FACTS = { settled: [], attempts: [], clean: true, committedAtMs: 9, epochStartedAtMs: 8, worker: 'before' };

test('the audit row of a move stands before its progress: who takes over from a worker that was killed writes it', async () => {
  const state = new ControlState();
  state.apply(order);
  const told: string[] = [];
  /** An owner that finds the replay in the metadata. @param audit when Kafka has its row */
  const owned = async (audit: Promise<void>): Promise<void> => {
    const intake = new PartitionIntake({
      partition: 0,
      position: 10,
      metadata: encodeMetadata(10, { ...FACTS, replay }),
    });
    const assignment = {
      isLive: true,
      endedClean: true,
      startedAtMs: 5,
      intakes: new Map([[0, intake]]),
      skipReplay: () => undefined,
    };
    const append = async (rows: readonly { value: Buffer | null }[]) => {
      await audit;
      for (const { value } of rows) told.push((JSON.parse(String(value)) as DeliveryAttempt).reason ?? '');
    };
    const write = async (commands: readonly Command[]) => {
      for (const command of commands) {
        told.push(`progress ${command.progress?.state}`);
        state.apply(command);
      }
    };
    const { partner } = makePartner({
      shared: {
        control: { state, write },
        outbox: { append, appendAndTell: async () => [] },
        approval: { limit: Number.POSITIVE_INFINITY, size: async () => 40 },
      },
    });
    new ReplayCommands(partner, partner.group, () => assignment).look();
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  await owned(new Promise(() => undefined)); // killed while the audit topic could not be written
  expect(told).toEqual([]);
  await owned(Promise.resolve());
  await owned(Promise.resolve());
  expect(told).toEqual(['replay ordered by anna@ops', 'progress moved']);
});
