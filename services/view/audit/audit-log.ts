// Which log ess.audit is now, and where it begins and ends.
import { AUDIT_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { TopicIds } from '@ess/stream/read/topic-ids.ts';
import type { AuditLog } from './audit-file.ts';

export interface LogBounds {
  readonly low: number;
  readonly high: number;
}

/** @returns undefined where Kafka gives no ids of topics */
export async function auditLogOf(kafka: Kafka): Promise<AuditLog | undefined> {
  const admin = kafka.admin();
  await using ids = TopicIds.open(kafka);
  try {
    await admin.connect();
    const [{ clusterId }, topicId] = await Promise.all([admin.describeCluster(), ids.of(AUDIT_TOPIC)]);
    return topicId === undefined ? undefined : { clusterId, topicId };
  } finally {
    await admin.disconnect();
  }
}

/** By partition. */
export async function boundsOf(kafka: Kafka): Promise<Map<number, LogBounds>> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const found = await admin.fetchTopicOffsets(AUDIT_TOPIC);
    return new Map(found.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]));
  } finally {
    await admin.disconnect();
  }
}
