// Catch-up: the stretches of history that clients and replays share, kept for as long as there is room, and always one made
// ahead of who reads on: the next is on its way while the last is written.
import type { LostOffsets } from './gap.ts';
import type { Span } from './span.ts';
import { SharedPart } from './span.ts';
import type { Stretch } from './stretch.ts';
import type { Vector } from './vector.ts';
import { isSame, isWithin } from './vector.ts';
import type { View } from './view.ts';

/** Who makes stretches: history.ts. */
export interface StretchMaker {
  /** A view that will be asked for; the first client need not wait for it to be compiled. */
  prepare(view: View): void;
  /** @throws what the source throws while Kafka or the registry is away; the same call later goes on */
  make(view: View, from: Vector, limit: Vector): Promise<Stretch>;
}

export class Segment {
  readonly to: Vector;
  readonly lost: readonly LostOffsets[];
  readonly events: number;
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly span: Span;
  readonly bytes: Buffer;
  readonly #places: Uint32Array;

  constructor({ to, lost, events, firstMs, lastMs, bytes, chunk, documents }: Stretch) {
    this.to = to;
    this.lost = lost;
    this.events = events;
    this.firstMs = firstMs;
    this.lastMs = lastMs;
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const part = new SharedPart(this.bytes.subarray(chunk.bodyAt, chunk.bodyEnd));
    this.span = { framed: this.bytes.subarray(chunk.start, chunk.end), parts: [part] };
    this.#places = documents;
  }

  /** The partner's documents, each with the cursor after it. */
  *documents(): Generator<{ readonly text: string; readonly cursor: () => string }> {
    const places = this.#places;
    for (let at = 0; at < places.length; at += 4)
      yield {
        text: this.bytes.toString('utf8', places[at + 2], places[at + 3]),
        cursor: () => this.bytes.toString('latin1', places[at], places[at + 1]),
      };
  }
}

export class Segments {
  readonly #maker: StretchMaker;
  readonly #maxBytes: number;
  /** Oldest use first; those without a size are on their way. */
  readonly #kept = new Map<string, Promise<Segment>>();
  readonly #sizes = new Map<string, number>();
  #bytes = 0;
  #free: number;
  readonly #queue: Array<() => void> = [];

  /** @param maxBytes of the segments kept; @param makers segments made at the same time */
  constructor(maker: StretchMaker, { maxBytes, makers }: { maxBytes: number; makers: number }) {
    this.#maker = maker;
    this.#maxBytes = maxBytes;
    this.#free = makers;
  }

  /**
   * The next stretch from a position towards another one, which is not passed.
   * @throws what the source throws while Kafka or the registry is away; the same call later goes on
   */
  async next(view: View, from: Vector, limit: Vector): Promise<Segment> {
    const segment = await this.#get(view, from, limit);
    if (!isSame(segment.to, from) && !isSame(segment.to, limit))
      this.#get(view, segment.to, limit).catch(() => undefined); // who comes for it is told
    return segment;
  }

  async #get(view: View, from: Vector, limit: Vector): Promise<Segment> {
    const open = `${view.key} ${from.join()}`;
    const bounded = `${open} ${limit.join()}`;
    const known = this.#use(open);
    if (known) {
      const segment = await known;
      if (isWithin(segment.to, limit)) return segment;
    }
    return this.#use(bounded) ?? this.#begin(view, from, limit, this.#kept.has(open) ? [bounded] : [open, bounded]);
  }

  /** @param keys under the first; under the second when the limit cut it, and not its own records */
  #begin(view: View, from: Vector, limit: Vector, [key, bounded = key]: readonly [string, string?]): Promise<Segment> {
    const made = this.#make(view, from, limit);
    this.#kept.set(key, made);
    made.then(
      ({ to, bytes }) => {
        if (this.#kept.get(key) !== made) return;
        const lasting = isSame(to, limit) ? bounded : key;
        this.#drop(key);
        this.#drop(lasting);
        this.#kept.set(lasting, made);
        this.#resize(lasting, bytes.length);
      },
      () => this.#drop(key),
    );
    return made;
  }

  #use(key: string): Promise<Segment> | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }

  #resize(key: string, bytes: number): void {
    this.#sizes.set(key, bytes);
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#maxBytes || oldest === key) break;
      if (this.#sizes.has(oldest)) this.#drop(oldest);
    }
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
      return new Segment(await this.#maker.make(view, from, limit));
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
