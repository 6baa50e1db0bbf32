// A drop marks exactly the letters that its command names, and says by whose will.
import { orderedBy, proposalDigest } from '@ess/domain/control/approval.ts';
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { ControlState, makeCommand } from '@ess/domain/control/control-state.ts';
import { packLetters } from '@ess/domain/delivery/dead-letters.ts';
import type { Command, DeadLetterState } from '@ess/schemas/generated/types.ts';
import { FakeTopic } from '@ess/test/fakes/kafka/fake-cluster.ts';
import { makePartner } from '@ess/test/harness/data/partner.ts';
import { letterOf } from '@ess/test/harness/data/redrive.ts';
import { expect, test } from '@jest/globals';
import { carryOutDrop } from './drop-run.ts';

const BY = { partner: 'hospital', by: 'anna@ops' };

function open(
  partitions = [0],
  prepare: (state: ControlState) => void = () => undefined,
  done: ReadonlyArray<Partial<DeadLetterState>> = [],
) {
  const states = new FakeTopic(1, 'ess.dead-letter-state');
  for (const row of done)
    states.add(0, { records: [{ key: 'k', value: Buffer.from(JSON.stringify(row)) }], timestampMs: Date.now() });
  const parked = new FakeTopic(1, 'ess.dead-letters');
  const letters = ['a', 'b', 'c', 'd'].map((rule, offset) =>
    letterOf(rule, offset, rule === 'c' ? { partner: 'ems' } : {}),
  );
  for (const { value: _, ...letter } of letters)
    parked.add(0, { records: [{ key: 'k', value: Buffer.from(JSON.stringify(letter)) }], timestampMs: 1 });
  const redrive = {
    ...{ reason: null, ruleId: null, sinceMs: null, untilMs: null, limit: null, force: true },
    ...{ topic: 'permits', partitions },
    letters: packLetters([0, 2, 3].map((offset) => ({ partition: 0, offset, times: 2 }))),
  };
  const command = makeCommand({ id: 'd', kind: 'proposed', ...BY, reason: 'test data', redrive }, 0);
  const proposal = { kind: 'drop' as const, expiresAt: 10, records: 3, connector: null };
  const proposed = { ...command, proposal: { ...proposal, digest: proposalDigest(command, proposal) } };
  const state = new ControlState();
  state.apply(proposed);
  state.apply(
    makeCommand(
      { id: 'y', kind: 'approved', partner: 'hospital', by: 'ben@ops', of: 'd', proposal: proposed.proposal },
      1,
    ),
  );
  prepare(state);
  const rows: DeadLetterState[] = [];
  const written: Command[] = [];
  const { partner } = makePartner({
    shared: {
      kafka: FakeTopic.kafkaOf([parked, states]),
      control: { state, write: async (commands) => void written.push(...commands) },
      outbox: {
        append: async (batch) =>
          void rows.push(...batch.map(({ value }) => JSON.parse(String(value)) as DeadLetterState)),
        appendAndTell: async () => [],
      },
    },
  });
  const order = state.find('d') as CommandState;
  return { order, rows, written, run: () => carryOutDrop(partner, order, partitions, new AbortController().signal) };
}

test('the letters that are named, of this partner, are marked with who ordered and who approved it', async () => {
  const { order, rows, written, run } = open();
  await run();
  expect(rows.map(({ offset, state, times, redriveId }) => [offset, state, times, redriveId])).toEqual([
    [0, 'dropped', 2, 'd'],
    [3, 'dropped', 2, 'd'],
  ]);
  expect(new Set(rows.map(({ by, reason }) => `${by}: ${reason}`))).toEqual(
    new Set([`${orderedBy(order.command, order.approval)}: test data`]),
  );
  expect(rows[0]?.by).toBe('anna@ops, approved by ben@ops');
  expect(written).toMatchObject([
    { id: 'd', kind: 'progress', progress: { partition: 0, state: 'completed', passed: 2 } },
  ]);
});

test('one that was cancelled before it came to anything marks nothing; of several partitions one counts', async () => {
  const cancel = makeCommand({ id: 'c', kind: 'cancel', ...BY, of: 'd' });
  const { rows, written, run } = open([0, 5], (state) => state.apply(cancel));
  await run();
  expect(rows).toEqual([]);
  expect(written.map(({ progress }) => [progress?.partition, progress?.state, progress?.passed])).toEqual([
    [0, 'cancelled', 0],
    [5, 'cancelled', 0],
  ]);
});

test('what was redriven while the drop waited is left as it is', async () => {
  const { topic, partition } = letterOf('a', 0);
  const redriven = { partner: 'hospital', topic, partition, offset: 0, state: 'redriven' as const, redriveId: 'r' };
  const { rows, written, run } = open([0], undefined, [{ ...redriven, letterPartition: 0, letterOffset: 0, at: 5 }]);
  await run();
  expect([rows.map(({ offset }) => offset), written[0]?.progress?.passed]).toEqual([[3], 1]);
});
