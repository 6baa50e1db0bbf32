// A stretch of history as one view sees it: records of all partitions merged in order of time, mapped, and written as events.
// The way from a position is the same for everybody, and stretches end at the same records whoever asks, so clients that
// resume share what was read and serialised once, even when they started at different places.

import type { Copier } from '@ess/domain/copier/copier.ts';
import type { CursorRun } from '@ess/domain/stream/cursor-run.ts';
import { firstIndex } from '@ess/domain/values/first-index.ts';
import type { Chunk, Written } from '../sse/event-buffer.ts';
import { bytesOf, EventBuffer } from '../sse/event-buffer.ts';
import type { LostOffsets } from '../topic/gap.ts';
import { gapEvent } from '../topic/gap.ts';
import type { PublicRecord } from '../topic/source.ts';
import type { Vector } from '../topic/vector.ts';
import { total } from '../topic/vector.ts';
import type { View } from '../topic/view.ts';
import type { Block, Blocks } from './blocks.ts';
import { Memory } from './memory.ts';

/** Data only: it comes out of a thread. */
export interface Stretch {
  readonly to: Vector;
  readonly lost: readonly LostOffsets[];
  readonly events: number;
  /** Times of the first and the last event, ms; undefined without events. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  /** At the beginning of their memory, which has the documents' places too. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly chunk: Chunk;
  /** Where each event's id and document begin and end in the bytes: four numbers for each that has a document. */
  readonly documents: Uint32Array<ArrayBuffer>;
}

/** One record in so many ends a stretch. Fewer: who comes from elsewhere shares them later. More: each end costs a message and a write. */
const CUT_EVERY = 1_024;
const STRETCH_BYTES = 262_144;
/** What a number in `documents` takes. */
const PLACE_BYTES = Uint32Array.BYTES_PER_ELEMENT;
/** Where stretches are written before they are copied out in their own size. */
const spare: EventBuffer[] = [];
/** What they are copied to; comes back when nobody reads them any more. */
export const memory = new Memory(32);

/**
 * The next stretch from a position towards another one, which is not passed.
 * @param cutEvery it ends after a record whose next offset is a multiple of it, whatever the partition
 * @throws OffsetGone when retention has taken what comes next; what the source throws while Kafka or the registry is away
 */
export async function readStretch(
  view: View,
  from: Vector,
  limit: Vector,
  blocks: Blocks,
  cutEvery = CUT_EVERY,
): Promise<Stretch> {
  const vector = [...from];
  const events = new EventsWriter(view, vector);
  const merge = new Merge(vector, limit, blocks);
  await merge.open();
  for (let head = merge.earliest(); head !== undefined; head = merge.earliest()) {
    const { record } = head;
    vector[head.partition] = record.offset + 1;
    events.add(record);
    if ((record.offset + 1) % cutEvery === 0 || events.bytes > STRETCH_BYTES) break;
    // A promise for each record would cost as much as its decoding.
    if (!merge.step(head)) await merge.nextBlock(head);
  }
  return events.stretch([]);
}

/** Nothing but the news of what is gone. */
export function gapStretch(view: View, from: Vector, lost: readonly LostOffsets[]): Stretch {
  // Nothing is missing after all, e.g. two answers of brokers that differ: the caller asks again.
  if (lost.length === 0) return new EventsWriter(view, [...from]).stretch([]);
  const vector = from.map((offset, partition) => lost.find((one) => one.partition === partition)?.to ?? offset);
  const events = new EventsWriter(view, vector);
  events.gap(lost);
  return events.stretch(lost);
}

/** Where the merge is in one partition. */
interface Head {
  readonly partition: number;
  readonly limit: number;
  block: Block;
  index: number;
  record: PublicRecord;
  timestampMs: number;
}

class Merge {
  readonly #vector: number[];
  readonly #limit: Vector;
  readonly #blocks: Blocks;
  /** By number of partition. */
  #heads: Head[] = [];

  /** @param vector moved over what is passed without a record */
  constructor(vector: number[], limit: Vector, blocks: Blocks) {
    this.#vector = vector;
    this.#limit = limit;
    this.#blocks = blocks;
  }

  async open(): Promise<void> {
    const behind = this.#limit.flatMap((limit, partition) =>
      (this.#vector[partition] as number) < limit ? [{ partition, limit }] : [],
    );
    const opened = await Promise.all(behind.map(({ partition, limit }) => this.#at(partition, limit)));
    this.#heads = opened.filter((head) => head !== undefined);
  }

  /** The lowest partition comes first among equal times: the way is the same for everybody. */
  earliest(): Head | undefined {
    let best = this.#heads[0];
    for (let index = 1; index < this.#heads.length; index += 1) {
      const head = this.#heads[index] as Head;
      if (head.timestampMs < (best as Head).timestampMs) best = head;
    }
    return best;
  }

  /** To the next record of the block. @returns false: the block is through */
  step(head: Head): boolean {
    head.index += 1;
    const record = head.block.records[head.index];
    if (record === undefined) return false;
    if (record.offset < head.limit) {
      head.record = record;
      head.timestampMs = record.timestampMs;
    } else this.#end(head);
    return true;
  }

  async nextBlock(head: Head): Promise<void> {
    const next = await this.#at(head.partition, head.limit, head.block.next);
    if (next) Object.assign(head, next);
    else this.#end(head);
  }

  #end(head: Head): void {
    this.#vector[head.partition] = head.limit;
    this.#heads.splice(this.#heads.indexOf(head), 1);
  }

  /** @returns undefined: there is no record before the limit */
  async #at(partition: number, limit: number, from?: number): Promise<Head | undefined> {
    let offset = from ?? (this.#vector[partition] as number);
    while (offset < limit) {
      this.#vector[partition] = offset;
      const block = this.#blocks.find(partition, offset) ?? (await this.#blocks.read(partition, offset));
      if (block.next < limit) this.#blocks.ahead(partition, block.next);
      const { records } = block;
      const index = firstIndex(records.length, (at) => (records[at] as PublicRecord).offset < offset);
      const record = records[index];
      if (record) {
        if (record.offset >= limit) break;
        return { partition, limit, block, index, record, timestampMs: record.timestampMs };
      }
      offset = block.next;
    }
    this.#vector[partition] = limit;
    return undefined;
  }
}

/** The events of one stretch, in a buffer that grows. */
class EventsWriter {
  readonly #view: View;
  readonly #vector: readonly number[];
  #buffer = spare.pop() ?? new EventBuffer(STRETCH_BYTES);
  readonly #ids: CursorRun;
  readonly #id: Written = {
    write: (into, at) => this.#view.writeEventCursor(this.#ids, this.#vector, this.#timestampMs, into, at),
  };
  readonly #documents: number[] = [];
  #events = 0;
  #firstMs: number | undefined;
  #lastMs: number | undefined;
  #timestampMs = 0;
  /** Total of the vector at the last id. */
  #toldTotal = -1;

  constructor(view: View, vector: readonly number[]) {
    this.#view = view;
    this.#vector = vector;
    this.#ids = view.cursorRun();
    this.#buffer.open();
  }

  get bytes(): number {
    return this.#buffer.openBytes;
  }

  add(record: PublicRecord): void {
    this.#timestampMs = Math.max(this.#timestampMs, record.timestampMs);
    const document = this.#view.copied(record) ?? this.#view.document(record);
    if (document === undefined || document === 'none') return;
    this.#events += 1;
    this.#firstMs ??= record.timestampMs;
    this.#lastMs = record.timestampMs;
    const { idAt, idEnd, dataAt, dataEnd } = this.#write(document);
    this.#documents.push(idAt, idEnd, dataAt, dataEnd);
  }

  gap(lost: readonly LostOffsets[]): void {
    this.#write(gapEvent(lost), 'ess.gap');
  }

  stretch(lost: readonly LostOffsets[]): Stretch {
    // Records out of scope at the end are passed silently.
    if (this.#toldTotal !== total(this.#vector)) this.#write(undefined);
    this.#ids.sign(this.#buffer.bytes);
    const chunk = this.#buffer.close();
    const documentsAt = Math.ceil(chunk.end / PLACE_BYTES) * PLACE_BYTES;
    const own = memory.take(this.#view.partner, documentsAt + this.#documents.length * PLACE_BYTES);
    const bytes = new Uint8Array(own, 0, chunk.end);
    bytes.set(this.#buffer.bytes.subarray(0, chunk.end));
    const documents = new Uint32Array(own, documentsAt, this.#documents.length);
    documents.set(this.#documents);
    this.#buffer.clear();
    spare.push(this.#buffer);
    return {
      to: [...this.#vector],
      lost,
      events: this.#events,
      firstMs: this.#firstMs,
      lastMs: this.#lastMs,
      bytes,
      chunk,
      documents,
    };
  }

  #write(data: string | Copier | undefined, name?: string) {
    const bytes = typeof data === 'object' ? data.documentBytes : bytesOf(data ?? '');
    if (!this.#buffer.fits(bytes)) this.#buffer = this.#buffer.grown(EventBuffer.bytesFor(bytes));
    this.#toldTotal = total(this.#vector);
    return this.#buffer.event(this.#id, data, this.#toldTotal, name);
  }
}
