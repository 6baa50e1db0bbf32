// Reads chosen partitions of a topic from chosen offsets, without a consumer group: one question to Kafka at a time. Exact about
// retention: an offset that is gone is an answer, never a silent jump as kafkajs makes it. What goes wrong is thrown within
// seconds; who asks decides how patient to be.
import { EssError } from '@ess/domain/text/error.ts';
import type { Kafka } from 'kafkajs';
import { namedRefusal } from '../kafkajs/missing-right.ts';
import { isForbidden } from '../kafkajs/refusals.ts';
import type { FetchBounds, FetchedPartition, FetchPosition } from '../wire/fetch-protocol.ts';
import { errorOf, fetchRequest } from '../wire/fetch-protocol.ts';
import { PassedOver } from '../wire/unreadable.ts';
import type { Broker, Cluster } from './cluster.ts';
import { openCluster } from './cluster.ts';

export interface PartitionBounds {
  /** First offset that retention has left. */
  readonly low: number;
  /** No committed record is at or after it. */
  readonly end: number;
}

/** `gone`: the offset is before the log start (or after the end); ask `bounds`. */
export type PartitionRead =
  | ({ readonly gone: false } & Pick<FetchedPartition, 'partition' | 'records' | 'next' | 'stableEnd' | 'logStart'>)
  | { readonly gone: true; readonly partition: number };

const OFFSET_OUT_OF_RANGE = 1;
const EARLIEST = -2;
const LATEST = -1;

/**
 * Of a topic that is not listed: one that this user may not see is not listed either.
 * @returns the right that is missing; undefined: there is no such topic, or there is by now @throws kafkajs's errors while Kafka is away
 */
export async function whyUnlisted(kafka: Kafka, topic: string): Promise<string | undefined> {
  try {
    await using _reader = await TopicReader.open(kafka, topic);
  } catch (error) {
    if (isForbidden(error)) return (error as Error).message;
    if (!(error instanceof EssError)) throw error;
  }
  return undefined;
}

export class TopicReader implements AsyncDisposable {
  readonly topic: string;
  readonly #cluster: Cluster;
  readonly #passedOver: PassedOver;
  #partitions: readonly number[] = [];

  private constructor(kafka: Kafka, topic: string) {
    this.topic = topic;
    this.#cluster = openCluster(kafka);
    this.#passedOver = new PassedOver(kafka);
  }

  /**
   * Connects; fetches of one reader to one broker are answered one after the other, so a long poll needs a reader of its own.
   * Other questions have another connection.
   * @throws EssError ESS_CONFIG when the topic does not exist; kafkajs's errors while Kafka is away
   */
  static async open(kafka: Kafka, topic: string): Promise<TopicReader> {
    const reader = new TopicReader(kafka, topic);
    try {
      await reader.#cluster.connect();
      await reader.#cluster.addTargetTopic(topic);
    } catch (error) {
      await reader.close();
      if ((error as { type?: string }).type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
      throw new EssError('ESS_CONFIG', `Kafka has no topic ${topic}: run "ess topics apply"`, { cause: error });
    }
    reader.#learn();
    return reader;
  }

  get partitions(): readonly number[] {
    return this.#partitions;
  }

  /** After an error: leaders may have moved. */
  async refresh(): Promise<void> {
    await this.#cluster.refreshMetadata();
    this.#learn();
  }

  /** Which broker to ask for which partitions. */
  leaders(): Map<string, readonly number[]> {
    return new Map(Object.entries(this.#cluster.findLeaderForPartitions(this.topic, this.#partitions)));
  }

  /** Where each partition begins and ends now, by partition number. */
  async bounds(): Promise<PartitionBounds[]> {
    const [low, ends] = await Promise.all([this.#offsets(EARLIEST), this.ends()]);
    return ends.map((end, partition) => ({ low: low.get(partition) ?? 0, end }));
  }

  /** No committed record of a partition is at or after its end; by partition number. */
  async ends(): Promise<number[]> {
    const ends = await this.#offsets(LATEST);
    return this.#partitions.map((partition) => ends.get(partition) ?? 0);
  }

  /** By partition: the first offset at or after this time; undefined where there is none. */
  async offsetsAt(timestampMs: number): Promise<Array<number | undefined>> {
    const found = await this.#offsets(timestampMs);
    return this.#partitions.map((partition) => {
      const offset = found.get(partition) ?? -1;
      return offset < 0 ? undefined : offset;
    });
  }

  /**
   * One fetch of each leader that is asked; committed records only. What cannot be read is told and passed: `next` is after it.
   * @throws kafkajs's errors, with the right that is missing when it may not be read; `refresh` before the next try
   */
  async fetch(positions: readonly FetchPosition[], bounds: FetchBounds): Promise<PartitionRead[]> {
    const byLeader = this.#cluster.findLeaderForPartitions(
      this.topic,
      positions.map(({ partition }) => partition),
    );
    const answers = await Promise.all(
      Object.entries(byLeader).map(async ([nodeId, partitions]) => {
        const broker = await this.#cluster.findBroker({ nodeId });
        const asked = positions.filter(({ partition }) => partitions.includes(partition));
        const answer = await broker.connectionPool.send(fetchRequest(this.topic, asked, bounds));
        return (answer as FetchedPartition[]).map((found) => this.#take(found, broker));
      }),
    );
    return answers.flat();
  }

  #take(found: FetchedPartition, broker: Broker): PartitionRead {
    if (found.errorCode === OFFSET_OUT_OF_RANGE) return { gone: true, partition: found.partition };
    if (found.errorCode !== 0)
      throw namedRefusal(errorOf(found.errorCode), { resource: 'topic', name: this.topic, operation: 'Read' }, broker);
    for (const range of found.unreadable) this.#passedOver.tell(this.topic, found.partition, range);
    return { gone: false, ...found };
  }

  /** What is asked at this moment is answered with an error. */
  close(): Promise<void> {
    return this.#cluster.disconnect();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #learn(): void {
    const found = this.#cluster.findTopicPartitionMetadata(this.topic).map(({ partitionId }) => partitionId);
    this.#partitions = found.sort((a, b) => a - b);
  }

  async #offsets(fromTimestamp: number): Promise<Map<number, number>> {
    const partitions = this.#partitions.map((partition) => ({ partition }));
    const [answer] = await this.#cluster.fetchTopicsOffset([{ topic: this.topic, partitions, fromTimestamp }]);
    return new Map(answer?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  }
}
