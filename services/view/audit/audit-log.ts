// Which log ess.audit is now, and where it begins and ends.
import { AUDIT_TOPIC } from '@ess/schemas/topics.ts';
import { withAdmin } from '@ess/stream/kafkajs/admin.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { TopicIds } from '@ess/stream/read/topic-ids.ts';
import type { AuditLog } from './audit-file.ts';

export interface LogBounds {
  readonly low: number;
  readonly high: number;
}

/** @returns undefined where Kafka gives no ids of topics */
export async function auditLogOf(kafka: Kafka): Promise<AuditLog | undefined> {
  await using ids = TopicIds.open(kafka);
  const cluster = withAdmin(kafka, (admin) => admin.describeCluster());
  const [{ clusterId }, topicId] = await Promise.all([cluster, ids.of(AUDIT_TOPIC)]);
  return topicId === undefined ? undefined : { clusterId, topicId };
}

/** By partition. */
export async function boundsOf(kafka: Kafka): Promise<Map<number, LogBounds>> {
  const found = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(AUDIT_TOPIC));
  return new Map(found.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]));
}
