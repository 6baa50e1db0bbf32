// Where an assignment starts: for each of its partitions what the group has committed, against what Kafka still has, and whether
// that is the log in which it was committed.
import { decodeMetadata, topicIdIn } from '@ess/domain/control/commit-metadata.ts';
import { anotherLog, asksForRecordBefore } from '@ess/domain/control/topic-log.ts';
import type { Admin } from 'kafkajs';
import type { AssignedPartition, LeftLog, LostRange } from './assignment.ts';

export interface StartPositions {
  readonly assigned: readonly AssignedPartition[];
  /** Partitions that the topic has no more since it was made anew. */
  readonly gone: readonly LeftLog[];
  /** Committed positions that retention has passed. */
  readonly lost: readonly LostRange[];
  /** The offset that comes first from the broker, by partition. */
  readonly next: Map<number, number>;
  readonly highWatermarks: Map<number, number>;
  /** Partitions of the topic, assigned or not. */
  readonly partitionCount: number;
  /** Of the topic; undefined where brokers have none. */
  readonly topicId: string | undefined;
}

/** Where this member was before. Kafka forgets what a group has committed when it deletes the topic. */
export interface StoodAt {
  readonly topicId: string | undefined;
  readonly positions: ReadonlyMap<number, number>;
}

/** What is asked of Kafka for it. */
export interface StartQuestions {
  readonly admin: Pick<Admin, 'fetchOffsets' | 'fetchTopicOffsets'>;
  readonly topic: string;
  readonly groupId: string;
  /** Undefined: brokers have no ids. */
  topicId(): Promise<string | undefined>;
  /** When the record right before the offset was published, ms since 1970; undefined when it is not there. */
  timeBefore(partition: number, offset: number): Promise<number | undefined>;
}

/** @throws when Kafka does not say where a partition starts, as a broker that is half away may do: a guess could lose records */
export async function readStartPositions(
  questions: StartQuestions,
  partitions: readonly number[],
  before?: StoodAt,
): Promise<StartPositions> {
  const { admin, topic, groupId } = questions;
  const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const topicId = await questions.topicId();
  const bounds = new Map((await admin.fetchTopicOffsets(topic)).map((bound) => [bound.partition, bound]));
  const anew = anotherLog(0, { id: before?.topicId }, { id: topicId, end: 0, at: undefined });
  const gone = [...(before?.positions ?? [])]
    .filter(([partition]) => anew !== undefined && !bounds.has(partition))
    .map(([partition, position]) => ({ partition, position, why: `${anew}, and has no partition ${partition}` }));
  const assigned: AssignedPartition[] = [];
  const lost: LostRange[] = [];
  const next = new Map<number, number>();
  const highWatermarks = new Map<number, number>();
  for (const partition of partitions) {
    const entry = committed?.partitions.find((candidate) => candidate.partition === partition);
    const bound = bounds.get(partition);
    const committedAt = Number(entry?.offset ?? -1);
    const metadata = entry?.metadata ?? null;
    const stoodAt = before?.positions.get(partition) ?? -1;
    const position = committedAt < 0 ? stoodAt : committedAt;
    if (!bound && anew !== undefined) continue;
    if (!bound) throw new Error(`Kafka did not say where partition ${partition} of ${topic} starts`);
    const [low, end] = [Number(bound.low), Number(bound.high)];
    const why =
      committedAt < 0
        ? anotherLog(0, { id: before?.topicId }, { id: topicId, end, at: undefined })
        : await leftLog(questions, { partition, position, metadata, topicId, end });
    const isOurs = committedAt >= 0 && why === undefined;
    // A mirror has translated it from another cluster, as far as it could: some of what comes next the partner may have.
    const isTranslated = isOurs && isAnother(topicIdIn(metadata), topicId);
    if (isOurs && position < low) lost.push({ partition, from: position, to: low });
    // A lost range is passed like a record: the position stays before it until its audit row is acknowledged.
    assigned.push({
      partition,
      position: isOurs ? position : low,
      metadata: isOurs || why === undefined ? metadata : null,
      ...(topicId === undefined ? {} : { topicId }),
      ...(isOurs && !isTranslated ? {} : { startedOverAt: end }),
      ...(why === undefined || position < 0 ? {} : { left: { partition, position, why } }),
    });
    next.set(partition, isOurs ? Math.max(position, low) : low);
    highWatermarks.set(partition, end);
  }
  return { assigned, gone, lost, next, highWatermarks, partitionCount: bounds.size, topicId };
}

const isAnother = (id: string | undefined, now: string | undefined): boolean =>
  id !== undefined && now !== undefined && id !== now;

interface Committed {
  readonly partition: number;
  readonly position: number;
  readonly metadata: string | null;
  readonly topicId: string | undefined;
  readonly end: number;
}

/** @returns how it is known that the position is of another log, if it is */
async function leftLog(
  { timeBefore }: StartQuestions,
  { partition, position, metadata, topicId, end }: Committed,
): Promise<string | undefined> {
  const before = decodeMetadata(position, metadata)?.log;
  const isAsked = position <= end && asksForRecordBefore(before, topicId);
  const at = isAsked ? await timeBefore(partition, position) : undefined;
  return anotherLog(position, before, { id: topicId, end, at });
}
