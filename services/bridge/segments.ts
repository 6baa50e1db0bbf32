// Catch-up: stretches of history as one view sees them, in order of time over all partitions. The way from a position is the
// same for everybody, and stretches end at the same records whoever asks, so clients that resume share what was read and
// serialised once, even when they started at different places.
import { setImmediate as turn } from 'node:timers/promises';
import type { Block, Blocks } from './blocks.ts';
import { OffsetGone } from './blocks.ts';
import type { Mark } from './event-buffer.ts';
import { EventBuffer } from './event-buffer.ts';
import type { LostOffsets } from './gap.ts';
import { gapEvent, lostBetween } from './gap.ts';
import type { PublicRecord, Source } from './source.ts';
import type { Span } from './span.ts';
import { SharedPart } from './span.ts';
import type { Vector } from './vector.ts';
import { isSame, isWithin, total } from './vector.ts';
import type { View } from './view.ts';

export interface Segment {
  readonly to: Vector;
  readonly span: Span;
  readonly events: number;
  readonly lost: readonly LostOffsets[];
  readonly marks: readonly Mark[];
  readonly bytes: Buffer;
  /** Times of the first and the last event, ms; undefined without events. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
}

/** A stretch ends after a record whose next offset is a multiple of this, whatever the partition. */
const CUT_EVERY = 512;
const SEGMENT_BYTES = 262_144;
/** How long the loop is kept from live events, ms; asked every so many records. */
const SLICE_MS = 1;
const RECORDS_PER_LOOK = 16;
const FALLBACK_MARGIN_MS = 300_000;

export class Segments {
  readonly #blocks: Blocks;
  readonly #source: Source;
  readonly #maxBytes: number;
  readonly #kept = new Map<string, Promise<Segment>>();
  readonly #sizes = new Map<string, number>();
  #bytes = 0;
  #free: number;
  readonly #queue: Array<() => void> = [];

  /** @param maxBytes of the segments kept; @param readers segments made at the same time */
  constructor(blocks: Blocks, source: Source, { maxBytes, readers }: { maxBytes: number; readers: number }) {
    this.#blocks = blocks;
    this.#source = source;
    this.#maxBytes = maxBytes;
    this.#free = readers;
  }

  /**
   * The next stretch from a position towards another one, which is not passed.
   * @throws what the source throws while Kafka or the registry is away; the same call later goes on
   */
  async next(view: View, from: Vector, limit: Vector): Promise<Segment> {
    const open = `${view.key} ${from.join()}`;
    const known = await this.#use(open);
    if (known && isWithin(known.to, limit)) return known;
    const bounded = `${open} ${limit.join()}`;
    const exact = await this.#use(bounded);
    if (exact) return exact;
    const made = this.#make(view, from, limit);
    this.#keep(bounded, made);
    made.then(
      (segment) => {
        this.#resize(bounded, segment.bytes.length);
        // Cut by its own records and not by the limit: good for every limit.
        if (!isSame(segment.to, limit)) this.#rename(bounded, open, made);
      },
      () => this.#drop(bounded),
    );
    return made;
  }

  async #use(key: string): Promise<Segment | undefined> {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }

  #keep(key: string, segment: Promise<Segment>): void {
    this.#kept.set(key, segment);
    this.#sizes.set(key, 0);
  }

  #resize(key: string, bytes: number): void {
    if (!this.#kept.has(key)) return;
    this.#sizes.set(key, bytes);
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#maxBytes || oldest === key) break;
      this.#drop(oldest);
    }
  }

  #rename(key: string, to: string, segment: Promise<Segment>): void {
    const bytes = this.#sizes.get(key) ?? 0;
    this.#drop(key);
    this.#drop(to);
    this.#kept.set(to, segment);
    this.#sizes.set(to, bytes);
    this.#bytes += bytes;
  }

  #drop(key: string): void {
    this.#bytes -= this.#sizes.get(key) ?? 0;
    this.#sizes.delete(key);
    this.#kept.delete(key);
  }

  async #make(view: View, from: Vector, limit: Vector): Promise<Segment> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    try {
      return await new Stretch(view, from, limit, this.#blocks).read();
    } catch (error) {
      if (!(error instanceof OffsetGone)) throw error;
      return gapSegment(view, from, lostBetween(from, limit, await this.#source.bounds()));
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

/** Where a merge is in one partition. */
interface Head {
  readonly partition: number;
  block: Block;
  index: number;
}

class Stretch {
  readonly #limit: Vector;
  readonly #blocks: Blocks;
  readonly #vector: number[];
  readonly #events: EventsWriter;

  constructor(view: View, from: Vector, limit: Vector, blocks: Blocks) {
    this.#limit = limit;
    this.#blocks = blocks;
    this.#vector = [...from];
    this.#events = new EventsWriter(view, this.#vector);
  }

  async read(): Promise<Segment> {
    const heads: Head[] = [];
    const behind = this.#vector.flatMap((offset, partition) =>
      offset < (this.#limit[partition] ?? 0) ? [partition] : [],
    );
    for (const head of await Promise.all(behind.map((partition) => this.#head(partition)))) if (head) heads.push(head);
    let records = 0;
    let sliceEndsAt = performance.now() + SLICE_MS;
    while (heads.length > 0) {
      const head = earliest(heads);
      const record = head.block.records[head.index] as PublicRecord;
      this.#vector[head.partition] = record.offset + 1;
      this.#events.add(record);
      records += 1;
      if ((record.offset + 1) % CUT_EVERY === 0 || this.#events.bytes > SEGMENT_BYTES) break;
      if (records % RECORDS_PER_LOOK === 0 && performance.now() > sliceEndsAt) {
        await turn();
        sliceEndsAt = performance.now() + SLICE_MS;
      }
      head.index += 1;
      const more = await this.#settle(head);
      if (!more) heads.splice(heads.indexOf(head), 1);
    }
    return this.#events.segment([]);
  }

  async #head(partition: number): Promise<Head | undefined> {
    const offset = this.#vector[partition] as number;
    const block = this.#blocks.find(partition, offset) ?? (await this.#blocks.read(partition, offset));
    const index = block.records.findIndex((record) => record.offset >= offset);
    const head = { partition, block, index: index < 0 ? block.records.length : index };
    return (await this.#settle(head)) ? head : undefined;
  }

  /** Moves on to the next block when this one is through. @returns false: the limit is reached */
  async #settle(head: Head): Promise<boolean> {
    const { partition } = head;
    const limit = this.#limit[partition] as number;
    for (;;) {
      const record = head.block.records[head.index];
      if (record !== undefined && record.offset < limit) return true;
      if (record !== undefined || head.block.next >= limit) {
        this.#vector[partition] = limit;
        return false;
      }
      const { next } = head.block;
      this.#vector[partition] = next;
      head.block = this.#blocks.find(partition, next) ?? (await this.#blocks.read(partition, next));
      const index = head.block.records.findIndex(({ offset }) => offset >= next);
      head.index = index < 0 ? head.block.records.length : index;
    }
  }
}

/** Of equal times the lowest partition: the way is the same for everybody. */
function earliest(heads: readonly Head[]): Head {
  let best = heads[0] as Head;
  let bestMs = timeOf(best);
  for (let index = 1; index < heads.length; index += 1) {
    const head = heads[index] as Head;
    const ms = timeOf(head);
    if (ms < bestMs) {
      best = head;
      bestMs = ms;
    }
  }
  return best;
}

const timeOf = ({ block, index }: Head): number => (block.records[index] as PublicRecord).timestampMs;

function gapSegment(view: View, from: Vector, lost: readonly LostOffsets[]): Segment {
  // Nothing is missing after all, e.g. two answers of brokers that differ: the caller asks again.
  if (lost.length === 0) return new EventsWriter(view, [...from]).segment([]);
  const vector = from.map((offset, partition) => lost.find((one) => one.partition === partition)?.to ?? offset);
  const events = new EventsWriter(view, vector);
  events.gap(lost);
  return events.segment(lost);
}

/** The events of one segment, in a buffer that grows. */
class EventsWriter {
  readonly #view: View;
  readonly #vector: readonly number[];
  #buffer = new EventBuffer(16_384);
  #marks: Mark[] = [];
  #events = 0;
  #firstMs: number | undefined;
  #lastMs: number | undefined;
  #timestampMs = 0;

  constructor(view: View, vector: readonly number[]) {
    this.#view = view;
    this.#vector = vector;
    this.#buffer.open();
  }

  get bytes(): number {
    return this.#buffer.openBytes;
  }

  add(record: PublicRecord): void {
    this.#timestampMs = Math.max(this.#timestampMs, record.timestampMs);
    const document = this.#view.document(record);
    if (document === undefined) return;
    this.#events += 1;
    this.#firstMs ??= record.timestampMs;
    this.#lastMs = record.timestampMs;
    this.#write(document);
  }

  gap(lost: readonly LostOffsets[]): void {
    this.#write(gapEvent(lost), 'ess.gap');
    const mark = this.#marks.pop() as Mark;
    this.#marks.push({ ...mark, dataAt: mark.end, dataEnd: mark.end }); // no document of the partner's
  }

  segment(lost: readonly LostOffsets[]): Segment {
    const to = [...this.#vector];
    // Records out of scope at the end are passed silently.
    if (this.#marks.at(-1)?.total !== total(to)) this.#write(undefined);
    const { start, bodyAt, bodyEnd, end } = this.#buffer.close();
    const { bytes } = this.#buffer;
    const part = new SharedPart(bytes.subarray(bodyAt, bodyEnd));
    return {
      to,
      span: { framed: bytes.subarray(start, end), parts: [part] },
      events: this.#events,
      lost,
      marks: this.#marks,
      bytes,
      firstMs: this.#firstMs,
      lastMs: this.#lastMs,
    };
  }

  #write(data: string | undefined, name?: string): void {
    const cursor = this.#view.cursor(this.#vector, Math.max(0, this.#timestampMs - FALLBACK_MARGIN_MS));
    if (!this.#buffer.fits(cursor, data ?? ''))
      this.#buffer = this.#buffer.grown(EventBuffer.bytesFor(cursor, data ?? ''));
    this.#marks.push(this.#buffer.event(cursor, data, total(this.#vector), name));
  }
}
