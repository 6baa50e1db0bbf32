// Where the logs of topics begin, asked of Kafka every half minute and not for whoever looks: how far back a replay can reach, and
// which records retention has taken.
import { setTimeout as delay } from 'node:timers/promises';
import type { LogStart } from '@ess/domain/control/replay-reach.ts';
import type { Admin, Kafka, StreamLog } from '@ess/stream/kafkajs/client.ts';
import { within } from '@ess/stream/kafkajs/within.ts';
import { readRetentionMs, timeOfOffset } from '@ess/stream/read/retention.ts';
import { TopicReader } from '@ess/stream/read/topic-reader.ts';

export interface TopicStarts {
  /** By partition. */
  readonly starts: readonly LogStart[];
  /** How long a record is kept, ms; Infinity: for ever; undefined: it may not be asked. */
  readonly retentionMs: number | undefined;
}

export interface LogStartsOptions {
  readonly kafka: Kafka;
  /** Connected. */
  readonly admin: Admin;
  readonly topics: () => Iterable<string>;
  readonly log?: Pick<StreamLog, 'warn'>;
  /** @throws what cannot be asked; absent: Kafka is asked */
  readonly read?: (topic: string) => Promise<TopicStarts>;
}

const ASK_EVERY_MS = 30_000;
const CLOSE_WITHIN_MS = 1_000;
/** What was asked so long ago says nothing of now. */
const OLD_MS = 3 * ASK_EVERY_MS;

export class LogStarts implements AsyncDisposable {
  readonly #options: LogStartsOptions;
  readonly #known = new Map<string, TopicStarts & { readonly askedAtMs: number }>();
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: LogStartsOptions) {
    this.#options = options;
  }

  /** Nobody waits for it. */
  begin(): void {
    this.#running = this.#run();
  }

  /** Undefined: not known yet, or not any more. */
  of(topic: string, nowMs = Date.now()): TopicStarts | undefined {
    const known = this.#known.get(topic);
    return known && nowMs - known.askedAtMs <= OLD_MS ? known : undefined;
  }

  /** First offset that is still there; what was taken once does not come back, however long ago it was asked. */
  lowOf(topic: string, partition: number): number {
    return this.#known.get(topic)?.starts[partition]?.low ?? 0;
  }

  /** Of each topic, once. What cannot be asked stays as it was, and grows old. */
  async ask(): Promise<void> {
    const { topics, log, read = (topic: string) => this.#read(topic) } = this.#options;
    const wanted = new Set(topics());
    for (const topic of this.#known.keys()) if (!wanted.has(topic)) this.#known.delete(topic);
    for (const topic of wanted) {
      if (this.#closing.signal.aborted) return;
      const askedAtMs = Date.now();
      try {
        this.#known.set(topic, { ...(await read(topic)), askedAtMs });
      } catch (error) {
        log?.warn({ topic, error: String(error), why: 'it cannot be asked where its log begins' }, 'view.waits');
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await within(this.#running, CLOSE_WITHIN_MS);
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.ask();
      await delay(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #read(topic: string): Promise<TopicStarts> {
    const { kafka, admin } = this.#options;
    await using reader = await TopicReader.open(kafka, topic);
    // It asks for a right of its own, which may be missing: what is left is known all the same.
    const retentionMs = await readRetentionMs(admin, topic).catch(() => undefined);
    const starts: LogStart[] = [];
    for (const [partition, { low, end }] of (await reader.bounds()).entries()) {
      const ms = low < end ? await timeOfOffset(reader, { partition, offset: low }) : undefined;
      // Retention may come by between the two questions: the next round knows better.
      starts.push({ low, firstMs: ms !== undefined && Number.isFinite(ms) ? ms : undefined });
    }
    return { starts, retentionMs };
  }
}
