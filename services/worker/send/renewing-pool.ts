// The connections to a partner. A certificate is judged when a connection is made, and connections are kept for as long as they are used:
// when a certificate ends, the connections that were made under it take no new request, and those that follow see the next certificate.
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { buildConnector, Dispatcher } from 'undici';
import { Pool } from 'undici';

/** The longest time that a timer of Node knows. A connection that lives so long may be made anew. */
const TIMER_MAX_MS = 2_147_483_647;

export class RenewingPool {
  readonly #origin: string;
  readonly #options: Pool.Options;
  readonly #connect: buildConnector.connector;
  /** Those with requests in flight; the current one is among them. */
  readonly #open = new Set<Pool>();
  #current: Pool;

  constructor(origin: string, options: Pool.Options, connect: buildConnector.connector) {
    this.#origin = origin;
    this.#options = options;
    this.#connect = connect;
    this.#current = this.#make();
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#current.dispatch(options, handler);
  }

  /** Lets requests in flight end. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((pool) => pool.close()));
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#open].map((pool) => pool.destroy()));
  }

  #make(): Pool {
    const pool = new Pool(this.#origin, {
      ...this.#options,
      connect: (options, callback) =>
        this.#connect(options, (...connected) => {
          const [, socket] = connected;
          if (socket) this.#watch(socket, pool);
          callback(...connected);
        }),
    });
    this.#open.add(pool);
    return pool;
  }

  #watch(socket: Socket, pool: Pool): void {
    const untilMs = socket instanceof TLSSocket ? Date.parse(socket.getPeerCertificate().valid_to) : Number.NaN;
    if (Number.isNaN(untilMs)) return;
    const timer = setTimeout(() => this.#renew(pool), Math.min(untilMs - Date.now(), TIMER_MAX_MS)).unref();
    socket.once('close', () => clearTimeout(timer));
  }

  #renew(ended: Pool): void {
    if (ended !== this.#current) return;
    this.#current = this.#make();
    ended.close().then(
      () => this.#open.delete(ended),
      () => undefined, // destroyed meanwhile
    );
  }
}
