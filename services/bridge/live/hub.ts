// Everything that streams in a process: one tail feeds a channel per partner; one sweep writes what is new to every client
// that is ready for it; one timer beats for all of them.
import type { Log } from '@ess/runtime/log/log.ts';
import type { BridgeMetrics } from '@ess/runtime/metrics/bridge-metrics.ts';
import type { KnowsTopicIds } from '@ess/stream/read/topic-ids.ts';
import type { StretchMaker } from '../history/stretch-cache.ts';
import { StretchCache } from '../history/stretch-cache.ts';
import type { Span } from '../sse/span.ts';
import { spanOf } from '../sse/span.ts';
import type { LostOffsets } from '../topic/gap.ts';
import type { PublicLog } from '../topic/public-log.ts';
import type { RecordDecoder } from '../topic/record-decoder.ts';
import type { HistorySource, PublicRecord, Source } from '../topic/source.ts';
import type { Vector } from '../topic/vector.ts';
import type { View } from '../topic/view.ts';
import { Channel } from './channel.ts';
import type { TailSource } from './public-tail.ts';
import { PublicTail } from './public-tail.ts';
import type { StreamClient } from './stream-client.ts';
import { Turns } from './turns.ts';

export interface HubLimits {
  /** How far a slow client may fall behind before it goes on from Kafka, per partner. */
  readonly ringBytes: number;
  /** Bytes of all history kept for catch-up. */
  readonly historyBytes: number;
  /** Bytes per second for all clients in catch-up together. */
  readonly catchUpRate: number;
  readonly slow: 'catch-up' | 'disconnect';
  readonly heartbeatMs: number;
  /** A connection that takes nothing for so long is cut. */
  readonly stallMs: number;
}

/** Those that are no settings. */
export const HUB_LIMITS: Pick<HubLimits, 'heartbeatMs' | 'stallMs'> = { heartbeatMs: 15_000, stallMs: 120_000 };

export interface HubOptions {
  readonly tail: TailSource;
  /** A reader of its own, for bounds and times: a long poll would hold up everything behind it. */
  readonly source: HistorySource;
  readonly publicLog: PublicLog;
  readonly topicIds: KnowsTopicIds;
  readonly history: StretchMaker;
  readonly decode: RecordDecoder;
  readonly log: Log;
  readonly metrics: BridgeMetrics;
  readonly limits: HubLimits;
  readonly onResized: () => void;
}

const ANEW_REMEDY =
  'clients need nothing: each is told ess.gap and goes on from the start; to fill the topic again, stop the bridges and give the group ess.public the offsets to project from (kafka-consumer-groups --reset-offsets)';
const HEARTBEAT = spanOf(':\n\n');
const BEAT_MS = 1_000;
const BEATS_PER_ADVANCE = 5;
/** Clients written to before other work has its turn. */
const SWEEP_CLIENTS = 512;
/** After a sweep the others get as much time as it took, at most this: what comes meanwhile goes in one write. */
const MAX_REST_MS = 40;
/** Stretches made at the same time. */
const MAKERS = 4;

export class Hub {
  readonly stretches: StretchCache;
  readonly #options: HubOptions;
  readonly #channels = new Map<string, Channel>();
  readonly #timer: NodeJS.Timeout;
  readonly #turns: Turns;
  #tail: PublicTail | undefined;
  #unwatch: () => void = () => undefined;
  #sweeping = false;
  #dirty = new Set<Channel>();
  #restUntil = 0;
  #beats = 0;
  #slots = 0;

  private constructor(options: HubOptions) {
    this.#options = options;
    const { history, limits } = options;
    this.stretches = new StretchCache(history, { maxBytes: limits.historyBytes / 2, makers: MAKERS });
    this.#turns = new Turns(limits.catchUpRate);
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
  }

  static async start(options: HubOptions, signal?: AbortSignal): Promise<Hub> {
    const hub = new Hub(options);
    const { tail: source, decode, log, publicLog, topicIds, onResized } = options;
    try {
      const tail = await PublicTail.start(
        {
          source,
          decode,
          log,
          publicLog,
          topicId: () => topicIds.of(publicLog.topic),
          onResized,
          onRecords: (partition, records, next) => hub.#take(partition, records, next),
          onLost: (lost) => hub.#lost(lost),
          onAnew: (start) => hub.#anew(start),
        },
        signal,
      );
      hub.#tail = tail;
      hub.#unwatch = topicIds.watch(publicLog.topic, (id) => tail.topicIs(id));
    } catch (error) {
      clearInterval(hub.#timer);
      throw error;
    }
    return hub;
  }

  get channels(): ReadonlyMap<string, Channel> {
    return this.#channels;
  }

  get source(): Source {
    return this.#options.source;
  }

  get publicLog(): PublicLog {
    return this.#options.publicLog;
  }

  get tailVector(): readonly number[] {
    return (this.#tail as PublicTail).vector;
  }

  get tailSilentForMs(): number {
    return this.#tail?.silentForMs ?? Number.POSITIVE_INFINITY;
  }

  get clients(): number {
    let clients = 0;
    for (const channel of this.#channels.values()) clients += channel.clients.length;
    return clients;
  }

  /** For a client's heartbeat: its turn within the interval. */
  nextSlot(): number {
    this.#slots += 1;
    return this.#slots % this.#beatsPerRound;
  }

  /** The partner's channel begins, or goes on with a changed connector. */
  setView(view: View): void {
    this.#options.history.prepare(view);
    const channel = this.#channels.get(view.partner);
    if (channel) return channel.change(view);
    const { source, limits, metrics, log } = this.#options;
    const partner = view.partner;
    this.#channels.set(
      partner,
      new Channel(view, {
        stretches: this.stretches,
        turns: this.#turns,
        source,
        tailVector: () => this.tailVector,
        ringBytes: limits.ringBytes,
        slow: limits.slow,
        onTrouble: (error) => log.warn({ partner, error: String(error) }, 'stream.catch-up.waits'),
        onMoved: () => metrics.slowClients.inc({ partner }),
        onLost: (lost) => {
          metrics.gaps.inc({ partner });
          log.warn({ partner, lost }, 'stream.gap');
        },
      }),
    );
  }

  removeView(partner: string): void {
    this.#channels.delete(partner);
  }

  join(channel: Channel, client: StreamClient): void {
    channel.add(client);
    this.#options.metrics.clients.inc({ partner: client.principal.partner });
  }

  /** Safe to call twice: a connection may end in several ways at once. */
  leave(channel: Channel, client: StreamClient): void {
    if (channel.clients[client.index] !== client) return;
    client.closed();
    channel.remove(client);
    this.#options.metrics.clients.dec({ partner: client.principal.partner });
  }

  /** Ends every stream in good order. @param last made for each client */
  endAll(last: () => Span): void {
    for (const channel of this.#channels.values()) for (const client of [...channel.clients]) client.end(last());
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#unwatch();
    await this.#tail?.stop();
  }

  get #beatsPerRound(): number {
    return Math.max(1, Math.round(this.#options.limits.heartbeatMs / BEAT_MS));
  }

  #take(partition: number, records: readonly PublicRecord[], next: number): void {
    for (const channel of this.#channels.values()) {
      if (!channel.isActive) continue;
      const events = channel.append(partition, records, next);
      if (events === 0) continue;
      this.#options.metrics.events.inc({ partner: channel.view.partner }, events);
      this.#dirty.add(channel);
    }
    this.#schedule();
  }

  #lost(lost: readonly LostOffsets[]): void {
    this.#options.log.error({ lost }, 'stream.tail.lost');
    for (const channel of this.#channels.values()) {
      channel.lost(lost);
      this.#dirty.add(channel);
    }
    this.#schedule();
  }

  /** Nothing that is kept of the topic of before means anything any more. */
  #anew(start: Vector): void {
    const { log, metrics, publicLog, source } = this.#options;
    metrics.topicsAnew.inc();
    log.error({ topic: publicLog.topic, start, clients: this.clients, remedy: ANEW_REMEDY }, 'topic.anew');
    source.refresh().catch(() => undefined); // after an error it asks by itself
    this.stretches.clear();
    for (const channel of this.#channels.values()) channel.anew(start);
  }

  #schedule(): void {
    if (this.#sweeping || this.#dirty.size === 0) return;
    this.#sweeping = true;
    const restMs = this.#restUntil - performance.now();
    if (restMs > 1) setTimeout(() => this.#sweep(), restMs);
    else setImmediate(() => this.#sweep());
  }

  /** In pieces, so that a sweep over thousands of clients holds up nobody else. */
  async #sweep(): Promise<void> {
    const startedAt = performance.now();
    const dirty = this.#dirty;
    this.#dirty = new Set();
    for (const channel of dirty)
      for (let from = 0; from === 0 || from < channel.clients.length; from += SWEEP_CLIENTS) {
        if (from > 0) await new Promise((resolve) => setImmediate(resolve));
        channel.sweep(from, from + SWEEP_CLIENTS);
      }
    const now = performance.now();
    this.#restUntil = now + Math.min(MAX_REST_MS, now - startedAt);
    this.#sweeping = false;
    this.#schedule();
  }

  #beat(): void {
    this.#beats += 1;
    const slot = this.#beats % this.#beatsPerRound;
    const nowMs = Date.now();
    const now = performance.now();
    for (const channel of this.#channels.values()) {
      channel.rest();
      if (channel.isActive && this.#beats % BEATS_PER_ADVANCE === 0) {
        channel.advance();
        this.#dirty.add(channel);
      }
      for (const client of [...channel.clients]) {
        const { expiresAtMs } = client.principal;
        if (expiresAtMs !== undefined && expiresAtMs <= nowMs) client.end();
        else if (client.blockedAt !== undefined) {
          if (now - client.blockedAt > this.#options.limits.stallMs) client.destroy();
        } else if (client.slot === slot) client.write(HEARTBEAT);
      }
    }
    this.#schedule();
  }
}
