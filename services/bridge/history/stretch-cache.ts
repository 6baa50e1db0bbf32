// Catch-up: the stretches of history that clients and replays share, kept for as long as there is room, and always one made
// ahead of who reads on: the next is on its way while the last is written. The memory of one that nobody needs any more goes
// back to who makes them: left to the collector, 40 MB a second of it would have the whole heap collected every 0.2 s, and
// live clients wait for that (bench F3).

import type { Span } from '../sse/span.ts';
import { SharedBody } from '../sse/span.ts';
import type { LostOffsets } from '../topic/gap.ts';
import type { Vector } from '../topic/vector.ts';
import { isSame, isWithin } from '../topic/vector.ts';
import type { View } from '../topic/view.ts';
import type { Stretch } from './stretch.ts';

/** Who makes stretches: history.ts. */
export interface StretchMaker {
  /** A view that will be asked for; the first client need not wait for it to be compiled. */
  prepare(view: View): void;
  /** @throws what the source throws while Kafka or the registry is away; the same call later goes on */
  make(view: View, from: Vector, limit: Vector): Promise<Stretch>;
  /** The memory of one of the view's stretches that nobody reads any more. */
  reuse(view: View, memory: ArrayBuffer): void;
}

export class SharedStretch {
  readonly to: Vector;
  readonly lost: readonly LostOffsets[];
  readonly events: number;
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly span: Span;
  readonly bytes: Buffer<ArrayBuffer>;
  readonly #places: Uint32Array;

  constructor({ to, lost, events, firstMs, lastMs, bytes, chunk, documents }: Stretch) {
    this.to = to;
    this.lost = lost;
    this.events = events;
    this.firstMs = firstMs;
    this.lastMs = lastMs;
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const body = new SharedBody(this.bytes.subarray(chunk.bodyAt, chunk.bodyEnd));
    this.span = { framed: this.bytes.subarray(chunk.start, chunk.end), bodies: [body] };
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

/** A stretch for one who has asked for it. */
export interface Lease {
  readonly stretch: SharedStretch;
  /** The bytes are read no more on behalf of this one. What is never released is left to the collector. */
  readonly release: () => void;
}

/** One that is at hand, or on its way. */
interface Kept {
  readonly view: View;
  readonly made: Promise<SharedStretch>;
  /** Absent while it is on its way. */
  memory?: ArrayBuffer;
  /** The cache, and the leases that have not ended. */
  users: number;
}

export class StretchCache {
  readonly #maker: StretchMaker;
  readonly #maxBytes: number;
  /** Oldest use first. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;
  #free: number;
  readonly #queue: Array<() => void> = [];

  /** @param maxBytes of the stretches kept; @param makers stretches made at the same time */
  constructor(maker: StretchMaker, { maxBytes, makers }: { maxBytes: number; makers: number }) {
    this.#maker = maker;
    this.#maxBytes = maxBytes;
    this.#free = makers;
  }

  /**
   * The next stretch from a position towards another one, which is not passed.
   * @throws what the source throws while Kafka or the registry is away; the same call later goes on
   */
  async next(view: View, from: Vector, limit: Vector): Promise<Lease> {
    const lease = await this.#get(view, from, limit);
    const { to } = lease.stretch;
    if (!isSame(to, from) && !isSame(to, limit))
      this.#get(view, to, limit).then(
        ({ release }) => release(),
        () => undefined, // who comes for it is told
      );
    return lease;
  }

  /** The topic was made anew: nothing of before is given to anybody who comes from now on. */
  clear(): void {
    for (const key of [...this.#kept.keys()]) this.#drop(key);
  }

  async #get(view: View, from: Vector, limit: Vector): Promise<Lease> {
    const open = `${view.key} ${from.join()}`;
    const bounded = `${open} ${limit.join()}`;
    const known = this.#use(open);
    if (known) {
      const lease = await this.#lease(known);
      if (isWithin(lease.stretch.to, limit)) return lease;
      lease.release();
    }
    const keys: [string, string?] = this.#kept.has(open) ? [bounded] : [open, bounded];
    return this.#lease(this.#use(bounded) ?? this.#begin(view, from, limit, keys));
  }

  /** Counted in the same turn: what is asked for may be dropped by the cache before it is here. */
  async #lease(kept: Kept): Promise<Lease> {
    kept.users += 1;
    const stretch = await kept.made;
    let ended = false;
    const release = () => {
      if (!ended) this.#leave(kept);
      ended = true;
    };
    return { stretch, release };
  }

  /** @param keys under the first; under the second when the limit cut it, and not its own records */
  #begin(view: View, from: Vector, limit: Vector, [key, bounded = key]: readonly [string, string?]): Kept {
    const kept: Kept = { view, made: this.#make(view, from, limit), users: 1 };
    this.#kept.set(key, kept);
    kept.made.then(
      ({ to, bytes }) => {
        kept.memory = bytes.buffer;
        if (this.#kept.get(key) !== kept) return;
        const lasting = isSame(to, limit) ? bounded : key;
        this.#kept.delete(key);
        this.#drop(lasting);
        this.#kept.set(lasting, kept);
        this.#bytes += kept.memory.byteLength;
        this.#makeRoom(lasting);
      },
      () => {
        if (this.#kept.get(key) === kept) this.#drop(key);
      },
    );
    return kept;
  }

  #use(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }

  #makeRoom(newest: string): void {
    for (const [key, { memory }] of this.#kept) {
      if (this.#bytes <= this.#maxBytes || key === newest) return;
      if (memory) this.#drop(key);
    }
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (!kept) return;
    this.#kept.delete(key);
    this.#bytes -= kept.memory?.byteLength ?? 0;
    this.#leave(kept);
  }

  #leave(kept: Kept): void {
    kept.users -= 1;
    if (kept.users === 0 && kept.memory) this.#maker.reuse(kept.view, kept.memory);
  }

  async #make(view: View, from: Vector, limit: Vector): Promise<SharedStretch> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    try {
      return new SharedStretch(await this.#maker.make(view, from, limit));
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
