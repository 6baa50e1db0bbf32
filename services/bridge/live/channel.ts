// One partner's stream in this process: its view, the ring of its newest events, and its clients on their way from history
// to live. The hand-over is exact: catch-up ends at a fence, a position that the ring has, and the ring goes on from there.
import { setTimeout as delay } from 'node:timers/promises';
import type { StretchCache } from '../history/stretch-cache.ts';
import type { Span } from '../sse/span.ts';
import { spanOf } from '../sse/span.ts';
import type { LostOffsets } from '../topic/gap.ts';
import { everythingBefore, gapLines } from '../topic/gap.ts';
import type { PublicRecord, Source } from '../topic/source.ts';
import type { Vector } from '../topic/vector.ts';
import { isSame, isWithin } from '../topic/vector.ts';
import type { View } from '../topic/view.ts';
import { LiveLog } from './live-log.ts';
import type { StreamClient } from './stream-client.ts';
import type { Turns } from './turns.ts';

export interface ChannelOptions {
  readonly stretches: StretchCache;
  /** Shared by all channels: the turns of those who catch up. */
  readonly turns: Turns;
  readonly source: Source;
  /** Where the tail of this process is. */
  readonly tailVector: () => Vector;
  readonly ringBytes: number;
  readonly slow: 'catch-up' | 'disconnect';
  readonly onTrouble: (error: unknown) => void;
  readonly onMoved: () => void;
  readonly onLost: (lost: readonly LostOffsets[]) => void;
}

/** A position the ring has, where clients in catch-up go live. Shared for a moment, so that their last stretches are the same. */
interface Fence {
  readonly log: LiveLog;
  readonly seq: number;
  readonly vector: Vector;
  readonly madeAt: number;
}

const FENCE_MS = 250;
const RETRY_MS = 500;
const AHEAD_MS = 1_000;
const KEEP_RING_MS = 60_000;

export class Channel {
  readonly clients: StreamClient[] = [];
  readonly #blocked = new Set<StreamClient>();
  readonly #options: ChannelOptions;
  #view: View;
  #log: LiveLog | undefined;
  #fence: Fence | undefined;
  #emptyAt = performance.now();

  constructor(view: View, options: ChannelOptions) {
    this.#view = view;
    this.#options = options;
  }

  get view(): View {
    return this.#view;
  }

  /** The ring; there is one from the first client on. */
  get log(): LiveLog {
    this.#log ??= new LiveLog(
      this.#view,
      this.#options.tailVector(),
      { ringBytes: this.#options.ringBytes },
      (seq, from) => this.#evict(seq, from),
    );
    return this.#log;
  }

  get isActive(): boolean {
    return this.#log !== undefined;
  }

  /** @returns how many of the records are events here */
  append(partition: number, records: readonly PublicRecord[], next: number): number {
    return this.#log?.append(partition, records, next) ?? 0;
  }

  /** A client is told that these are not there for it: on record, as every gap. */
  onLost(lost: readonly LostOffsets[]): void {
    this.#options.onLost(lost);
  }

  lost(ranges: readonly LostOffsets[]): void {
    this.#log?.lost(ranges);
  }

  advance(): void {
    this.#log?.advance();
  }

  /** Everything so far is on its way to every client that takes it; `from` and `to` are indexes of clients. */
  sweep(from = 0, to = this.clients.length): void {
    this.#log?.close();
    for (let index = from; index < Math.min(to, this.clients.length); index += 1) this.clients[index]?.flush();
  }

  add(client: StreamClient): void {
    client.index = this.clients.length;
    this.clients.push(client);
  }

  /** Safe to call twice. */
  remove(client: StreamClient): void {
    if (this.clients[client.index] !== client) return;
    const last = this.clients.pop() as StreamClient;
    if (last !== client) {
      last.index = client.index;
      this.clients[client.index] = last;
      last.flush(); // a sweep in pieces may have passed the place that it has now
    }
    this.#blocked.delete(client);
    this.#emptyAt = performance.now();
  }

  /** Stops serialising for nobody; a client that only reconnects finds the ring still there. */
  rest(): void {
    if (this.clients.length > 0 || performance.now() - this.#emptyAt < KEEP_RING_MS) return;
    this.#log = undefined;
    this.#fence = undefined;
  }

  blocked(client: StreamClient, isBlocked: boolean): void {
    if (isBlocked) this.#blocked.add(client);
    else this.#blocked.delete(client);
  }

  /** A changed connector: every client goes on with the new view where it is. */
  change(view: View): void {
    const log = this.#log;
    this.sweep();
    this.#view = view;
    this.#log = undefined;
    this.#fence = undefined;
    for (const client of this.clients) {
      if (!client.isLive || !log) continue;
      void this.serve(client, log.positionOf(client.seq));
    }
  }

  /** The topic was made anew: whoever is here is told, and goes on from the start of what it holds now. */
  anew(start: Vector): void {
    this.#log = undefined;
    this.#fence = undefined;
    // One that does not know yet where to begin asks again by itself.
    const begun = this.clients.filter(({ isLive, way }) => isLive || way > 0);
    if (begun.length === 0) return;
    const lost = everythingBefore(start);
    this.#options.onLost(lost);
    const gap = this.#gapSpan(start, lost);
    for (const client of begun) {
      client.write(gap);
      void this.serve(client, start);
    }
  }

  /**
   * Serves a client from this position on: history, then live. Never rejects.
   * @param from absent: where it was is in another log, so it is told, and begins at the start
   */
  async serve(client: StreamClient, from?: Vector): Promise<void> {
    let vector = from;
    const way = client.way + 1;
    client.way = way;
    client.detach(from ?? []);
    while (client.isOn(way)) {
      try {
        await client.writable();
        const next = client.isOn(way) ? await this.#goOn(client, way, vector) : 'live';
        if (next === 'live') return;
        vector = next;
        if (client.isOn(way)) client.detach(vector);
      } catch (error) {
        this.#options.onTrouble(error);
        await delay(RETRY_MS * (1 + Math.random()), undefined, { ref: false });
      }
    }
  }

  /** @returns how far it has come, or that the ring goes on from there */
  async #goOn(client: StreamClient, way: number, vector: Vector | undefined): Promise<Vector | 'live'> {
    if (vector === undefined) return this.#reset(client, way);
    const fence = await this.#fenceFor(vector);
    if (!client.isOn(way)) return vector;
    if (!fence) return this.#reset(client, way);
    if (!isSame(vector, fence.vector)) return this.#stretch(client, way, vector, fence.vector);
    // While we waited the ring may have moved on, or the connector changed.
    if (fence.log !== this.#log || fence.seq < fence.log.first) {
      this.#fence = undefined;
      return vector;
    }
    client.attach(fence.log, fence.seq);
    return 'live';
  }

  async #stretch(client: StreamClient, way: number, from: Vector, limit: Vector): Promise<Vector> {
    const { stretch, release } = await this.#options.stretches.next(this.#view, from, limit);
    if (isSame(stretch.to, from)) await delay(RETRY_MS, undefined, { ref: false });
    await this.#options.turns.take(stretch.span.framed.length, () =>
      client.isOn(way) ? client.write(stretch.span, release) : release(),
    );
    if (stretch.lost.length > 0 && client.isOn(way)) this.#options.onLost(stretch.lost);
    return stretch.to;
  }

  /** @returns undefined when the position is beyond the end of the topic: another topic of the same name */
  async #fenceFor(vector: Vector): Promise<Fence | undefined> {
    let isLate: Promise<boolean> | undefined;
    for (;;) {
      const known = this.#fence;
      const fresh = known && performance.now() - known.madeAt < FENCE_MS && known.seq >= known.log.first;
      if (fresh && isWithin(vector, known.vector)) return known;
      const { log } = this;
      log.close();
      if (isWithin(vector, log.vector)) {
        this.#fence = { log, seq: log.end, vector: [...log.vector], madeAt: performance.now() };
        return this.#fence;
      }
      // Another bridge is ahead of this one, by moments.
      isLate ??= delay(AHEAD_MS, true, { ref: false });
      // It is over whatever moves: that may be other partitions, for ever.
      if (!(await Promise.race([isLate, log.moved]))) continue;
      const ends = (await this.#options.source.bounds()).map(({ end }) => end);
      if (!isWithin(vector, ends)) return undefined;
      isLate = undefined;
    }
  }

  /** What the topic of that name held before is gone, who knows how much: from the earliest record there is. */
  async #reset(client: StreamClient, way: number): Promise<Vector> {
    const start = (await this.#options.source.bounds()).map(({ low }) => low);
    if (!client.isOn(way)) return start;
    const lost = everythingBefore(start);
    this.#options.onLost(lost);
    client.write(this.#gapSpan(start, lost));
    return start;
  }

  #gapSpan(next: Vector, lost: readonly LostOffsets[]): Span {
    return spanOf(`id: ${this.#view.cursor(next, 0)}\n${gapLines(lost)}\n`);
  }

  /** The oldest chunk goes: who still waits for it goes on from Kafka, or has to come back. */
  #evict(seq: number, from: Vector): void {
    this.sweep();
    for (const client of this.#blocked) {
      if (!client.isLive || client.seq !== seq) continue;
      this.#options.onMoved();
      if (this.#options.slow === 'disconnect') client.destroy();
      else void this.serve(client, from);
    }
  }
}
