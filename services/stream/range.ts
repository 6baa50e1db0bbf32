// Bounded readers: a topic from a point in time to the end as it is now, then done (tail.ts goes on). They stream: what
// the caller has not taken waits in the topic, so a slow reader of a large topic holds a few batches and no more.
// kafkajs has no assign(), so a reader joins a group of its own name, which is deleted afterwards. What cannot be read is told
// and passed.
import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { withAdmin } from './admin.ts';
import { openConsumer } from './consumer.ts';
import type { GroupRecord } from './group.ts';
import { PassedOver } from './unreadable.ts';

export interface RangeOptions {
  readonly topic: string;
  /** From the first record at or after this time; absent: from the log start. */
  readonly sinceMs?: number;
  /** Offsets [from, to) by partition; partitions that are not in it are not read. Narrows what `sinceMs` says. */
  readonly within?: ReadonlyMap<number, Bounds>;
  readonly signal?: AbortSignal;
  /** In a process that delivers: fetched in small pieces, so that answers of partners do not wait for their decoding. */
  readonly beside?: 'live';
}

export interface Bounds {
  readonly from: number;
  readonly to: number;
}

/** Batches of one partition that wait for the caller before it is fetched no more. */
const WAITING_MAX = 2;
/** Decoded in a few ms; kafkajs takes 10 MB otherwise, which stops a process for more than 100 ms (bench REPLAY). */
const BESIDE_LIVE = { maxBytes: 262_144, maxBytesPerPartition: 65_536 };

/** Yields the records in batches, each partition in order. Ends when every partition has reached its end offset of the start. */
export async function* readRange(kafka: Kafka, options: RangeOptions): AsyncGenerator<readonly GroupRecord[]> {
  await using range = await Range.open(kafka, options);
  for (;;) {
    const batch = await range.next();
    if (batch === undefined) return;
    yield batch;
  }
}

/** The same with the partitions merged: oldest record first, by the records' own times. */
export async function* readOldestFirst(kafka: Kafka, options: RangeOptions): AsyncGenerator<readonly GroupRecord[]> {
  await using range = await Range.open(kafka, options);
  const heads = new Map<number, { readonly batch: readonly GroupRecord[]; at: number }>();
  for (const partition of range.partitions) {
    const batch = await range.nextOf(partition);
    if (batch) heads.set(partition, { batch, at: 0 });
  }
  let merged: GroupRecord[] = [];
  while (heads.size > 0) {
    let oldest: GroupRecord | undefined;
    for (const { batch, at } of heads.values()) {
      const record = batch[at] as GroupRecord;
      if (!oldest || record.timestampMs < oldest.timestampMs) oldest = record;
    }
    const { partition } = oldest as GroupRecord;
    const head = heads.get(partition) as { batch: readonly GroupRecord[]; at: number };
    merged.push(oldest as GroupRecord);
    head.at += 1;
    if (head.at < head.batch.length) continue;
    // The next record of this partition may be the oldest of all, so what is merged goes out before it is waited for.
    yield merged;
    merged = [];
    const batch = await range.nextOf(partition);
    if (batch) heads.set(partition, { batch, at: 0 });
    else heads.delete(partition);
  }
}

class Range implements AsyncDisposable {
  readonly #kafka: Kafka;
  readonly #options: RangeOptions;
  readonly #bounds: ReadonlyMap<number, Bounds>;
  readonly #groupId = `ess.read.${randomUUID()}`;
  readonly #consumer: Consumer;
  /** Partitions that have not reached their end. */
  readonly #open: Set<number>;
  /** Where each partition goes on after a join: kafkajs joins again when its first attempt fails, or a session is lost. */
  readonly #next: Map<number, number>;
  readonly #waiting = new Map<number, GroupRecord[][]>();
  readonly #paused = new Set<number>();
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  private constructor(kafka: Kafka, options: RangeOptions, bounds: ReadonlyMap<number, Bounds>) {
    this.#kafka = kafka;
    this.#options = options;
    this.#bounds = bounds;
    this.#next = new Map([...bounds].map(([partition, { from }]) => [partition, from]));
    this.#open = new Set([...bounds].filter(([, { from, to }]) => from < to).map(([partition]) => partition));
    const config = {
      groupId: this.#groupId,
      sessionTimeout: 10_000,
      maxWaitTimeInMs: 100,
      allowAutoTopicCreation: false,
      ...(options.beside === 'live' ? BESIDE_LIVE : {}),
    };
    this.#consumer = openConsumer(kafka, config, new PassedOver(kafka).pass);
  }

  static async open(kafka: Kafka, options: RangeOptions): Promise<Range> {
    const range = new Range(kafka, options, await boundsOf(kafka, options));
    if (range.#open.size > 0) await range.#start();
    return range;
  }

  /** Those that had something to read at the start. */
  get partitions(): readonly number[] {
    return [...this.#bounds].filter(([, { from, to }]) => from < to).map(([partition]) => partition);
  }

  /** The next batch of any partition; undefined at the end. */
  async next(): Promise<readonly GroupRecord[] | undefined> {
    for (;;) {
      for (const partition of this.#waiting.keys()) return this.#take(partition);
      if (this.#open.size === 0) return undefined;
      await this.#change();
    }
  }

  /** The next batch of this partition; undefined at its end. */
  async nextOf(partition: number): Promise<readonly GroupRecord[] | undefined> {
    for (;;) {
      if (this.#waiting.has(partition)) return this.#take(partition);
      if (!this.#open.has(partition)) return undefined;
      await this.#change();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#aborted);
    await this.#consumer.disconnect();
    // The broker forgets an empty group by itself later.
    if (this.partitions.length > 0)
      await withAdmin(this.#kafka, (admin) => admin.deleteGroups([this.#groupId])).catch(() => undefined);
  }

  async #start(): Promise<void> {
    const { topic, signal } = this.#options;
    const { events } = this.#consumer;
    signal?.addEventListener('abort', this.#aborted);
    this.#consumer.on(events.CRASH, ({ payload }) => {
      if (payload.restart) return;
      this.#failure = payload.error;
      this.#wake();
    });
    this.#consumer.on(events.GROUP_JOIN, () => {
      for (const [partition, next] of this.#next) {
        if (this.#open.has(partition)) this.#consumer.seek({ topic, partition, offset: String(next) });
        else this.#pause(partition);
      }
    });
    // The last offset of a batch of transaction markers reaches no handler, only this event.
    this.#consumer.on(events.END_BATCH_PROCESS, ({ payload }) =>
      this.#passed(payload.partition, Number(payload.lastOffset) + 1),
    );
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topic, fromBeginning: true });
      await this.#consumer.run({
        autoCommit: false,
        partitionsConsumedConcurrently: 4,
        eachBatch: async (payload) => this.#fetched(payload),
      });
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  #fetched({ batch }: EachBatchPayload): void {
    const { partition } = batch;
    const { to = 0 } = this.#bounds.get(partition) ?? {};
    const from = this.#next.get(partition) ?? 0;
    const records: GroupRecord[] = [];
    for (const message of batch.messages) {
      const offset = Number(message.offset);
      if (offset < from || offset >= to) continue;
      const { key, value } = message;
      records.push({ partition, offset, key, value, timestampMs: Number(message.timestamp), message });
    }
    if (records.length === 0) return;
    this.#next.set(partition, (records.at(-1)?.offset ?? from) + 1);
    const waiting = this.#waiting.get(partition) ?? [];
    this.#waiting.set(partition, waiting);
    waiting.push(records);
    if (waiting.length >= WAITING_MAX) this.#pause(partition);
    this.#wake();
  }

  #take(partition: number): readonly GroupRecord[] {
    const waiting = this.#waiting.get(partition) as GroupRecord[][];
    const batch = waiting.shift() as GroupRecord[];
    if (waiting.length === 0) this.#waiting.delete(partition);
    if (this.#open.has(partition) && this.#paused.delete(partition))
      this.#consumer.resume([{ topic: this.#options.topic, partitions: [partition] }]);
    return batch;
  }

  #passed(partition: number, next: number): void {
    if (this.#open.has(partition) && next >= (this.#bounds.get(partition)?.to ?? 0)) {
      this.#open.delete(partition);
      this.#pause(partition);
    }
    this.#wake();
  }

  #pause(partition: number): void {
    this.#paused.add(partition);
    this.#consumer.pause([{ topic: this.#options.topic, partitions: [partition] }]);
  }

  async #change(): Promise<void> {
    this.#options.signal?.throwIfAborted();
    if (this.#failure) throw this.#failure;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  readonly #aborted = (): void => this.#wake();
}

async function boundsOf(kafka: Kafka, options: RangeOptions): Promise<Map<number, Bounds>> {
  const { topic, sinceMs, within } = options;
  return withAdmin(kafka, async (admin) => {
    const ends = await admin.fetchTopicOffsets(topic);
    const starts = sinceMs === undefined ? [] : await admin.fetchTopicOffsetsByTimestamp(topic, sinceMs);
    const startOf = new Map(starts.map(({ partition, offset }) => [partition, Number(offset)]));
    return new Map(
      ends.map(({ partition, low, high }) => {
        const wanted = within === undefined ? undefined : (within.get(partition) ?? { from: 0, to: 0 });
        const from = Math.max(Number(low), startOf.get(partition) ?? 0, wanted?.from ?? 0);
        const to = Math.min(Number(high), wanted?.to ?? Number.POSITIVE_INFINITY);
        return [partition, { from, to }];
      }),
    );
  });
}
