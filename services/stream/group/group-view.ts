// A partner's consumer group seen from outside: who is in it, who has what, and where each partition stands.
import type { CommitMetadata } from '@ess/domain/control/commit-metadata.ts';
import { decodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import type { Admin } from 'kafkajs';
import kafkajs from 'kafkajs';
import { askGroup, isCoordinatorStarting } from '../kafkajs/refusals.ts';
import { untilAnswered } from '../read/until-answered.ts';

export interface GroupMember {
  /** The worker's id as in its audit rows; empty for a member that is not ours. */
  readonly worker: string;
  readonly host: string;
  readonly partitions: readonly number[];
}

export interface PartitionView {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
  /** Where the group goes on: the committed offset, or the log start when it has none. */
  readonly position: number;
  readonly committed: boolean;
  readonly metadata: CommitMetadata | undefined;
}

export interface GroupView {
  /** Kafka's word for it, such as Stable, Empty or PreparingRebalance. */
  readonly state: string;
  readonly members: readonly GroupMember[];
  readonly partitions: readonly PartitionView[];
}

/** @throws EssError or kafkajs's errors when the topic does not exist or Kafka is away */
export async function viewGroup(admin: Admin, groupId: string, topic: string): Promise<GroupView> {
  const [{ groups }, [committed], bounds] = await Promise.all([
    askGroup(groupId, () => admin.describeGroups([groupId])),
    untilAnswered(() => askGroup(groupId, () => admin.fetchOffsets({ groupId, topics: [topic] })), {
      topic: groupId,
      passes: isCoordinatorStarting,
    }),
    admin.fetchTopicOffsets(topic),
  ]);
  const members = (groups[0]?.members ?? []).map(({ clientHost, memberAssignment, memberMetadata }) => ({
    worker: workerOf(memberMetadata),
    host: clientHost.replace(/^\//, ''),
    partitions: partitionsOf(memberAssignment, topic),
  }));
  const partitions = bounds
    .map(({ partition, low, high }) => {
      const entry = committed?.partitions.find((candidate) => candidate.partition === partition);
      const offset = Number(entry?.offset ?? -1);
      const position = offset < 0 ? Number(low) : offset;
      const metadata = decodeMetadata(position, entry?.metadata);
      return { partition, low: Number(low), high: Number(high), position, committed: offset >= 0, metadata };
    })
    .sort((a, b) => a.partition - b.partition);
  return { state: groups[0]?.state ?? 'Dead', members, partitions };
}

function workerOf(metadata: Buffer): string {
  try {
    return kafkajs.AssignerProtocol.MemberMetadata.decode(metadata)?.userData.toString() ?? '';
  } catch {
    return ''; // of another client
  }
}

function partitionsOf(assignment: Buffer, topic: string): number[] {
  try {
    return [...(kafkajs.AssignerProtocol.MemberAssignment.decode(assignment)?.assignment[topic] ?? [])].sort(
      (a, b) => a - b,
    );
  } catch {
    return [];
  }
}
