// Where an assignment starts: for each of its partitions what the group has committed, against what Kafka still has.
import type { Admin } from 'kafkajs';
import type { AssignedPartition, LostRange } from './assignment.ts';

export interface StartPositions {
  readonly assigned: readonly AssignedPartition[];
  /** Committed positions that retention has passed. */
  readonly lost: readonly LostRange[];
  /** The offset that comes first from the broker, by partition. */
  readonly next: Map<number, number>;
  readonly highWatermarks: Map<number, number>;
  /** Partitions of the topic, assigned or not. */
  readonly partitionCount: number;
}

/** @throws when Kafka does not say where a partition starts, as a broker that is half away may do: a guess could lose records */
export async function readStartPositions(
  admin: Pick<Admin, 'fetchOffsets' | 'fetchTopicOffsets'>,
  { topic, groupId }: { readonly topic: string; readonly groupId: string },
  partitions: readonly number[],
): Promise<StartPositions> {
  const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const bounds = new Map((await admin.fetchTopicOffsets(topic)).map((bound) => [bound.partition, bound]));
  const assigned: AssignedPartition[] = [];
  const lost: LostRange[] = [];
  const next = new Map<number, number>();
  const highWatermarks = new Map<number, number>();
  for (const partition of partitions) {
    const entry = committed?.partitions.find((candidate) => candidate.partition === partition);
    const bound = bounds.get(partition);
    if (!bound) throw new Error(`Kafka did not say where partition ${partition} of ${topic} starts`);
    const low = Number(bound.low);
    const position = Number(entry?.offset ?? -1);
    if (position >= 0 && position < low) lost.push({ partition, from: position, to: low });
    // A lost range is passed like a record: the position stays before it until its audit row is acknowledged.
    assigned.push({ partition, position: position < 0 ? low : position, metadata: entry?.metadata ?? null });
    next.set(partition, Math.max(position, low));
    highWatermarks.set(partition, Number(bound.high));
  }
  return { assigned, lost, next, highWatermarks, partitionCount: bounds.size };
}
