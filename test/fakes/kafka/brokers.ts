// Which broker of a cluster does what, so that a test can kill the one that matters. Numbers count from 0, as processes do.
import type { Admin } from '@ess/stream/kafkajs/client.ts';

/** The broker that a group's heartbeats and commits go to: as Kafka's GroupCoordinator.partitionFor finds it. */
export async function coordinatorOf(admin: Admin, group: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] });
  const partitions = topics[0]?.partitions ?? [];
  let hash = 0;
  for (const char of group) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
  const mine = (hash & 0x7fffffff) % partitions.length;
  return (partitions.find(({ partitionId }) => partitionId === mine)?.leader ?? 1) - 1;
}

/** The broker that leads most partitions of a topic. */
export async function mostLeading(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const led = Map.groupBy(topics[0]?.partitions ?? [], ({ leader }) => leader);
  const [[leader] = [1]] = [...led].toSorted(([, a], [, b]) => b.length - a.length);
  return Number(leader) - 1;
}

/** Every replica of every partition is in sync: another broker may be killed without taking what is promised away. */
export async function allInSync(admin: Admin): Promise<boolean> {
  const { topics } = await admin.fetchTopicMetadata();
  return topics.every(({ partitions }) => partitions.every(({ isr, replicas }) => isr.length === replicas.length));
}
