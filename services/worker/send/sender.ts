// One request: out through a keep-alive pool per partner, back as an Answer. The status line decides. The body is read to
// its end within the same timeout and a bounded size: an endless or stalled body costs nothing but its connection.
// `dispatch` with a handler object instead of `request`: about a third more requests per second, see test/bench.

import type { Answer } from '@ess/domain/delivery/outcome.ts';
import { parseRetryAfter } from '@ess/domain/delivery/retry.ts';
import type { Method } from '@ess/domain/request/request-plan.ts';
import { maskedPath } from '@ess/domain/text/masked-url.ts';
import { codeOf, withRemedy } from '@ess/runtime/access/trouble.ts';
import type { Dispatcher } from 'undici';

import type { Route } from './connect.ts';
import { guardedConnect } from './connect.ts';
import { RenewingPool } from './renewing-pool.ts';

export interface SenderOptions extends Route {
  readonly url: string;
  readonly connections: number;
  /** Whether a request that has waited for its connection may still go out; one that may not is cut. Default: always. */
  readonly mayStart?: () => boolean;
}

export interface Outgoing {
  /** Absent: POST. */
  readonly method?: Method;
  /** Path and query; absent: those of the partner's URL. */
  readonly path?: string;
  readonly headers: Record<string, string>;
  /** null: none is sent. */
  readonly body: Buffer | string | null;
}

/** A request in flight. */
export interface Exchange {
  /** Ends it at once; the answer is `cut` unless a status had already come. */
  cut(): void;
}

/** Looks at a 409 to tell "I have something newer" from a refusal. */
export type IsNewer = (headers: Record<string, unknown>, body: () => string) => boolean;

const BODY_MAX_BYTES = 65_536;
const CUT = Object.assign(new Error('cut'), { code: 'ESS_CUT' });
const TIMED_OUT = Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' });
const BODY_TOO_LONG = Object.assign(new Error('answer too long'), { code: 'ESS_BODY_TOO_LONG' });

export class Sender {
  readonly #pool: RenewingPool;
  /** Path and query of the partner's URL, without the values of the query: for logs. */
  readonly shownPath: string;
  readonly #path: string;
  readonly #mayStart: () => boolean;

  constructor(options: SenderOptions) {
    this.#mayStart = options.mayStart ?? always;
    const url = new URL(options.url);
    this.#path = url.pathname + url.search;
    this.shownPath = maskedPath(url);
    const pool = {
      connections: options.connections,
      pipelining: 1, // a request behind another on one connection would share its fate
      headersTimeout: 0, // one timeout of our own covers the whole exchange
      bodyTimeout: 0,
      keepAliveTimeout: 30_000,
    };
    this.#pool = new RenewingPool(url.origin, pool, () => guardedConnect(url, options));
  }

  /** `done` is called once, and never before `send` has returned. */
  send(outgoing: Outgoing, timeoutMs: number, isNewer: IsNewer | undefined, done: (answer: Answer) => void): Exchange {
    let returned = false;
    // A closed pool or a header that cannot be sent is answered within `dispatch`.
    const later = (answer: Answer) => (returned ? done(answer) : queueMicrotask(() => done(answer)));
    const exchange = new Attempt(timeoutMs, isNewer, this.#mayStart, later);
    const { path = this.#path, method = 'POST', headers, body } = outgoing;
    this.#pool.dispatch({ path, method, headers, body }, exchange);
    returned = true;
    return exchange;
  }

  /** Lets requests in flight end. */
  async closeWhenIdle(): Promise<void> {
    await this.#pool.close();
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

class Attempt implements Dispatcher.DispatchHandler, Exchange {
  readonly #done: (answer: Answer) => void;
  readonly #isNewer: IsNewer | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #mayStart: () => boolean;
  readonly #latestStart: number;
  #controller: Dispatcher.DispatchController | undefined;
  #stopped: Error | undefined;
  #answered = false;
  #status = 0;
  #headers: Record<string, unknown> = {};
  #bytes = 0;
  #chunks: Buffer[] = [];

  constructor(
    timeoutMs: number,
    isNewer: IsNewer | undefined,
    mayStart: () => boolean,
    done: (answer: Answer) => void,
  ) {
    this.#done = done;
    this.#isNewer = isNewer;
    this.#mayStart = mayStart;
    this.#timer = setTimeout(() => this.#stop(TIMED_OUT), timeoutMs);
    this.#latestStart = performance.now() + timeoutMs;
  }

  cut(): void {
    this.#stop(CUT);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // A process that was frozen wakes here before its timers do: what it wanted to send is another worker's by now.
    if (performance.now() > this.#latestStart) this.#stopped ??= TIMED_OUT;
    if (!this.#mayStart()) this.#stopped ??= CUT;
    if (this.#stopped) controller.abort(this.#stopped);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    if (status < 200) return; // a hint: the answer is still to come, or never does
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > BODY_MAX_BYTES) controller.abort(BODY_TOO_LONG);
    else if (this.#status === 409) this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#finish(error);
  }

  /** A request that waits for a connection has no controller yet: it is answered now and aborted when it gets one. */
  #stop(reason: Error): void {
    this.#stopped ??= reason;
    if (this.#controller) this.#controller.abort(reason);
    else this.#finish(reason);
  }

  #finish(error?: Error): void {
    if (this.#answered) return;
    this.#answered = true;
    clearTimeout(this.#timer);
    if (this.#status > 0) this.#done(this.#answer());
    else if (error === CUT) this.#done({ kind: 'cut' });
    else this.#done({ kind: 'unreachable', code: withRemedy(codeOf(error)) });
  }

  #answer(): Answer {
    const header = this.#headers['retry-after']; // a list when it was sent twice
    const retryAfterMs = parseRetryAfter(
      Array.isArray(header) ? String(header[0]) : (header as string | undefined),
      Date.now(),
    );
    const newer = this.#status === 409 && this.#isNewer?.(this.#headers, () => Buffer.concat(this.#chunks).toString());
    return {
      kind: 'answered',
      status: this.#status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(newer ? { newer } : {}),
    };
  }
}

const always = (): boolean => true;
