// The other half of "lost to retention is reported": offsets that were never a record, or are none any more, are no loss.

import { read } from '@ess/stream/read/read.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

/** Kafka's number for settings of one broker. */
const BROKER_RESOURCE = 4;

test('holes in the offsets, as transactions leave them, are not reported as loss', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  const [worker] = await line.start();
  const producer = stack.kafka.producer({ transactionalId: line.partner, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (let round = 0; round < 3; round += 1) {
    await line.source.publish([makeRule('a', 2 * round + 1)]);
    const transaction = await producer.transaction();
    await transaction.send({
      topic: line.source.name,
      messages: [{ value: line.source.encode(makeRule('b', round + 1)) }],
    });
    await (round === 1 ? transaction.abort() : transaction.commit());
  }
  await producer.disconnect();
  await line.drained(); // the last of the partition is a marker
  await line.source.publish([makeRule('a', 9)]);
  await line.drained();
  await worker?.signal('SIGTERM');
  await line.start();
  await line.source.publish([makeRule('a', 10)]);
  await line.drained();
  expect((await line.audit()).filter(({ outcome }) => outcome === 'retentionLost')).toEqual([]);
  const versionsOf = (rule: string) =>
    partner.received.filter(({ body }) => body['ruleId'] === rule).map(({ body }) => body['version']);
  expect([versionsOf('a'), versionsOf('b')]).toEqual([
    [1, 3, 5, 9, 10],
    [1, 3],
  ]);
});

test('what the cleaner removes from a compacted topic is not reported as loss, not even the record at the position', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  // Every record begins a new segment, and a segment that is not the last one may be cleaned at once.
  const config = { 'cleanup.policy': 'compact', 'segment.ms': '1', 'min.cleanable.dirty.ratio': '0.01' };
  await using line = await Pipeline.open(stack, partner, { partitions: 1, config });
  // The cleaner looks for work every 15 s otherwise.
  const configEntries = [{ name: 'log.cleaner.backoff.ms', value: '100' }];
  const resources = [{ type: BROKER_RESOURCE, name: '1', configEntries }];
  await stack.admin.alterConfigs({ validateOnly: false, resources });
  const versions = async (from: number, to: number) => {
    for (let version = from; version < to; version += 1)
      await line.source.publish([makeRule('a', version), makeRule(`only-${version}`, version)]);
  };
  await versions(0, 5);
  const [first] = await line.start();
  await line.drained();
  await first?.signal('SIGTERM');
  const { offset: position } = (await line.committed()).get(0) ?? { offset: -1 };
  await versions(5, 25);
  await eventually('holes in the topic, one where the worker goes on', async () => {
    const left = await offsets();
    return (!left.includes(position) && left.length < 40) || undefined;
  });
  await line.start();
  await line.drained();
  await versions(25, 26);
  await line.drained();
  expect((await line.audit()).filter(({ outcome }) => outcome === 'retentionLost')).toEqual([]);
  const received = new Set(partner.received.map(({ body }) => `${body['ruleId']} v${body['version']}`));
  for (let version = 0; version < 26; version += 1) expect(received).toContain(`only-${version} v${version}`);
  expect(received).toContain('a v25');
  expect(received.size).toBeLessThan(52);

  async function offsets(): Promise<number[]> {
    const found: number[] = [];
    for await (const batch of read(stack.kafka, { topic: line.source.name }))
      found.push(...batch.map(({ offset }) => offset));
    return found;
  }
});
