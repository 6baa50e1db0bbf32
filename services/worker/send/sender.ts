// One request: out through a keep-alive pool per partner, back as an Answer. The status line decides. The body is read to
// its end within the same timeout and a bounded size: an endless or stalled body costs nothing but its connection.
// `dispatch` with a handler object instead of `request`: about a third more requests per second, see test/bench.

import type { Answer } from '@ess/domain/delivery/outcome.ts';
import { parseRetryAfter } from '@ess/domain/delivery/retry.ts';
import type { Method } from '@ess/domain/request/request-plan.ts';
import { maskedPath } from '@ess/domain/text/masked-url.ts';
import { codeOf, withRemedy } from '@ess/runtime/access/trouble.ts';
import type { Dispatcher } from 'undici';

import type { AnswerBody } from './answer-body.ts';
import { BODY_MAX_BYTES, bodyIn, TOO_LONG } from './answer-body.ts';
import { HEAD_MAX_BYTES, readHead } from './answer-head.ts';
import type { AnswerReader } from './answer-reader.ts';
import type { Route } from './connect.ts';
import { guardedConnect } from './connect.ts';
import type { Awaits, Connection, Wire } from './connection.ts';
import { watched } from './connection.ts';
import { RenewingPool } from './renewing-pool.ts';

export interface SenderOptions extends Route {
  readonly url: string;
  readonly connections: number;
  /** Whether a request that has waited for its connection may still go out; one that may not is cut. Default: always. */
  readonly mayStart?: () => boolean;
  /** A page came with a 2xx where JSON was sent or asked for; called once. */
  readonly onPage?: (status: number) => void;
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

const CUT = Object.assign(new Error('cut'), { code: 'ESS_CUT' });
const TIMED_OUT = Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' });
const SWITCHES = Object.assign(new Error('101'), { code: 'ESS_SWITCHES' });
/** How a partner ends a connection that it has had enough of. */
const ENDS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
/** A connection is not used in the last second of the time that the partner gives it (`Keep-Alive: timeout=5`). */
const KEEP_ALIVE_MARGIN_MS = 1_000;
const BODY_TOO_LONG = Object.assign(new Error('answer too long'), { code: 'ESS_BODY_TOO_LONG' });

export class Sender {
  readonly #pool: RenewingPool;
  /** Path and query of the partner's URL, without the values of the query: for logs. */
  readonly shownPath: string;
  readonly #path: string;
  readonly mayStart: () => boolean;
  readonly #openPool: (pipelining: 0 | 1) => RenewingPool;
  /** Whose connections are used once. */
  #onceOnly: RenewingPool | undefined;
  #onPage: SenderOptions['onPage'];
  readonly wire: Wire = { starting: undefined, isCareful: false };

  constructor(options: SenderOptions) {
    this.mayStart = options.mayStart ?? always;
    const url = new URL(options.url);
    this.#path = url.pathname + url.search;
    this.shownPath = maskedPath(url);
    this.#onPage = options.onPage;
    const pool = {
      connections: options.connections,
      maxHeaderSize: HEAD_MAX_BYTES,
      headersTimeout: 0, // one timeout of our own covers the whole exchange
      bodyTimeout: 0,
      keepAliveTimeout: 30_000,
      keepAliveTimeoutThreshold: KEEP_ALIVE_MARGIN_MS,
    };
    const connect = () => watched(guardedConnect(url, options), this.wire);
    // A request behind another on one connection would share its fate.
    this.#openPool = (pipelining) => new RenewingPool(url.origin, { ...pool, pipelining }, connect);
    this.#pool = this.#openPool(1);
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
    const request = { path, method, headers, body } as const;
    if (reader) this.wire.isCareful = true; // an answer whose body counts is to be read whole, however odd its head is
    const exchange = new Attempt(this, request, timeoutMs, reader, later);
    this.#pool.dispatch(request, exchange);
    returned = true;
    return exchange;
  }

  /** On a connection of its own, which nobody has used. */
  resend(request: Dispatcher.DispatchOptions, exchange: Dispatcher.DispatchHandler): void {
    this.#onceOnly ??= this.#openPool(0);
    this.#onceOnly.dispatch(request, exchange);
  }

  /** A partner's page says "come back later", or "who are you", to people. */
  looksAtType(status: number, type: unknown, request: Dispatcher.DispatchOptions): void {
    if (!this.#onPage || typeof type !== 'string' || !/^\s*(text\/html|application\/xhtml)/i.test(type)) return;
    const { accept, 'content-type': sent } = request.headers as Outgoing['headers'];
    if (!(accept ?? sent)?.includes('json')) return;
    this.#onPage(status);
    this.#onPage = undefined;
  }

  /** Lets requests in flight end. */
  async closeWhenIdle(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#onceOnly?.close()]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.destroy(), this.#onceOnly?.destroy()]);
  }
}

class Attempt implements Dispatcher.DispatchHandler, Exchange, Awaits {
  readonly #sender: Sender;
  readonly #request: Dispatcher.DispatchOptions;
  readonly #done: (answer: Answer) => void;
  readonly #reader: AnswerReader | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #latestStart: number;
  #controller: Dispatcher.DispatchController | undefined;
  #connection: Connection | undefined;
  #resent = false;
  #stopped: Error | undefined;
  #answered = false;
  /** Its connection is not to be used after it. */
  #isLast = false;
  #status = 0;
  #headers: Record<string, unknown> = {};
  #bytes = 0;
  /** The body so far, where it is part of the answer. */
  #chunks: Buffer[] | undefined;

  constructor(
    sender: Sender,
    request: Dispatcher.DispatchOptions,
    timeoutMs: number,
    reader: AnswerReader | undefined,
    done: (answer: Answer) => void,
  ) {
    this.#sender = sender;
    this.#request = request;
    this.#done = done;
    this.#reader = reader;
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
    if (!this.#sender.mayStart()) this.#stopped ??= CUT;
    if (this.#stopped) controller.abort(this.#stopped);
    else this.#sender.wire.starting = this; // undici writes the request before it returns
  }

  goesBy(connection: Connection): void {
    this.#connection = connection;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    // Interim answers do not come so far; what is left changes the protocol.
    if (status < 200) return controller.abort(SWITCHES);
    this.#answeredBy(status, headers);
    this.#connection?.understood();
    if (headers['keep-alive'] !== undefined) this.#countRequests(headers['keep-alive']);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > BODY_MAX_BYTES) controller.abort(BODY_TOO_LONG);
    else this.#chunks?.push(chunk);
  }

  onResponseEnd(): void {
    this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#status > 0 || this.#answered) return this.#finish(error);
    const { head, wasIdle } = this.#connection ?? {};
    if (wasIdle && !this.#stopped && !this.#resent && ENDS.has(codeOf(error))) return this.#again();
    const read = head && readHead(head);
    // Whoever speaks another protocol may wait to be spoken to in it, until the time is over.
    if (read?.kind === 'malformed' && this.#stopped !== CUT) return this.#end({ kind: 'malformed', why: read.why });
    if (this.#stopped) return this.#finish(error);
    // The status line decides, whatever the parser has against the rest. What comes next from there it is to understand.
    if (read?.kind === 'head') {
      this.#sender.wire.isCareful = true;
      this.#answeredBy(read.status, read.headers);
    }
    this.#finish(error);
  }

  #answeredBy(status: number, headers: Record<string, unknown>): void {
    this.#status = status;
    this.#headers = headers;
    if (this.#reader?.readsBody(status)) this.#chunks = [];
    if (status < 300) this.#sender.looksAtType(status, headers['content-type'], this.#request);
  }

  /** The partner closed a connection that was idle, as it may, just when this request went out: that is nobody's failure. */
  #again(): void {
    this.#resent = true;
    this.#connection = undefined;
    this.#controller = undefined;
    this.#sender.resend(this.#request, this);
  }

  /** `Keep-Alive: max=100`: some count down, some name the whole, so it ends where either may. undici obeys `timeout`. */
  #countRequests(hint: unknown): void {
    const [, max] = /\bmax\s*=\s*"?(\d+)/i.exec(String(hint)) ?? [];
    this.#isLast = max !== undefined && this.#connection !== undefined && this.#connection.requests >= Number(max);
  }

  /** A request that waits for a connection has no controller yet: it is answered now and aborted when it gets one. */
  #stop(reason: Error): void {
    this.#stopped ??= reason;
    if (this.#controller) this.#controller.abort(reason);
    else this.#finish(reason);
  }

  #finish(error?: Error): void {
    // Without the body that it is told by, an answer that was cut is none.
    if (error === CUT && (this.#status === 0 || this.#chunks)) this.#end({ kind: 'cut' });
    else if (this.#status > 0) this.#end(this.#answer(error));
    else this.#end({ kind: 'unreachable', code: withRemedy(codeOf(error)) });
  }

  #end(answer: Answer): void {
    if (this.#answered) return;
    this.#answered = true;
    clearTimeout(this.#timer);
    if (this.#isLast) this.#connection?.end();
    this.#done(this.#resent && answer.kind !== 'cut' ? { ...answer, resent: true } : answer);
  }

  #answer(error: Error | undefined): Answer {
    const header = this.#headers['retry-after']; // a list when it was sent twice
    const retryAfterMs = parseRetryAfter(
      Array.isArray(header) ? String(header[0]) : (header as string | undefined),
      Date.now(),
    );
    const read = this.#reader?.read(this.#status, this.#headers, this.#body(error));
    return {
      kind: 'answered',
      status: this.#status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...read,
    };
  }

  #body(error: Error | undefined): AnswerBody {
    if (error === undefined) return bodyIn(this.#chunks ?? [], this.#chunks && this.#headers['content-encoding']);
    if (error === BODY_TOO_LONG) return { why: TOO_LONG };
    return { why: `the body of the answer did not come whole${error === TIMED_OUT ? ' in time' : ''}` };
  }
}

const always = (): boolean => true;
