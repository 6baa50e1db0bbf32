// The connections to a partner. A certificate is judged when a connection is made, and connections are kept for as long as they are used:
// when a certificate ends, what was made under it takes no new request, and those that follow see the next certificate. That holds for
// TLS sessions too: one that is resumed shows no certificate again.
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { buildConnector, Dispatcher, Pool as Pools } from 'undici';
import { Pool } from './undici.ts';

/** The longest time that a timer of Node knows. A connection that lives so long may be made anew. */
const TIMER_MAX_MS = 2_147_483_647;

export class RenewingPool {
  readonly #origin: string;
  readonly #options: Pools.Options;
  readonly #connector: () => buildConnector.connector;
  /** The current one, and those before it that have requests in flight. */
  readonly #open = new Set<Pool>();
  /** When the first certificate of the current one ends, in epoch milliseconds. */
  #endsAtMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #current: Pool;

  /** @param connector makes what connects, with TLS sessions of its own */
  constructor(origin: string, options: Pools.Options, connector: () => buildConnector.connector) {
    this.#origin = origin;
    this.#options = options;
    this.#connector = connector;
    this.#current = this.#make();
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#current.dispatch(options, handler);
  }

  /** Lets requests in flight end. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all([...this.#open].map((pool) => pool.close()));
  }

  async destroy(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all([...this.#open].map((pool) => pool.destroy()));
  }

  #make(): Pool {
    const connect = this.#connector();
    const pool = new Pool(this.#origin, {
      ...this.#options,
      connect: (options, callback) =>
        connect(options, (...connected) => {
          const [, socket] = connected;
          if (socket && pool === this.#current) this.#watch(socket);
          callback(...connected);
        }),
    });
    this.#open.add(pool);
    return pool;
  }

  #watch(socket: Socket): void {
    if (!(socket instanceof TLSSocket) || socket.isSessionReused()) return;
    const endsAtMs = Date.parse(socket.getPeerCertificate().valid_to);
    if (!(endsAtMs < this.#endsAtMs)) return;
    this.#endsAtMs = endsAtMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#renew(), Math.min(endsAtMs - Date.now(), TIMER_MAX_MS)).unref();
  }

  #renew(): void {
    const ended = this.#current;
    this.#endsAtMs = Number.POSITIVE_INFINITY;
    this.#current = this.#make();
    ended.close().then(
      () => this.#open.delete(ended),
      () => undefined, // destroyed meanwhile
    );
  }
}
