// Which partition a key belongs to: murmur2, as the Java client does, so that every producer agrees.

import type { PartitionMetadata } from 'kafkajs';
import kafkajs from 'kafkajs';

const partitioner = kafkajs.Partitioners.DefaultPartitioner();
const metadataByCount = new Map<number, PartitionMetadata[]>();

/** The rows of one delivery have one key: its hash is computed once. */
let last = { key: '' as string | Buffer, count: 0, partition: 0 };

export function partitionOf(key: string | Buffer, count: number): number {
  if (key === last.key && count === last.count) return last.partition;
  let partitionMetadata = metadataByCount.get(count);
  if (!partitionMetadata) {
    partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({ partitionId }) as PartitionMetadata);
    metadataByCount.set(count, partitionMetadata);
  }
  const partition = partitioner({ topic: '', partitionMetadata, message: { key, value: null } });
  last = { key, count, partition };
  return partition;
}
