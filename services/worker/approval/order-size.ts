// How many records an order is about, from the order and from Kafka alone.

import { letterCount, rangeRecords } from '@ess/domain/control/approval.ts';
import type { CommandState } from '@ess/domain/control/control-state.ts';
import type { ReplayWindow } from '@ess/domain/control/replay-window.ts';
import { keyText } from '@ess/domain/text/foreign-id.ts';
import { LATEST_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { TopicReader } from '@ess/stream/read/topic-reader.ts';
import { partitionOf } from '@ess/stream/wire/partition.ts';

/** Where a position was moved for a replay. */
export interface Moved extends Pick<ReplayWindow, 'target' | 'until' | 'key' | 'current'> {
  readonly partition: number;
}

/**
 * @param limit nobody has to know how many they are when they are fewer for certain
 * @param moved counts instead of what the order says of these partitions: it is what would be sent
 */
export async function orderSize(
  kafka: Kafka,
  { command }: Pick<CommandState, 'command'>,
  limit: number,
  moved: readonly Moved[] = [],
): Promise<number> {
  const { replay } = command;
  if (!replay) return letterCount(command);
  const { topic, key, current } = replay;
  const isMoved = new Set(moved.map(({ partition }) => partition));
  const rest = replay.partitions.filter(({ partition }) => !isMoved.has(partition));
  const all = [...moved, ...rest.map((one) => ({ ...one, key, current }))];
  const inForce = all.filter((one) => one.current);
  const ranges = all.filter((one) => !one.current);
  let records = 0;
  if (ranges.length > 0) {
    const bounds = await boundsOf(kafka, topic);
    const byPartition = new Map(bounds.map(({ low, end }, partition) => [partition, { low, high: end }]));
    records = rangeRecords(ranges, byPartition);
  }
  return inForce.length === 0 ? records : records + (await rulesInForce(kafka, topic, inForce, limit));
}

/** Compaction may not have come by yet: each rule counts once, and not after a tombstone. */
async function rulesInForce(
  kafka: Kafka,
  topic: string,
  partitions: ReadonlyArray<Pick<Moved, 'partition' | 'key'>>,
  limit: number,
): Promise<number> {
  const keys = new Set(partitions.map(({ key }) => key));
  const key = keys.size === 1 ? (partitions[0]?.key ?? null) : null;
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
