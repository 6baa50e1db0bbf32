// Which partition a key belongs to: murmur2, as the Java client does, so that every producer agrees.

import type { PartitionMetadata } from 'kafkajs';
import kafkajs from 'kafkajs';

const partitioner = kafkajs.Partitioners.DefaultPartitioner();
const metadataByCount = new Map<number, PartitionMetadata[]>();

export function partitionOf(key: string | Buffer, count: number): number {
  let partitionMetadata = metadataByCount.get(count);
  if (!partitionMetadata) {
    partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({ partitionId }) as PartitionMetadata);
    metadataByCount.set(count, partitionMetadata);
  }
  return partitioner({ topic: '', partitionMetadata, message: { key, value: null } });
}
