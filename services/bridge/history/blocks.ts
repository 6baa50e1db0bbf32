// Stretches of the topic as read for catch-up: whoever needs one that is at hand, or on its way, shares it.
import type { RecordDecoder } from '../topic/record-decoder.ts';
import type { HistorySource, PublicRecord } from '../topic/source.ts';

export interface Block {
  readonly partition: number;
  readonly start: number;
  /** After the last record, holes included; greater than `start`. */
  readonly next: number;
  readonly records: readonly PublicRecord[];
  readonly bytes: number;
}

/** The offset is not in the log any more. */
export class OffsetGone extends Error {}

const MAX_PARTITION_BYTES = 131_072;
const MIN_PARTITION_BYTES = 16_384;
/** So many blocks of every partition have room: the one that is read, the next, and those of who reads elsewhere. */
const BLOCKS_OF_EACH = 8;
const MAX_WAIT_MS = 100;
/** What a record takes beside its bytes. */
const RECORD_BYTES = 200;

interface Wanted {
  readonly partition: number;
  readonly offset: number;
  readonly resolve: (block: Block) => void;
  readonly reject: (error: unknown) => void;
}

export class Blocks {
  readonly #source: HistorySource;
  readonly #decode: RecordDecoder;
  readonly #maxBytes: number;
  /** Oldest use first. */
  readonly #kept = new Set<Block>();
  readonly #byPartition = new Map<number, Set<Block>>();
  readonly #coming = new Map<string, Promise<Block>>();
  #wanted: Wanted[] = [];
  #fetching = false;
  #bytes = 0;

  constructor(source: HistorySource, decode: RecordDecoder, maxBytes: number) {
    this.#source = source;
    this.#decode = decode;
    this.#maxBytes = maxBytes;
  }

  /** The block that holds this offset, when it is at hand. */
  find(partition: number, offset: number): Block | undefined {
    for (const block of this.#byPartition.get(partition) ?? []) {
      if (block.start > offset || offset >= block.next) continue;
      this.#kept.delete(block);
      this.#kept.add(block);
      return block;
    }
    return undefined;
  }

  /** @throws OffsetGone; what the fetch throws while Kafka or the registry is away */
  read(partition: number, offset: number): Promise<Block> {
    const key = `${partition} ${offset}`;
    const known = this.#coming.get(key);
    if (known) return known;
    const coming = new Promise<Block>((resolve, reject) => this.#wanted.push({ partition, offset, resolve, reject }));
    this.#coming.set(key, coming);
    coming.then(
      () => this.#coming.delete(key),
      () => this.#coming.delete(key),
    );
    void this.#fetch();
    return coming;
  }

  /** What is read ahead must still be there when its turn comes. */
  get #partitionBytes(): number {
    const room = this.#maxBytes / (this.#source.partitions.length * BLOCKS_OF_EACH);
    return Math.round(Math.min(MAX_PARTITION_BYTES, Math.max(MIN_PARTITION_BYTES, room)));
  }

  /** Somebody will read on there. */
  ahead(partition: number, offset: number): void {
    // Who comes for it asks again, and is told what went wrong.
    if (!this.find(partition, offset)) this.read(partition, offset).catch(() => undefined);
  }

  /** One request at a time: what is wanted meanwhile goes into the next one. */
  async #fetch(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    await undefined; // what is wanted in this turn goes together
    while (this.#wanted.length > 0) {
      // A fetch names each partition once.
      const asked = new Map<number, Wanted>();
      for (const one of this.#wanted) if (!asked.has(one.partition)) asked.set(one.partition, one);
      const now = [...asked.values()];
      this.#wanted = this.#wanted.filter((one) => !now.includes(one));
      try {
        await this.#answer(now);
      } catch (error) {
        for (const { reject } of now) reject(error);
        await this.#source.refresh().catch(() => undefined); // a leader may have moved
      }
    }
    this.#fetching = false;
  }

  async #answer(asked: readonly Wanted[]): Promise<void> {
    const reads = await this.#source.fetch(asked, {
      maxWaitMs: MAX_WAIT_MS,
      maxBytes: this.#partitionBytes * asked.length,
      maxBytesPerPartition: this.#partitionBytes,
      kept: true,
    });
    for (const wanted of asked) {
      const read = reads.find(({ partition }) => partition === wanted.partition);
      if (read?.gone) wanted.reject(new OffsetGone(`offset ${wanted.offset} of partition ${wanted.partition} is gone`));
      else if (read === undefined || read.next <= wanted.offset)
        this.#wanted.push(wanted); // the answer was full before it
      else {
        const records = await this.#decode(wanted.partition, read.records);
        const bytes = read.records.reduce((sum, record) => sum + record.bytes + RECORD_BYTES, 0);
        const { next } = read;
        const block = { partition: wanted.partition, start: wanted.offset, next, records, bytes };
        this.#keep(block);
        wanted.resolve(block);
      }
    }
  }

  #keep(block: Block): void {
    const siblings = this.#byPartition.get(block.partition) ?? new Set();
    this.#byPartition.set(block.partition, siblings.add(block));
    this.#kept.add(block);
    this.#bytes += block.bytes;
    for (const oldest of this.#kept) {
      if (this.#bytes <= this.#maxBytes || oldest === block) break;
      this.#kept.delete(oldest);
      this.#byPartition.get(oldest.partition)?.delete(oldest);
      this.#bytes -= oldest.bytes;
    }
  }
}
