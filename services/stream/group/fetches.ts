// What one member of a group fetches of its topic, through kafkajs: pauses, seeks, and where partitions start.
import type { Admin, Consumer } from 'kafkajs';
import type { KnowsTopicIds } from '../read/topic-ids.ts';
import type { StartPositions, StartQuestions, StoodAt } from './start-positions.ts';
import { readStartPositions } from './start-positions.ts';

/** The part of it that a feed moves. */
export interface Fetches {
  pause(partitions: readonly number[]): void;
  /** Leaves alone what is not this member's any more. */
  resume(partitions: readonly number[]): void;
  seek(partition: number, offset: number): void;
  /** @throws kafkajs's errors while Kafka is away */
  startPositions(partitions: readonly number[], before?: StoodAt): Promise<StartPositions>;
  /** The first offset that Kafka still has, and the one after the last. @throws kafkajs's errors while Kafka is away */
  bounds(partition: number): Promise<LogBounds>;
}

export interface LogBounds {
  readonly start: number;
  readonly end: number;
}

export interface TopicFetchesOptions {
  readonly consumer: Pick<Consumer, 'pause' | 'resume' | 'seek'>;
  readonly admin: Pick<Admin, 'fetchOffsets' | 'fetchTopicOffsets' | 'fetchTopicMetadata'>;
  readonly topic: string;
  readonly groupId: string;
  readonly isOurs: (partition: number) => boolean;
  readonly topicIds: Pick<KnowsTopicIds, 'of'>;
  readonly timeBefore: StartQuestions['timeBefore'];
}

export class TopicFetches implements Fetches {
  readonly #options: TopicFetchesOptions;
  #partitionCount = 0;

  constructor(options: TopicFetchesOptions) {
    this.#options = options;
  }

  /** Partitions of the topic, ours or not, as they were at the last start; 0 before the first one. */
  get partitionCount(): number {
    return this.#partitionCount;
  }

  /** The same as Kafka has it now. @throws kafkajs's errors */
  async countPartitions(): Promise<number> {
    const { admin, topic } = this.#options;
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? 0;
  }

  pause(partitions: readonly number[]): void {
    const { consumer, topic } = this.#options;
    if (partitions.length > 0) consumer.pause([{ topic, partitions: [...partitions] }]);
  }

  resume(partitions: readonly number[]): void {
    const { consumer, topic, isOurs } = this.#options;
    const ours = partitions.filter(isOurs);
    if (ours.length > 0) consumer.resume([{ topic, partitions: ours }]);
  }

  seek(partition: number, offset: number): void {
    const { consumer, topic } = this.#options;
    consumer.seek({ topic, partition, offset: String(offset) });
  }

  async startPositions(partitions: readonly number[], before?: StoodAt): Promise<StartPositions> {
    const { topic, topicIds } = this.#options;
    const start = await readStartPositions({ ...this.#options, topicId: () => topicIds.of(topic) }, partitions, before);
    this.#partitionCount = start.partitionCount;
    return start;
  }

  async bounds(partition: number): Promise<LogBounds> {
    const bounds = await this.#options.admin.fetchTopicOffsets(this.#options.topic);
    const { low = 0, high = Number.POSITIVE_INFINITY } = bounds.find((bound) => bound.partition === partition) ?? {};
    return { start: Number(low), end: Number(high) };
  }
}
