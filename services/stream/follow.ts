// Follows a topic from its beginning for as long as the process lives: commands, and later other small topics that every
// process wants to know whole. kafkajs has no assign(), so it joins a group of its own name.
import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { withAdmin } from './admin.ts';
import type { GroupRecord } from './group.ts';

export interface FollowOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  /** Called with the records of each batch, each partition in order. Must not throw. */
  readonly onRecords: (records: readonly GroupRecord[]) => void | Promise<void>;
  /** The consumer is gone and will not come back. */
  readonly onCrash: (error: Error) => void;
}

export interface Follower extends AsyncDisposable {
  /** Resolves when everything that the topic held at the start has been handed over. */
  readonly caughtUp: Promise<void>;
}

/** How long `close` may wait for a fetch in flight. */
const MAX_WAIT_MS = 500;

export async function followTopic({ kafka, topic, onRecords, onCrash }: FollowOptions): Promise<Follower> {
  const ends = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(topic));
  const missing = new Map(
    ends.filter(({ low, high }) => Number(low) < Number(high)).map(({ partition, high }) => [partition, Number(high)]),
  );
  const { promise: caughtUp, resolve } = Promise.withResolvers<void>();
  const passed = (partition: number, next: number): void => {
    if (next >= (missing.get(partition) ?? 0)) missing.delete(partition);
    if (missing.size === 0) resolve();
  };
  if (missing.size === 0) resolve();

  const groupId = `ess.follow.${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: 30_000,
    maxWaitTimeInMs: MAX_WAIT_MS,
    allowAutoTopicCreation: false,
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) onCrash(payload.error);
  });
  // The last offset of a batch without records (compacted away, transaction markers) reaches no handler, only this event.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) =>
    passed(payload.partition, Number(payload.lastOffset) + 1),
  );
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const { partition } = batch;
      await onRecords(
        batch.messages.map((message) => ({
          partition,
          offset: Number(message.offset),
          key: message.key,
          value: message.value,
          timestampMs: Number(message.timestamp),
          message,
        })),
      );
    },
  });
  return {
    caughtUp,
    async [Symbol.asyncDispose]() {
      await consumer.disconnect();
      // The broker forgets an empty group by itself later.
      await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => undefined);
    },
  };
}
