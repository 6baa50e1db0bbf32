// What we write is what any Kafka client reads: Confluent framing for the console consumer, lag for the group tool.
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { PATIENCE_MS } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

const BYTES = 'org.apache.kafka.common.serialization.BytesDeserializer';

test('kafka-console-consumer sees Confluent framing with a schema id that the registry knows', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner);
  await line.start();
  await line.source.publish([makeRule('wildfire', 1), makeRule('wildfire', 2)]);
  await line.drained();
  for (const [topic, name] of [
    [line.source.name, 'RulePublished'],
    ['ess.audit', 'DeliveryAttempt'],
  ] as const) {
    const { stdout, stderr } = await stack.tool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
      ...['--bootstrap-server', stack.brokers.join(',')],
      ...['--topic', topic, '--from-beginning', '--max-messages', '2', '--timeout-ms', String(PATIENCE_MS)],
      ...['--formatter-property', `value.deserializer=${BYTES}`],
    ]);
    const [first, ...rest] = stdout.trim().split('\n');
    const header = /^\\x00((?:\\x[0-9A-F]{2}|.){4})/.exec(first ?? '');
    expect([stderr, rest.length]).toEqual([expect.stringContaining('2 messages'), 1]);
    const id = [...(header?.[1] ?? '').matchAll(/\\x([0-9A-F]{2})|(.)/g)].reduce(
      (sum, [, hex, char]) => sum * 256 + (hex === undefined ? (char ?? '').charCodeAt(0) : Number.parseInt(hex, 16)),
      0,
    );
    const answer = (await (await fetch(`${stack.registry}/schemas/ids/${id}`)).json()) as { schema: string };
    expect(JSON.parse(answer.schema)).toMatchObject({ type: 'record', name });
  }
});

test('kafka-consumer-groups describes the lag of a partner', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 3 });
  const [worker] = await line.start();
  await line.source.publish(Array.from({ length: 30 }, (_, index) => makeRule(`r${index}`, 1)));
  await line.drained();
  expect(await lagByGroupTool()).toEqual([0, 0, 0]);
  await worker?.signal('SIGTERM');
  await line.source.publish(Array.from({ length: 30 }, (_, index) => makeRule(`r${index}`, 2)));
  expect((await lagByGroupTool()).reduce((sum, lag) => sum + lag, 0)).toBe(30);

  async function lagByGroupTool(): Promise<number[]> {
    const { stdout } = await stack.tool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
      ...['--bootstrap-server', stack.brokers.join(',')],
      ...['--describe', '--group', line.group],
    ]);
    const rows = stdout.split('\n').filter((row) => row.startsWith(line.group));
    return rows.map((row) => Number(row.trim().split(/\s+/)[5])); // GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG
  }
});

test('an offset that kafka-consumer-groups moved while no worker ran is obeyed exactly, with the same webhook-ids', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  const [first] = await line.start();
  await line.source.publish(Array.from({ length: 20 }, (_, index) => makeRule(`r${index}`, 1)));
  await line.drained();
  await first?.signal('SIGTERM');
  const { code } = await stack.tool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
    ...['--bootstrap-server', stack.brokers.join(','), '--group', line.group, '--topic', line.source.name],
    ...['--reset-offsets', '--to-offset', '12', '--execute'],
  ]);
  expect(code).toBe(0);
  await line.start();
  await line.drained();
  const ids = partner.received.map(({ id }) => id);
  expect(ids.slice(20)).toHaveLength(8);
  expect(new Set(ids.slice(20))).toEqual(new Set(ids.slice(12, 20)));
});
