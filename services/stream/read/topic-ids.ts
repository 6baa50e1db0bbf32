// The ids of topics, for a whole process: one connection, one question for all topics that are asked for or watched. A topic that
// was deleted and created again has another id, and its offsets mean other records.
import type { Kafka } from 'kafkajs';
import type { TopicIdsAnswer } from '../wire/topic-ids-protocol.ts';
import { METADATA, METADATA_WITH_IDS, topicIdsRequest } from '../wire/topic-ids-protocol.ts';
import type { Cluster } from './cluster.ts';
import { openCluster } from './cluster.ts';

/** A topic that was made anew is noticed within about as long. */
const WATCH_EVERY_MS = 5_000;

/** Null: there is no such topic. Without an entry it has no id. */
export type TopicIdsNow = ReadonlyMap<string, string | null>;

export type AskTopicIds = (topics: readonly string[]) => Promise<TopicIdsNow>;

/** What followers of a topic ask. */
export interface KnowsTopicIds {
  /**
   * Undefined: the broker has no ids, or does not know the topic. No answer is older than the call.
   * @throws kafkajs's errors while Kafka is away
   */
  of(topic: string): Promise<string | undefined>;
  /** Tells the id every few seconds, as long as Kafka answers; null: there is no such topic. @returns what ends it */
  watch(topic: string, tell: (id: string | null) => void): () => void;
}

interface Watcher {
  readonly topic: string;
  readonly tell: (id: string | null) => void;
}

export class TopicIds implements KnowsTopicIds, AsyncDisposable {
  readonly #ask: AskTopicIds;
  readonly #close: () => Promise<void>;
  readonly #watchers = new Set<Watcher>();
  /** Topics of the next question, which is not under way yet. */
  #wanted = new Set<string>();
  #next: Promise<TopicIdsNow> | undefined;
  #asking: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  /** @param close ends what `ask` uses */
  constructor(ask: AskTopicIds, close: () => Promise<void> = async () => undefined) {
    this.#ask = ask;
    this.#close = close;
  }

  /**
   * Connects at the first question.
   * @param onCluster told with each answer which cluster gave it; what it throws is the answer
   */
  static open(kafka: Kafka, onCluster: (clusterId: string) => void = () => undefined): TopicIds {
    let cluster: Cluster | undefined;
    const ask: AskTopicIds = async (topics) => {
      cluster ??= openCluster(kafka);
      const broker = await cluster.brokerPool.findConnectedBroker();
      if ((broker.versions?.[METADATA]?.maxVersion ?? 0) < METADATA_WITH_IDS) return new Map();
      const { clusterId, ids } = (await broker.connectionPool.send(topicIdsRequest(topics))) as TopicIdsAnswer;
      onCluster(clusterId);
      return ids;
    };
    return new TopicIds(ask, async () => cluster?.disconnect());
  }

  async of(topic: string): Promise<string | undefined> {
    return (await this.#now(topic)) ?? undefined;
  }

  watch(topic: string, tell: (id: string | null) => void): () => void {
    const watcher = { topic, tell };
    this.#watchers.add(watcher);
    this.#timer ??= setInterval(() => this.#look(), WATCH_EVERY_MS).unref();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watchers.clear();
    clearInterval(this.#timer);
    await this.#close().catch(() => undefined);
  }

  async #now(topic: string): Promise<string | null | undefined> {
    this.#wanted.add(topic);
    this.#next ??= this.#askNext();
    return (await this.#next).get(topic);
  }

  /** Who asks while a question is under way shares the one after it. */
  async #askNext(): Promise<TopicIdsNow> {
    await this.#asking;
    const topics = [...this.#wanted];
    this.#wanted = new Set();
    this.#next = undefined;
    const asked = this.#ask(topics);
    this.#asking = asked.catch(() => undefined);
    return asked;
  }

  #look(): void {
    for (const topic of new Set([...this.#watchers].map((watcher) => watcher.topic)))
      this.#now(topic).then(
        (id) => this.#tell(topic, id),
        () => undefined, // Kafka is away: nothing is known
      );
  }

  #tell(topic: string, id: string | null | undefined): void {
    if (id === undefined) return;
    for (const watcher of this.#watchers) if (watcher.topic === topic) watcher.tell(id);
  }
}
