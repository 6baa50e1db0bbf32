// A worker counts by what Kafka has, and not by what a command says of itself.
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { ControlState, makeCommand } from '@ess/domain/control/control-state.ts';
import { packLetters } from '@ess/domain/delivery/dead-letters.ts';
import type { Command, ReplayOrder } from '@ess/schemas/generated/types.ts';
import { FakeTopic } from '@ess/test/fakes/kafka/fake-cluster.ts';
import { describe, expect, test } from '@jest/globals';
import { orderSize } from './order-size.ts';

const topics = () => {
  const rules = new FakeTopic(2, 'rules');
  for (let index = 0; index < 30; index += 1)
    rules.add(index % 2, { records: [{ key: `r${index}`, value: Buffer.from('v') }], timestampMs: 1 });
  const latest = new FakeTopic(1, 'rules.latest');
  // Written twice, and not compacted yet; and one that is withdrawn.
  for (const value of ['v1', 'v2'])
    for (const key of ['a', 'b', 'c']) latest.add(0, { records: [{ key, value: Buffer.from(value) }], timestampMs: 1 });
  latest.add(0, { records: [{ key: 'c', value: null }], timestampMs: 1 });
  return [rules, latest];
};

const replay = (change: Partial<ReplayOrder> = {}): Command =>
  makeCommand({
    id: 'a',
    partner: 'hospital',
    kind: 'replay',
    by: 'anna@ops',
    replay: {
      topic: 'rules',
      partitions: [0, 1].map((partition) => ({ partition, target: 5, until: null })),
      ...{ key: null, newIds: false, ratePerSecond: null, current: false },
      ...change,
    },
  });
const redrive = makeCommand({
  id: 'a',
  partner: 'hospital',
  kind: 'drop',
  by: 'anna@ops',
  redrive: {
    ...{ reason: null, ruleId: null, sinceMs: null, untilMs: null, limit: 1, force: false, topic: 'rules' },
    partitions: [0],
    letters: packLetters([1, 2, 3].map((offset) => ({ partition: offset % 2, offset, times: 0 }))),
  },
});

function stateOf(...commands: Command[]): CommandState {
  const state = new ControlState();
  for (const command of commands) state.apply(command);
  return state.find('a') as CommandState;
}

describe('an order is of', () => {
  const both = [0, 1].map((partition) => ({ partition, target: 0, until: null }));
  test.each<[string, CommandState, number, number]>([
    ['the offsets of its ranges, to the end of the log', stateOf(replay()), 5, 20],
    ['those to its own end', stateOf(replay({ partitions: [{ partition: 0, target: 5, until: 7 }] })), 5, 2],
    ['all of them, whatever it selects', stateOf(replay({ key: 'r1' })), 5, 20],
    ['the letters that it names, whatever limit it says', stateOf(redrive), 5, 3],
    ['every rule in force, once', stateOf(replay({ current: true, partitions: both })), 1, 2],
    ['one rule in force', stateOf(replay({ current: true, partitions: both, key: 'a' })), 0, 1],
    ['at most so many that nobody has to count', stateOf(replay({ current: true, partitions: both })), 7, 7],
  ])('%s', async (_, order, limit, records) => {
    expect(await orderSize(FakeTopic.kafkaOf(topics()), order, limit)).toBe(records);
  });
});

test('where positions were moved for it already, what stands there counts, whatever the order says', async () => {
  const small = stateOf(replay({ partitions: [{ partition: 0, target: 5, until: 7 }], key: 'a' }));
  const window = { target: 0, until: 12, key: null, current: false };
  const kafka = FakeTopic.kafkaOf(topics());
  expect(await orderSize(kafka, small, 5, [{ ...window, partition: 0 }])).toBe(12);
  const both = [0, 1].map((partition) => ({ ...window, partition, current: true }));
  expect(await orderSize(kafka, small, 1, both)).toBe(2);
  expect(await orderSize(kafka, small, 1, [{ ...window, partition: 1 }])).toBe(14);
});
