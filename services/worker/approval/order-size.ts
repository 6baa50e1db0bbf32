// How many records an order is about, from the order and from Kafka alone.

import { letterCount, rangeRecords } from '@ess/domain/control/approval.ts';
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { keyText } from '@ess/domain/text/foreign-id.ts';
import type { ReplayOrder } from '@ess/schemas/generated/types.ts';
import { LATEST_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { TopicReader } from '@ess/stream/read/topic-reader.ts';
import { partitionOf } from '@ess/stream/wire/partition.ts';

/** @param limit nobody has to know how many they are when they are fewer for certain */
export async function orderSize(kafka: Kafka, { command, progress }: CommandState, limit: number): Promise<number> {
  const { replay } = command;
  if (!replay) return letterCount(command);
  if (replay.current) return rulesInForce(kafka, replay, limit);
  const bounds = await boundsOf(kafka, replay.topic);
  // Where a partition has begun, it is on record where it ends: the log's end has gone on since.
  const partitions = replay.partitions.map((one) => ({
    ...one,
    until: progress.get(one.partition)?.until ?? one.until,
  }));
  return rangeRecords(partitions, new Map(bounds.map(({ low, end }, partition) => [partition, { low, high: end }])));
}

/** Compaction may not have come by yet: each rule counts once, and not after a tombstone. */
async function rulesInForce(kafka: Kafka, { key, topic, partitions }: ReplayOrder, limit: number): Promise<number> {
  const bounds = await boundsOf(kafka, LATEST_TOPIC);
  const records = bounds.reduce((sum, { low, end }) => sum + end - low, 0);
  if (key === null && records <= limit) return records;
  const rules = new Set<string>();
  const partitionCount = (await boundsOf(kafka, topic)).length;
  const asked = new Set(partitions.map(({ partition }) => partition));
  for await (const batch of read(kafka, { topic: LATEST_TOPIC, beside: 'live' }))
    for (const record of batch) {
      if (record.key === null || !asked.has(partitionOf(record.key, partitionCount))) continue;
      const rule = keyText(record.key);
      if (key !== null && rule !== key) continue;
      if (record.value === null) rules.delete(rule);
      else rules.add(rule);
    }
  return rules.size;
}

async function boundsOf(kafka: Kafka, topic: string) {
  await using reader = await TopicReader.open(kafka, topic);
  return await reader.bounds();
}
