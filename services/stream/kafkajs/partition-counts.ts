// How many partitions each topic has, asked once: the key of a record chooses among them.
import { EssError } from '@ess/domain/text/error.ts';
import { withAdmin } from './admin.ts';

export interface TopicsAdmin {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  listTopics(): Promise<string[]>;
  fetchTopicMetadata(asked: { topics: string[] }): Promise<{
    topics: ReadonlyArray<{ readonly name: string; readonly partitions: readonly unknown[] }>;
  }>;
}

export class PartitionCounts {
  readonly #kafka: { admin(): TopicsAdmin };
  readonly #counts = new Map<string, number>();
  /** Look-ups go one after the other: appends that wait for them keep their order. */
  #learning: Promise<unknown> = Promise.resolve();

  constructor(kafka: { admin(): TopicsAdmin }) {
    this.#kafka = kafka;
  }

  /** undefined: to be learned first. */
  of(topic: string): number | undefined {
    return this.#counts.get(topic);
  }

  /** @throws EssError ESS_CONFIG when Kafka has no such topic; kafkajs's errors */
  learn(topics: readonly string[]): Promise<void> {
    const learned = this.#learning.then(() => this.#ask(topics.filter((topic) => !this.#counts.has(topic))));
    this.#learning = learned.catch(() => undefined);
    return learned;
  }

  async #ask(topics: string[]): Promise<void> {
    if (topics.length === 0) return;
    await withAdmin(this.#kafka, async (admin) => {
      const existing = new Set(await admin.listTopics());
      const missing = topics.filter((topic) => !existing.has(topic));
      if (missing.length > 0)
        throw new EssError(
          'ESS_CONFIG',
          `Kafka has no topic ${missing.join(', ')}: run "ess topics apply"; if it is there, this user may not see it: "ess access apply"`,
        );
      const metadata = await admin.fetchTopicMetadata({ topics });
      for (const { name, partitions } of metadata.topics) this.#counts.set(name, partitions.length);
    });
  }
}
