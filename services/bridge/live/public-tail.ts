// The one reader of new records in a process: every partition of the public topic, by long polls to each leader. Before each round
// of them it asks which log the topic is: one that was made anew is read from its start.
import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/text/error.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import { farewell } from '@ess/stream/kafkajs/farewell.ts';
import { inTurn } from '@ess/stream/wire/in-turn.ts';
import type { LostOffsets } from '../topic/gap.ts';
import type { PublicLog } from '../topic/public-log.ts';
import type { RecordDecoder } from '../topic/record-decoder.ts';
import type { HistorySource, PublicRecord } from '../topic/source.ts';
import type { Vector } from '../topic/vector.ts';

export interface TailSource extends HistorySource {
  /** Which broker to ask for which partitions. */
  leaders(): ReadonlyMap<string, readonly number[]>;
  close(): Promise<void>;
}

export interface TailOptions {
  readonly source: TailSource;
  readonly decode: RecordDecoder;
  readonly log: Log;
  readonly publicLog: PublicLog;
  /** Id of the topic now; undefined: the brokers have none, or do not know the topic. */
  readonly topicId: () => Promise<string | undefined>;
  /** @param next offset after these records, holes included */
  readonly onRecords: (partition: number, records: readonly PublicRecord[], next: number) => void;
  readonly onLost: (lost: readonly LostOffsets[]) => void;
  /** The topic was made anew, which `publicLog` knows; nothing of it was handed over yet. @param start of its partitions */
  readonly onAnew: (start: Vector) => void;
  /** The topic has another number of partitions now: positions mean something else. */
  readonly onResized: () => void;
}

const MAX_WAIT_MS = 500;
const FETCH_BYTES = 2_097_152;
const PARTITION_BYTES = 524_288;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;

export class PublicTail {
  readonly #options: TailOptions;
  readonly #vector: number[];
  #stopped = false;
  #running: Promise<void> | undefined;
  #round = new AbortController();
  /** What is fetched may be of another log: nothing is handed over until that is known. */
  #isInDoubt = false;
  /** Kafka has said that a position lies beyond the end. */
  #isBeyond = false;
  /** Monotonic time of the last good answer. */
  #heardAt = performance.now();

  private constructor(options: TailOptions, vector: number[]) {
    this.#options = options;
    this.#vector = vector;
  }

  /** From the end of the topic as it is now. Waits patiently for Kafka. */
  static async start(options: TailOptions, signal?: AbortSignal): Promise<PublicTail> {
    for (;;) {
      try {
        options.publicLog.is(await options.topicId());
        const bounds = await options.source.bounds();
        const tail = new PublicTail(
          options,
          bounds.map(({ end }) => end),
        );
        tail.#running = tail.#run();
        return tail;
      } catch (error) {
        options.log.warn({ error: String(error) }, 'stream.tail.waits');
        await delay(MAX_RETRY_MS, undefined, signal ? { signal } : {});
        await options.source.refresh().catch(() => undefined);
      }
    }
  }

  get vector(): Vector {
    return this.#vector;
  }

  /** How long Kafka has not answered, ms. */
  get silentForMs(): number {
    return performance.now() - this.#heardAt;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#options.source.close().catch(() => undefined);
    await farewell(async () => this.#running); // a frozen broker answers the last fetch after seconds, or never
  }

  /** The id of the topic, as Kafka has it now. */
  topicIs(id: string | null): void {
    const { publicLog } = this.#options;
    if (id === null || publicLog.id === undefined || publicLog.id === id) return;
    this.#isInDoubt = true;
    this.#round.abort();
  }

  async #run(): Promise<void> {
    const { source, log, onResized } = this.#options;
    let retryMs = FIRST_RETRY_MS;
    while (!this.#stopped) {
      const startedAt = performance.now();
      try {
        await this.#learnLog();
        if (source.partitions.length !== this.#vector.length) return onResized();
        await this.#followAll();
      } catch (error) {
        if (!this.#stopped) log.warn({ error: String(error) }, 'stream.tail.again');
      }
      if (this.#stopped) return;
      if (performance.now() - startedAt > MAX_RETRY_MS * 2) retryMs = FIRST_RETRY_MS;
      await delay(retryMs);
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
      await source.refresh().catch(() => undefined);
    }
  }

  /** What is read from here on is of this log. @throws while it is not known */
  async #learnLog(): Promise<void> {
    const { source, publicLog, topicId, onAnew } = this.#options;
    const id = await topicId();
    if (id === undefined && publicLog.id !== undefined)
      throw new EssError('ESS_BROKER', `Kafka does not know ${publicLog.topic}`);
    const isAnother = this.#isBeyond || (publicLog.id !== undefined && id !== publicLog.id);
    if (!isAnother) publicLog.is(id);
    else {
      await source.refresh();
      const start = (await source.bounds()).map(({ low }) => low);
      if (this.#stopped || start.length !== this.#vector.length) return;
      this.#vector.splice(0, start.length, ...start);
      publicLog.became(id);
      onAnew(start);
    }
    this.#isBeyond = false;
    this.#isInDoubt = false;
  }

  /** @throws the first error of any leader */
  async #followAll(): Promise<void> {
    const round = new AbortController();
    this.#round = round;
    const ends = await Promise.allSettled(
      [...this.#options.source.leaders().values()].map((partitions) =>
        this.#follow(partitions, round.signal).finally(() => round.abort()),
      ),
    );
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Follows the partitions of one leader until something fails. */
  async #follow(partitions: readonly number[], signal: AbortSignal): Promise<void> {
    const { source, decode, onRecords } = this.#options;
    for (let turn = 0; !this.#stopped && !signal.aborted; turn += 1) {
      const positions = inTurn(partitions, turn).map((partition) => ({
        partition,
        offset: this.#vector[partition] ?? 0,
      }));
      const reads = await source.fetch(positions, {
        maxWaitMs: MAX_WAIT_MS,
        maxBytes: FETCH_BYTES,
        maxBytesPerPartition: PARTITION_BYTES,
      });
      if (this.#stopped || this.#isInDoubt) return;
      this.#heardAt = performance.now();
      for (const read of reads) {
        const { partition } = read;
        if (read.gone) await this.#gone(partition);
        else if (read.next > (this.#vector[partition] ?? 0)) {
          const records = await decode(partition, read.records);
          if (this.#isInDoubt) return;
          this.#vector[partition] = read.next;
          onRecords(partition, records, read.next);
        }
      }
    }
  }

  /** Retention was faster than we are, or the log ends before the position: then it is another one. */
  async #gone(partition: number): Promise<void> {
    const { low = 0, end = 0 } = (await this.#options.source.bounds())[partition] ?? {};
    const at = this.#vector[partition] ?? 0;
    if (at > end) {
      this.#isBeyond = true;
      this.#isInDoubt = true;
      return this.#round.abort();
    }
    this.#vector[partition] = low;
    this.#options.onLost([{ partition, from: low > at ? at : null, to: low }]);
  }
}
