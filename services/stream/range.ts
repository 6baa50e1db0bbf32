// A bounded reader: a topic from a point in time to the end as it is now, then done. kafkajs has no assign(), so it joins
// a group of its own name, which is deleted afterwards.
import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { GroupRecord } from './group.ts';

export interface RangeOptions {
  readonly topic: string;
  /** From the first record at or after this time; absent: from the log start. */
  readonly sinceMs?: number;
  readonly signal?: AbortSignal;
}

interface Bounds {
  readonly from: number;
  readonly to: number;
}

/** Yields the records in batches, each partition in order. Ends when every partition has reached its end offset of the start. */
export async function* readRange(kafka: Kafka, options: RangeOptions): AsyncGenerator<readonly GroupRecord[]> {
  const bounds = await boundsOf(kafka, options);
  const open = new Set([...bounds].filter(([, { from, to }]) => from < to).map(([partition]) => partition));
  if (open.size === 0) return;

  const groupId = `ess.read.${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: 10_000,
    maxWaitTimeInMs: 100,
    allowAutoTopicCreation: false,
  });
  const queue: GroupRecord[][] = [];
  let failure: Error | undefined;
  let wake: () => void = () => undefined;
  const passed = (partition: number, next: number): void => {
    if (next >= (bounds.get(partition)?.to ?? 0)) open.delete(partition);
    wake();
  };
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (payload.restart) return;
    failure = payload.error;
    wake();
  });
  // The last offset of a batch of transaction markers reaches no handler, only this event.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) =>
    passed(payload.partition, Number(payload.lastOffset) + 1),
  );
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: options.topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 4,
      eachBatch: async ({ batch }) => {
        const { from = 0, to = 0 } = bounds.get(batch.partition) ?? {};
        const records = batch.messages
          .map((message) => ({
            partition: batch.partition,
            offset: Number(message.offset),
            key: message.key,
            value: message.value,
            timestampMs: Number(message.timestamp),
            message,
          }))
          .filter(({ offset }) => offset >= from && offset < to);
        if (records.length > 0) queue.push(records);
      },
    });
    for (const [partition, { from }] of bounds)
      consumer.seek({ topic: options.topic, partition, offset: String(from) });
    while (open.size > 0 || queue.length > 0) {
      options.signal?.throwIfAborted();
      if (failure) throw failure;
      const batch = queue.shift();
      if (batch) yield batch;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    await consumer.disconnect();
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteGroups([groupId]).catch(() => undefined); // the broker forgets an empty group by itself later
    await admin.disconnect();
  }
}

async function boundsOf(kafka: Kafka, { topic, sinceMs }: RangeOptions): Promise<Map<number, Bounds>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = await admin.fetchTopicOffsets(topic);
    const starts = sinceMs === undefined ? [] : await admin.fetchTopicOffsetsByTimestamp(topic, sinceMs);
    const startOf = new Map(starts.map(({ partition, offset }) => [partition, Number(offset)]));
    return new Map(
      ends.map(({ partition, low, high }) => [
        partition,
        { from: Math.max(Number(low), startOf.get(partition) ?? 0), to: Number(high) },
      ]),
    );
  } finally {
    await admin.disconnect();
  }
}
