// One client of a stream: either live, at a place in the view's ring, or in catch-up, at a position in the topic.

import type { Principal } from '../principals.ts';
import type { Outlet } from '../sse/outlet.ts';
import type { Span } from '../sse/span.ts';
import type { Vector } from '../topic/vector.ts';
import type { LiveLog } from './live-log.ts';

export type ClientPlace =
  | { readonly kind: 'live' }
  /** Everything before `vector` has been written. */
  | { readonly kind: 'catch-up'; readonly vector: Vector }
  | { readonly kind: 'closed' };

const CLOSED: ClientPlace = { kind: 'closed' };
const LIVE: ClientPlace = { kind: 'live' };

export class StreamClient {
  readonly principal: Principal;
  /** Its slot of the heartbeat wheel. */
  readonly slot: number;
  place: ClientPlace = { kind: 'catch-up', vector: [] };
  /** The next chunk of the ring; of a live client only. */
  seq = 0;
  /** The monotonic time since when the connection takes nothing; undefined: it does. */
  blockedAt: number | undefined;
  /** Index among the channel's clients. */
  index = 0;
  /** Grows with each way through history that it is put on: what is under way on an older one is dropped. */
  way = 0;
  readonly #outlet: Outlet;
  readonly #onBlocked: (client: StreamClient, blocked: boolean) => void;
  #log: LiveLog | undefined;
  #drained: (() => void) | undefined;

  constructor(
    principal: Principal,
    outlet: Outlet,
    slot: number,
    onBlocked: (client: StreamClient, blocked: boolean) => void,
  ) {
    this.principal = principal;
    this.slot = slot;
    this.#outlet = outlet;
    this.#onBlocked = onBlocked;
    outlet.onDrain = () => this.#drain();
  }

  get open(): boolean {
    return this.place.kind !== 'closed';
  }

  get isLive(): boolean {
    return this.place.kind === 'live';
  }

  isOn(way: number): boolean {
    return this.open && this.way === way;
  }

  /** Goes on with this chunk of the ring. */
  attach(log: LiveLog, seq: number): void {
    this.#log = log;
    this.seq = seq;
    this.place = LIVE;
    this.flush();
  }

  /** Leaves the ring. */
  detach(vector: Vector): void {
    this.#log = undefined;
    if (this.open) this.place = { kind: 'catch-up', vector };
  }

  /** Writes what waits in the ring, unless the connection is blocked. */
  flush(): void {
    const log = this.#log;
    while (log && this.blockedAt === undefined && this.seq < log.end) {
      const { span, next } = log.span(this.seq);
      this.seq = next;
      this.write(span);
    }
  }

  /** @param gone see Outlet */
  write(span: Span, gone?: () => void): void {
    if (!this.open) return gone?.();
    if (this.#outlet.write(span, gone) || this.blockedAt !== undefined) return;
    this.blockedAt = performance.now();
    this.#onBlocked(this, true);
  }

  /** Resolves when the connection takes bytes, or is gone. */
  async writable(): Promise<void> {
    while (this.open && this.blockedAt !== undefined)
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
  }

  /** Ends the answer in good order. */
  end(last?: Span): void {
    if (!this.open) return;
    if (last) this.#outlet.write(last);
    this.#outlet.end();
    this.closed();
  }

  destroy(): void {
    this.#outlet.destroy();
    this.closed();
  }

  /** The connection is gone. */
  closed(): void {
    this.place = CLOSED;
    this.#log = undefined;
    this.#drained?.();
  }

  #drain(): void {
    if (this.blockedAt === undefined) return;
    this.blockedAt = undefined;
    this.#onBlocked(this, false);
    this.#drained?.();
    this.#drained = undefined;
    this.flush();
  }
}
