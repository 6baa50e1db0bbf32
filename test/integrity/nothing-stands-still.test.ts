// Against silent stalls, and how long retention leaves: a worker in this process, so that its consumer can be brought to a
// stand without a switch in the production code.
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import { timeOfOffset } from '@ess/stream/read/retention.ts';
import { TopicReader } from '@ess/stream/read/topic-reader.ts';
import type { Partner } from '@ess/worker/partner.ts';
import type { Worker } from '@ess/worker/worker.ts';
import { startWorker } from '@ess/worker/worker.ts';
import { expect, test } from '@jest/globals';
import { evictMembers } from '../fakes/kafka/evict.ts';
import { KafkaProxy } from '../fakes/kafka/kafka-proxy.ts';
import { FakePartner } from '../fakes/partner.ts';
import { makeConnector } from '../harness/data/connector.ts';
import { makeRule } from '../harness/data/rules.ts';
import { SourceTopic } from '../harness/data/source-topic.ts';
import { eventually, PATIENCE_MS } from '../harness/deadline.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const STALL_MS = 2_000;
const RETENTION_MS = 3_600_000;
const TOPIC_RESOURCE = 2;

interface Bench {
  readonly stack: TestStack;
  readonly source: SourceTopic;
  readonly endpoint: FakePartner;
  readonly worker: Worker;
  readonly partner: Partner;
  metric(name: string): Promise<number>;
}

/** @param wire what stands between the worker and Kafka */
async function openBench(
  cleanup: Cleanup,
  wire: (stack: TestStack) => Promise<{ readonly address: string } | undefined> = async () => undefined,
): Promise<Bench> {
  const stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  const address = (await wire(stack))?.address;
  const source = await SourceTopic.open(stack, { partitions: 2 });
  cleanup.defer(() => source.close());
  const endpoint = await FakePartner.start();
  cleanup.defer(() => endpoint[Symbol.asyncDispose]());
  const configEntries = [{ name: 'retention.ms', value: String(RETENTION_MS) }];
  await stack.admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: TOPIC_RESOURCE, name: source.name, configEntries }],
  });
  const name = source.name.replace('t-', 'p');
  const connector = makeConnector(name, endpoint.url, {
    source: { topic: source.name, key: 'ruleId', version: 'version' },
  });
  const worker = await startWorker({
    kafka: { brokers: address === undefined ? stack.brokers : [address] },
    registry: stack.registry,
    connectors: [connector],
    adminPort: 0,
    log: createLog('test', { level: 'fatal' }),
    stallAfterMs: STALL_MS,
    onFatal: (error) => {
      throw error;
    },
  });
  cleanup.defer(() => worker.stop());
  await worker.assigned;
  const metric = async (series: string) => {
    const text = await (await fetch(`${worker.adminUrl}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series}{`))
        ?.split(' ')
        .at(-1) ?? Number.NaN,
    );
  };
  return { stack, source, endpoint, worker, partner: worker.partners.get(name) as Partner, metric };
}

const rules = (version: number) => Array.from({ length: 20 }, (_, index) => makeRule(`r${index}`, version));

test('a partition that is forgotten in a pause is reported, its consumer is started anew, and all is delivered', async () => {
  await using cleanup = new Cleanup();
  const { source, endpoint, partner, metric } = await openBench(cleanup);
  await source.publish(rules(1));
  await endpoint.until((received) => received.length === 20);
  const settled = () =>
    [...(partner.assignment?.intakes.values() ?? [])].every(({ watermark }) => watermark.position === watermark.next);
  await eventually('nothing open', () => settled() || undefined);
  partner.group.pause([0, 1]); // nobody will resume them
  await source.publish(rules(2));
  await endpoint.until((received) => received.length === 40, PATIENCE_MS, 'what the stall held back');
  // On a busy machine a record may take longer than what counts as a stall here, and then there is another one.
  expect(await metric('ess_stalls_total')).toBeGreaterThanOrEqual(1);
  expect(await metric('ess_rebalances_total')).toBeGreaterThanOrEqual(2);
  expect(new Set(endpoint.received.map(({ id }) => id)).size).toBe(40);
});

test('a member that the group has thrown out, and whose way back breaks off in the middle, comes back all the same', async () => {
  await using cleanup = new Cleanup();
  // The first join asks twice: Kafka gives it its member id first.
  let proxy: KafkaProxy | undefined;
  const { stack, source, endpoint, partner } = await openBench(cleanup, async ({ brokers }) => {
    proxy = await KafkaProxy.start(brokers[0] as string, { api: 'JoinGroup', when: 'answered', after: 2 });
    cleanup.defer(() => proxy?.[Symbol.asyncDispose]());
    return proxy;
  });
  await source.publish(rules(1));
  await endpoint.until((received) => received.length === 20);
  await evictMembers(stack, `ess.${partner.name}`);
  await proxy?.reached;
  proxy?.heal();
  await source.publish(rules(2));
  await endpoint.until((received) => received.length >= 40, PATIENCE_MS, 'what was published meanwhile');
});

test('the retention clock runs down with the age of the oldest unsettled record, and is wound up by its delivery', async () => {
  await using cleanup = new Cleanup();
  const { source, endpoint, metric } = await openBench(cleanup);
  await eventually(
    'a full window',
    async () => (await metric('ess_replay_window_seconds')) === RETENTION_MS / 1000 || undefined,
  );
  await endpoint.down();
  const publishedMs = Date.now();
  await source.publish(rules(1));
  const windowS = await eventually('a window that runs down', async () => {
    const left = await metric('ess_replay_window_seconds');
    return left < RETENTION_MS / 1000 - 2 ? left : undefined;
  });
  expect(windowS).toBeGreaterThanOrEqual(Math.floor((publishedMs + RETENTION_MS - Date.now()) / 1000));
  await endpoint.up();
  await eventually(
    'a full window',
    async () => (await metric('ess_replay_window_seconds')) === RETENTION_MS / 1000 || undefined,
  );
});

test('the time of a record that has not been read: behind holes, at the end, and beyond retention', async () => {
  await using stack = await openTestStack();
  const source = await SourceTopic.open(stack, { partitions: 1 });
  const published = async (version: number) => {
    const fromMs = Date.now();
    await source.publish([makeRule('a', version)]);
    const toMs = Date.now();
    await eventually('a later ms', () => Date.now() > toMs || undefined);
    return { fromMs, toMs };
  };
  const first = await published(1);
  const producer = stack.kafka.producer({ transactionalId: source.name, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic: source.name, messages: [{ value: source.encode(makeRule('b', 1)) }] });
  await transaction.abort();
  await producer.disconnect();
  const reader = await TopicReader.open(stack.kafka, source.name);
  await eventually('the marker', async () => (await reader.bounds())[0]?.end === 3 || undefined);
  const last = await published(2);
  await source.close();
  const timeOf = (offset: number) => timeOfOffset(reader, { partition: 0, offset });
  const within = ({ fromMs, toMs }: typeof first, ms: number | undefined) => {
    expect(ms).toBeGreaterThanOrEqual(fromMs);
    expect(ms).toBeLessThanOrEqual(toMs);
  };
  within(first, await timeOf(0));
  within(last, await timeOf(1)); // the record taken back, and its marker
  within(last, await timeOf(3));
  expect(await timeOf(4)).toBeUndefined();
  await stack.admin.fetchTopicOffsets(source.name); // kafkajs deletes from topics that it knows
  await stack.admin.deleteTopicRecords({ topic: source.name, partitions: [{ partition: 0, offset: '3' }] });
  expect(await timeOf(0)).toBe(Number.NEGATIVE_INFINITY);
  within(last, await timeOf(3));
  await reader.close();
});
