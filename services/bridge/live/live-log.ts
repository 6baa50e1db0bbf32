// The newest events of one view, serialised once: a ring of chunks that every live client of the view reads from its own
// place. A client that falls out of the ring goes on from Kafka, at the position where it stopped.
import type { Chunk, EventMark } from '../sse/event-buffer.ts';
import { bytesOf, EventBuffer } from '../sse/event-buffer.ts';
import type { ChunkBody, Span } from '../sse/span.ts';
import { SharedBody, spanOf } from '../sse/span.ts';
import type { LostOffsets } from '../topic/gap.ts';
import { gapEvent } from '../topic/gap.ts';
import type { PublicRecord } from '../topic/source.ts';
import type { Vector } from '../topic/vector.ts';
import { total } from '../topic/vector.ts';
import type { View } from '../topic/view.ts';

export interface LiveLogLimits {
  /** Bytes of all chunks kept: how far a slow client may fall behind before it goes on from Kafka. */
  readonly ringBytes: number;
}

/** A slice that a blocked client holds keeps its whole slab alive. */
const SLAB_BYTES = 262_144;
/** Larger writes to a client that stopped reading would only be held in memory for longer. */
const CHUNK_BYTES = 65_536;
/** Records out of scope in a row after which the clients' ids are moved. */
const SILENT_RECORDS = 1_000;

interface LiveChunk extends Chunk {
  readonly buffer: EventBuffer;
  /** Where a client is that has everything before this chunk. */
  readonly from: Vector;
  readonly marks: readonly EventMark[];
  body?: ChunkBody;
}

export class LiveLog {
  readonly view: View;
  readonly #limits: LiveLogLimits;
  readonly #vector: number[];
  #timestampMs = 0;
  #buffer = new EventBuffer(SLAB_BYTES);
  #marks: EventMark[] = [];
  #openFrom: Vector = [];
  #chunks: LiveChunk[] = [];
  #first = 0;
  #bytes = 0;
  #silentRecords = 0;
  /** After the newest event: what came since was in nobody's scope. */
  readonly #sent: number[];
  #sentTotal: number;
  #spans: { readonly seq: number; readonly end: number; readonly found: { span: Span; next: number } } | undefined;
  #moved = Promise.withResolvers<void>();
  /** Before the oldest chunk goes: clients that still are there take their leave. */
  readonly #evict: (seq: number, from: Vector) => void;

  constructor(view: View, start: Vector, limits: LiveLogLimits, evict: (seq: number, from: Vector) => void) {
    this.view = view;
    this.#limits = limits;
    this.#vector = [...start];
    this.#sent = [...start];
    this.#sentTotal = total(start);
    this.#evict = evict;
  }

  /** The chunk after the newest. */
  get end(): number {
    return this.#first + this.#chunks.length;
  }

  /** The oldest chunk there is. */
  get first(): number {
    return this.#first;
  }

  /** Where a client is that has everything, also what is in the open chunk. */
  get vector(): Vector {
    return this.#vector;
  }

  /** Resolves when the vector has moved. */
  get moved(): Promise<void> {
    return this.#moved.promise;
  }

  /** @param next offset after these records, holes included */
  append(partition: number, records: readonly PublicRecord[], next: number): number {
    let events = 0;
    for (const record of records) {
      const document = this.view.document(record);
      this.#vector[partition] = record.offset + 1;
      if (record.timestampMs > this.#timestampMs) this.#timestampMs = record.timestampMs;
      if (document !== undefined) {
        this.#write(document);
        events += 1;
      } else if (++this.#silentRecords >= SILENT_RECORDS) this.#write(undefined);
    }
    if (next > (this.#vector[partition] ?? 0)) this.#vector[partition] = next;
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
    return events;
  }

  /** Retention was faster than this process: everybody is told. */
  lost(ranges: readonly LostOffsets[]): void {
    for (const { partition, to } of ranges) this.#vector[partition] = to;
    this.#write(gapEvent(ranges), 'ess.gap');
  }

  /** Moves the clients' ids over what they were not sent. */
  advance(): void {
    if (total(this.#vector) === this.#sentTotal) return;
    this.#write(undefined);
  }

  cursor(): string {
    return this.view.eventCursor(this.#vector, this.#timestampMs);
  }

  /** Where a client is that has everything before this chunk. */
  positionOf(seq: number): Vector {
    return this.#chunks[seq - this.#first]?.from ?? [...(this.#marks.length > 0 ? this.#openFrom : this.#vector)];
  }

  /** Closes the open chunk, so that it can be sent. */
  close(): void {
    if (this.#marks.length === 0) return;
    const chunk = { buffer: this.#buffer, ...this.#buffer.close(), from: this.#openFrom, marks: this.#marks };
    this.#marks = [];
    this.#chunks.push(chunk);
    this.#bytes += chunk.end - chunk.start;
    while (this.#bytes > this.#limits.ringBytes && this.#chunks.length > 1) this.#evictOldest();
  }

  /** What waits for a client before this chunk number `end`: as much of it as lies in one piece. */
  span(seq: number): { readonly span: Span; readonly next: number } {
    if (this.#spans?.seq === seq && this.#spans.end === this.end) return this.#spans.found;
    const from = this.#chunks[seq - this.#first] as LiveChunk;
    const chunks = [from];
    let next = seq + 1;
    for (; next < this.end; next += 1) {
      const chunk = this.#chunks[next - this.#first] as LiveChunk;
      if (chunk.buffer !== from.buffer) break;
      chunks.push(chunk);
    }
    const last = chunks.at(-1) as LiveChunk;
    const found = {
      next,
      span: {
        framed: from.buffer.bytes.subarray(from.start, last.end),
        get bodies() {
          return chunks.map(bodyOf);
        },
      },
    };
    this.#spans = { seq, end: this.end, found };
    return found;
  }

  /** Where a client with this cursor goes on, when that is in the ring; `rest`: of a chunk that it has in part. */
  find(cursor: string, vector: Vector): { readonly seq: number; readonly rest?: Span } | undefined {
    this.close();
    const wanted = total(vector);
    for (let index = this.#chunks.length - 1; index >= 0; index -= 1) {
      const { marks, buffer, bodyEnd } = this.#chunks[index] as LiveChunk;
      if ((marks[0] as EventMark).total > wanted) continue;
      const mark = marks.findLast((one) => one.total === wanted);
      if (!mark || buffer.bytes.toString('latin1', mark.idAt, mark.idEnd) !== cursor) return undefined;
      const seq = this.#first + index + 1;
      // Copied: it is rare, and the slab need not stay for it.
      return mark.end === bodyEnd
        ? { seq }
        : { seq, rest: spanOf(Buffer.from(buffer.bytes.subarray(mark.end, bodyEnd))) };
    }
    return undefined;
  }

  #write(data: string | undefined, name?: string): void {
    this.#silentRecords = 0;
    const cursor = this.cursor();
    if (this.#buffer.openBytes > CHUNK_BYTES) this.close();
    if (!this.#buffer.fits(bytesOf(data ?? ''))) {
      this.close();
      this.#buffer = new EventBuffer(Math.max(SLAB_BYTES, EventBuffer.bytesFor(bytesOf(data ?? ''))));
    }
    if (this.#marks.length === 0) {
      this.#openFrom = [...this.#sent];
      this.#buffer.open();
    }
    for (let partition = 0; partition < this.#vector.length; partition += 1)
      this.#sent[partition] = this.#vector[partition] as number;
    this.#sentTotal = total(this.#sent);
    this.#marks.push(this.#buffer.event(cursor, data, this.#sentTotal, name));
  }

  #evictOldest(): void {
    const oldest = this.#chunks[0] as LiveChunk;
    this.#evict(this.#first, oldest.from);
    this.#chunks.shift();
    this.#first += 1;
    this.#bytes -= oldest.end - oldest.start;
  }
}

function bodyOf(chunk: LiveChunk): ChunkBody {
  chunk.body ??= new SharedBody(chunk.buffer.bytes.subarray(chunk.bodyAt, chunk.bodyEnd));
  return chunk.body;
}
