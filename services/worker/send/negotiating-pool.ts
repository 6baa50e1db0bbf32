// The connections to a partner that may speak HTTP/2: which protocol it speaks shows when a connection is made (ALPN, RFC 7301). Until
// then one request goes, and the others wait for it: then all go as streams of one session, or over connections of HTTP/1.1.
import type { buildConnector, Dispatcher, Pool } from 'undici';
import { speaksHttp2 } from './connection.ts';
import { RenewingPool } from './renewing-pool.ts';

/** What sends requests. */
export type Requests = Pick<RenewingPool, 'dispatch' | 'close' | 'destroy'>;

type Waiting = readonly [options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler];

const CHANGED = Object.assign(new Error('the partner speaks HTTP/1.1 now'), { code: 'ESS_PROTOCOL_CHANGED' });

export class NegotiatingPool implements Requests {
  readonly #session: RenewingPool;
  readonly #connections: RenewingPool;
  /** Undefined: not known yet. */
  #isHttp2: boolean | undefined;
  #isAsking = false;
  #waiting: Waiting[] = [];

  /**
   * @param options of HTTP/1.1; as many streams as connections
   * @param connector makes what connects; with `http2` the partner may choose
   */
  constructor(origin: string, options: Pool.Options, connector: (http2: boolean) => buildConnector.connector) {
    const streams = options.connections ?? 1;
    const session = { ...options, connections: 1, pipelining: streams, maxConcurrentStreams: streams };
    this.#session = new RenewingPool(origin, session, () => this.#heard(connector(true)));
    this.#connections = new RenewingPool(origin, options, () => connector(false));
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (this.#isHttp2 === false) return this.#connections.dispatch(options, handler);
    if (this.#isHttp2 === true) return this.#session.dispatch(options, handler);
    if (this.#isAsking) return this.#waiting.push([options, handler]) > 0;
    this.#isAsking = true;
    return this.#session.dispatch(options, handler);
  }

  /** Lets requests in flight end. */
  async close(): Promise<void> {
    this.#goOn(false); // whoever waits is in flight
    await Promise.all([this.#session.close(), this.#connections.close()]);
  }

  async destroy(): Promise<void> {
    this.#goOn(false);
    await Promise.all([this.#session.destroy(), this.#connections.destroy()]);
  }

  #heard(connect: buildConnector.connector): buildConnector.connector {
    return (options, callback) =>
      connect(options, (...connected) => {
        const [error, socket] = connected;
        const wasHttp2 = this.#isHttp2 === true;
        const isHttp2 = socket ? speaksHttp2(socket) : undefined;
        // Requests that were given to the session would go one behind the other, and share its fate.
        if (wasHttp2 && socket && !isHttp2) {
          socket.destroy();
          callback(CHANGED, null);
        } else callback(...connected);
        // What connects next may be answered: a partner that is away is asked again by whoever waits.
        if (error) this.#askAgain();
        else this.#goOn(isHttp2 === true);
      });
  }

  #goOn(isHttp2: boolean): void {
    this.#isHttp2 = isHttp2;
    for (const [options, handler] of this.#waiting.splice(0)) this.dispatch(options, handler);
  }

  #askAgain(): void {
    if (this.#isHttp2 !== undefined) return;
    this.#isAsking = false;
    const next = this.#waiting.shift();
    if (next) this.dispatch(...next);
  }
}
