// Where a topic ends, asked of Kafka: callers at the same time share one question, and no answer is older than its call.
import { setTimeout as delay } from 'node:timers/promises';
import type { TopicReader } from './topic-reader.ts';
import { untilAnswered } from './until-answered.ts';

/** Under load questions begin at least this far apart: each costs Kafka and us as much as a small batch. */
const ASK_EVERY_MS = 3;

export class Ends {
  readonly #reader: TopicReader;
  readonly #signal: AbortSignal;
  #asking: Promise<readonly number[]> | undefined;
  #next: Promise<readonly number[]> | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  /** @param signal until then Kafka is asked again when it is away */
  constructor(reader: TopicReader, signal: AbortSignal) {
    this.#reader = reader;
    this.#signal = signal;
  }

  /** By partition. A question under way may have been answered before this call: it waits for the next one. */
  ask(): Promise<readonly number[]> {
    this.#next ??= this.#askNext();
    return this.#next;
  }

  async #askNext(): Promise<readonly number[]> {
    await this.#asking?.catch(() => undefined);
    const restMs = this.#askedAtMs + ASK_EVERY_MS - performance.now();
    if (restMs > 0) await delay(restMs);
    this.#next = undefined; // who comes from here on needs the question after this one
    this.#askedAtMs = performance.now();
    const { topic } = this.#reader;
    const patience = { topic, forMs: Number.POSITIVE_INFINITY, signal: this.#signal };
    this.#asking = untilAnswered(() => this.#reader.ends(), { ...patience, again: () => this.#reader.refresh() });
    return this.#asking;
  }
}
