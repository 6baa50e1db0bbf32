// Requests go out through a keep-alive pool per partner. What comes of one is in exchange.ts.
// `dispatch` with a handler object instead of `request`: about a third more requests per second, see test/bench.

import type { Answer } from '@ess/domain/delivery/outcome.ts';
import type { Method } from '@ess/domain/request/request-plan.ts';
import { maskedPath } from '@ess/domain/text/masked-url.ts';
import { Deadlines } from '@ess/runtime/deadlines.ts';
import type { Dispatcher } from 'undici';
import { HEAD_MAX_BYTES } from './answer-head.ts';
import type { AnswerReader } from './answer-reader.ts';
import type { SentRecord } from './batch-answer.ts';
import type { Route } from './connect.ts';
import { guardedConnect } from './connect.ts';
import type { Wire } from './connection.ts';
import { Connection, watched } from './connection.ts';
import type { Exchange } from './exchange.ts';
import { HttpExchange } from './exchange.ts';
import type { Requests } from './negotiating-pool.ts';
import { NegotiatingPool } from './negotiating-pool.ts';
import { Pipe } from './pipe.ts';
import { RenewingPool } from './renewing-pool.ts';

export interface SenderOptions extends Route {
  readonly url: string;
  readonly connections: number;
  /** Whether a request that has waited for its connection may still go out; one that may not is cut. Default: always. */
  readonly mayStart?: () => boolean;
  /** Requests on one connection before the first is answered. */
  readonly pipelining?: number;
  /** Called once for each kind. */
  readonly onOdd?: (odd: Odd) => void;
}

/** What a partner does that nobody expects: a page came with this 2xx where JSON was sent or asked for, or its pipes end with this code. */
export type Odd = { readonly kind: 'page'; readonly status: number } | { readonly kind: 'pipe'; readonly code: string };

export interface Outgoing {
  /** Absent: POST. */
  readonly method?: Method;
  /** Path and query; absent: those of the partner's URL. */
  readonly path?: string;
  readonly headers: Record<string, string>;
  /** null: none is sent. */
  readonly body: string | null;
}

/** A partner's way out, by the worker's own thread or by others. */
export interface PartnerSender extends Pick<Sender, 'shownPath' | 'close' | 'closeWhenIdle'> {
  /** Signs, and sends as Sender does. @param sent the records of the request, by which the answer may speak of them */
  send(outgoing: Outgoing, timeoutMs: number, sent: readonly SentRecord[], done: (answer: Answer) => void): Exchange;
}

/** It may go more than once, and others may go behind it before it is answered. */
const PIPED = { idempotent: true, blocking: false };
const ALONE = {};
/** Pipes that break so often, and with fewer answers each, cost more than they save. */
const BROKEN_PIPES = 3;
const ANSWERS_PER_PIPE = 64;
/** A connection is not used in the last second of the time that the partner gives it (`Keep-Alive: timeout=5`). */
const KEEP_ALIVE_MARGIN_MS = 1_000;
export class Sender {
  #pool: Requests;
  /** Of pipes that have ended, until their last requests have. */
  #pipes: Requests | undefined;
  readonly #pipelining: number;
  /** Path and query of the partner's URL, without the values of the query: for logs. */
  readonly shownPath: string;
  readonly #path: string;
  readonly #open: (pipelining: number) => Requests;
  /** Whose connections are used once. */
  #onceOnly: Requests | undefined;
  readonly #onOdd: SenderOptions['onOdd'];
  #toldPage = false;
  readonly wire: Wire;
  readonly deadlines = new Deadlines();
  #brokenPipes = 0;
  #isOver = false;

  constructor(options: SenderOptions) {
    this.wire = {
      starting: undefined,
      isCareful: false,
      isHttp2: false,
      mayStart: options.mayStart ?? always,
      pipeBroke: () => this.#pipeBroke(),
      pipeAnswers: 0,
    };
    const url = new URL(options.url);
    this.#path = url.pathname + url.search;
    this.shownPath = maskedPath(url);
    this.#onOdd = options.onOdd;
    this.#pipelining = options.pipelining ?? 1;
    const pool = {
      connections: options.connections,
      maxHeaderSize: HEAD_MAX_BYTES,
      headersTimeout: 0, // one timeout of our own covers the whole exchange
      bodyTimeout: 0,
      keepAliveTimeout: 30_000,
      keepAliveTimeoutThreshold: KEEP_ALIVE_MARGIN_MS,
    };
    const mayChoose = options.http2 === true && url.protocol === 'https:';
    this.#open = (pipelining) => {
      // A request behind another on one connection shares its fate: only where the connector says so.
      const Way = pipelining > 1 ? Pipe : Connection;
      const connect = (http2: boolean) => watched(guardedConnect(url, { ...options, http2 }), this.wire, Way);
      if (mayChoose && pipelining > 0) return new NegotiatingPool(url.origin, { ...pool, pipelining }, connect);
      return new RenewingPool(url.origin, { ...pool, pipelining }, () => connect(false));
    };
    this.#pool = this.#open(this.#pipelining);
  }

  /** `done` is called once, and never before `send` has returned. */
  send(
    outgoing: Outgoing,
    timeoutMs: number,
    reader: AnswerReader | undefined,
    done: (answer: Answer) => void,
  ): Exchange {
    let returned = false;
    // A closed pool or a header that cannot be sent is answered within `dispatch`.
    const later = (answer: Answer) => (returned ? done(answer) : queueMicrotask(() => done(answer)));
    const { path = this.#path, method = 'POST', headers, body } = outgoing;
    const request = { ...(this.#pipelining > 1 ? PIPED : ALONE), path, method, headers, body };
    if (reader) this.wire.isCareful = true; // an answer whose body counts is to be read whole, however odd its head is
    const exchange = new HttpExchange(this, request, timeoutMs, reader, later);
    this.#pool.dispatch(request, exchange);
    returned = true;
    return exchange;
  }

  /** On a connection of its own, which nobody has used. */
  resend(request: Dispatcher.DispatchOptions, exchange: Dispatcher.DispatchHandler): void {
    this.#onceOnly ??= this.#open(0);
    this.#onceOnly.dispatch(request, exchange);
  }

  endPipes(code: string): void {
    if (this.#pipelining === 1 || this.#pipes || this.#isOver) return;
    this.#pipes = this.#pool;
    this.#pool = this.#open(1);
    this.#onOdd?.({ kind: 'pipe', code });
    this.#pipes.close().catch(() => undefined); // destroyed meanwhile
  }

  #pipeBroke(): void {
    this.#brokenPipes += 1;
    const areUsual = this.#brokenPipes * ANSWERS_PER_PIPE > this.wire.pipeAnswers;
    if (this.#brokenPipes >= BROKEN_PIPES && areUsual) this.endPipes('ESS_PIPE_ENDS');
  }

  /** A partner's page says "come back later", or "who are you", to people. */
  looksAtType(status: number, type: unknown, request: Dispatcher.DispatchOptions): void {
    if (this.#toldPage || typeof type !== 'string' || !/^\s*(text\/html|application\/xhtml)/i.test(type)) return;
    const { accept, 'content-type': sent } = request.headers as Outgoing['headers'];
    if (!(accept ?? sent)?.includes('json')) return;
    this.#toldPage = true;
    this.#onOdd?.({ kind: 'page', status });
  }

  /** Lets requests in flight end, and those among them that have to go once more. */
  async closeWhenIdle(): Promise<void> {
    this.#isOver = true;
    await Promise.all([this.#pool.close(), this.#pipes?.close()]);
    await this.#onceOnly?.close().catch(() => undefined); // destroyed meanwhile
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#onceOnly ??= this.#open(0); // what has to go once more from here on ends there
    await Promise.all([this.#pool.destroy(), this.#pipes?.destroy(), this.#onceOnly?.destroy()]);
  }
}

const always = (): boolean => true;
