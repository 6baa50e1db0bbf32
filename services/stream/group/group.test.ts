// A group from kafkajs's own runner to `take`: kafkajs decides which batches reach a handler. Nothing of a broker but its answers.
import { EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import { fetchAnswer } from '@ess/test/fakes/kafka/fake-cluster.ts';
import { FakeMember } from '@ess/test/fakes/kafka/fake-member.ts';
import { makeBatch } from '@ess/test/fakes/kafka/record-batch.ts';
import { expect, test } from '@jest/globals';
import type { ConsumerRunConfig, Kafka } from 'kafkajs';
import { Group } from './group.ts';

interface Runner {
  running: boolean;
  handleBatch(batch: object): Promise<void>;
}

const inner = createRequire(import.meta.url);
const { events } = inner('kafkajs/src/consumer/instrumentationEvents.js') as { events: { GROUP_JOIN: string } };
const KafkaRunner = inner('kafkajs/src/consumer/runner.js') as new (options: object) => Runner;
const Batch = inner('kafkajs/src/consumer/batch.js') as new (topic: string, from: string, found: object) => object;
const response = inner('kafkajs/src/protocol/requests/fetch/v11/response.js') as {
  decode(answer: Buffer): Promise<{ responses: Array<{ partitions: object[] }> }>;
};
const silent = { namespace: () => silent, debug() {}, info() {}, warn() {}, error() {} };

/** A member of partition 0, which ends at 1001; what it is asked by its assignment is in `member`. */
async function openGroup() {
  const member = new FakeMember();
  const kafka = { committed: 1000, sought: [] as string[] };
  const emitter = new EventEmitter();
  let runner: Runner | undefined;
  const consumer = {
    events,
    on: (event: string, tell: (told: object) => void) => emitter.on(event, tell),
    run: async ({ eachBatch }: ConsumerRunConfig) => {
      runner = new KafkaRunner({
        logger: silent,
        consumerGroup: { resolveOffset() {}, heartbeat: async () => {} },
        instrumentationEmitter: { emit: (event: string, payload: object) => emitter.emit(event, { payload }) },
        autoCommit: false,
        concurrency: 1,
        eachBatch,
      });
      runner.running = true;
    },
    connect: async () => {},
    subscribe: async () => {},
    pause() {},
    resume() {},
    seek: ({ offset }: { offset: string }) => void kafka.sought.push(offset),
  };
  const admin = {
    connect: async () => {},
    fetchOffsets: async () => [{ partitions: [{ partition: 0, offset: String(kafka.committed), metadata: null }] }],
    fetchTopicOffsets: async () => [{ partition: 0, low: '0', high: '1001' }],
  };
  const opened = new EventEmitter();
  const group = new Group({
    kafka: { consumer: () => consumer, admin: () => admin } as unknown as Kafka,
    groupId: 'ess.a',
    topic: 'rules',
    log: silent,
    topicIds: { of: async () => undefined, watch: () => () => undefined },
    openAssignment: () => member,
    onCrash: () => undefined,
    onAlive: () => opened.emit('open'),
  });
  await group.start();
  const open = once(opened, 'open');
  emitter.emit(events.GROUP_JOIN, { payload: { memberAssignment: { rules: [0] } } });
  await open;
  member.noted();
  return {
    group,
    member,
    kafka,
    handles: (batch: object) => runner?.handleBatch(batch),
    /** As `ess replay` does. */
    async goesBackTo(offset: number) {
      const again = once(opened, 'open');
      await group.reopen(async () => {
        kafka.committed = offset;
      });
      await again;
      member.noted();
    },
  };
}

/** What Kafka answers to a fetch: the marker of a transaction, and nothing else. */
async function marker(offset: number, fetchedFrom = offset): Promise<object> {
  const records = [{ key: Buffer.from([0, 0, 0, 1]) }];
  const batches = makeBatch({ baseOffset: offset, records, attributes: 0x30, producerId: 9n });
  const { responses } = await response.decode(fetchAnswer('rules', [{ partition: 0, batches, end: 1001 }]));
  return new Batch('rules', String(fetchedFrom), responses[0]?.partitions[0] as object);
}

test.each([false, true])('a partition whose end is markers alone is passed; paused: %s', async (isPaused) => {
  const { group, member, handles } = await openGroup();
  if (isPaused) group.pause([0]);
  member.noted();
  await handles(await marker(1000));
  expect(member.noted()).toEqual(['take 0:  to 1001']);
  expect(group.highWatermark(0)).toBe(1001);
});

test('markers that were fetched before a replay went back pass none of its records', async () => {
  const { member, kafka, handles, goesBackTo } = await openGroup();
  const waits = await marker(1000); // in kafkajs's queue, behind the batches of sixteen other partitions
  await goesBackTo(500);
  await handles(waits);
  expect([member.noted(), kafka.sought]).toEqual([[], ['500', '500']]); // at the opening, and again
  await handles(await marker(1000, 500)); // records that were taken back, up to their marker
  expect(member.noted()).toEqual(['take 0:  to 1001']);
});
