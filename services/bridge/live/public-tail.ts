// The one reader of new records in a process: every partition of the public topic, by long polls to each leader.
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@ess/runtime/log/log.ts';
import { inTurn } from '@ess/stream/wire/in-turn.ts';
import type { LostOffsets } from '../topic/gap.ts';
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
  /** @param next offset after these records, holes included */
  readonly onRecords: (partition: number, records: readonly PublicRecord[], next: number) => void;
  readonly onLost: (lost: readonly LostOffsets[]) => void;
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
    await this.#running;
  }

  async #run(): Promise<void> {
    const { source, log } = this.#options;
    let retryMs = FIRST_RETRY_MS;
    while (!this.#stopped) {
      const count = source.partitions.length;
      if (count !== this.#vector.length) return this.#options.onResized();
      const round = new AbortController();
      const startedAt = performance.now();
      const ends = await Promise.allSettled(
        [...source.leaders().values()].map((partitions) =>
          this.#follow(partitions, round.signal).finally(() => round.abort()),
        ),
      );
      if (this.#stopped) return;
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed) log.warn({ error: String(failed.reason) }, 'stream.tail.again');
      if (performance.now() - startedAt > MAX_RETRY_MS * 2) retryMs = FIRST_RETRY_MS;
      await delay(retryMs);
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
      await source.refresh().catch(() => undefined);
    }
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
      if (this.#stopped) return;
      this.#heardAt = performance.now();
      for (const read of reads) {
        const { partition } = read;
        if (read.gone) await this.#gone(partition);
        else if (read.next > (this.#vector[partition] ?? 0)) {
          const records = await decode(partition, read.records);
          this.#vector[partition] = read.next;
          onRecords(partition, records, read.next);
        }
      }
    }
  }

  /** Retention was faster than we are, or the topic was made anew. */
  async #gone(partition: number): Promise<void> {
    const { low = 0 } = (await this.#options.source.bounds())[partition] ?? {};
    const at = this.#vector[partition] ?? 0;
    this.#vector[partition] = low;
    this.#options.onLost([{ partition, from: low > at ? at : null, to: low }]);
  }
}
