// One request and what came of it, as an Answer. The status line decides. The body is read to its end within the same timeout
// and a bounded size: an endless or stalled body costs nothing but its connection.

import type { Answer, Resent } from '@ess/domain/delivery/outcome.ts';
import { parseRetryAfter } from '@ess/domain/delivery/retry.ts';
import { codeOf, withRemedy } from '@ess/runtime/access/trouble.ts';
import type { Deadlines, Due } from '@ess/runtime/deadlines.ts';
import type { Dispatcher } from 'undici';
import type { AnswerBody } from './answer-body.ts';
import { BODY_MAX_BYTES, bodyIn, TOO_LONG } from './answer-body.ts';
import { readHead } from './answer-head.ts';
import type { AnswerReader } from './answer-reader.ts';
import type { Awaits, Carrier, Wire } from './connection.ts';
import { CUT } from './connection.ts';
import { Pipe } from './pipe.ts';

/** A request in flight. */
export interface Exchange {
  /** Ends it at once; the answer is `cut` unless a status had already come. */
  cut(): void;
  /** When it was written, and when the head of its answer was there; ms of the monotonic clock, 0: not yet. */
  readonly writtenAt: number;
  readonly headAt: number;
}

/** Of the sender that it goes out by. */
export interface Origin {
  readonly wire: Wire;
  readonly deadlines: Deadlines;
  /** On a connection of its own, which nobody has used. */
  resend(request: Dispatcher.DispatchOptions, exchange: Dispatcher.DispatchHandler): void;
  /** Requests after this one go one at a time by each connection. @param code why */
  endPipes(code: string): void;
  looksAtType(status: number, type: unknown, request: Dispatcher.DispatchOptions): void;
}

/** Its pipe has ended before its turn. */
const BEHIND = new Error('behind');
const TIMED_OUT = Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' });
const SWITCHES = Object.assign(new Error('101'), { code: 'ESS_SWITCHES' });
/** How a partner ends a connection that it has had enough of. */
const ENDS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
/** undici's parser gives up on an answer, or on an interim one. */
const isMisread = (error: Error): boolean =>
  /^(HPE_|HTTPParserError|UND_ERR_HEADERS_OVERFLOW)/.test(codeOf(error)) || error.message === 'bad response';
const BODY_TOO_LONG = Object.assign(new Error('answer too long'), { code: 'ESS_BODY_TOO_LONG' });

export class HttpExchange implements Dispatcher.DispatchHandler, Exchange, Awaits, Due {
  readonly #sender: Origin;
  readonly #request: Dispatcher.DispatchOptions;
  readonly #done: (answer: Answer) => void;
  readonly #reader: AnswerReader | undefined;
  readonly #timeoutMs: number;
  dueAt = 0;
  #deadline: number | undefined;
  writtenAt = 0;
  headAt = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #connection: Carrier | undefined;
  /** It goes once more, by a connection of its own. */
  #again: Resent | undefined;
  /** The same, once it has been written there. */
  #resent: Resent | undefined;
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
    sender: Origin,
    request: Dispatcher.DispatchOptions,
    timeoutMs: number,
    reader: AnswerReader | undefined,
    done: (answer: Answer) => void,
  ) {
    this.#sender = sender;
    this.#request = request;
    this.#done = done;
    this.#reader = reader;
    this.#timeoutMs = timeoutMs;
    this.#startTimer();
  }

  cut(): void {
    this.#stop(CUT);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // In another pipe it might end so again, and take along what is behind it there.
    if (this.#connection) throw BEHIND;
    this.#controller = controller;
    // A process that was frozen wakes here before its timers do: what it wanted to send is another worker's by now.
    if (performance.now() > this.dueAt) this.#stopped ??= TIMED_OUT;
    if (!this.#sender.wire.mayStart()) this.#stopped ??= CUT;
    if (this.#stopped) throw this.#stopped; // told to abort, undici would end the connection too
    if (this.#sender.wire.isHttp2) this.writtenAt = performance.now();
    else this.#sender.wire.starting = this; // undici writes the request before it returns
  }

  goesBy(connection: Carrier): void {
    this.writtenAt = performance.now();
    this.#resent = this.#again;
    this.#connection = connection;
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    if (status === 101) return controller.abort(SWITCHES);
    if (status < 200) return; // an interim answer: only a pipe lets it through
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
    if (error === BEHIND && !this.#stopped && (this.#status === 0 || this.#chunks)) return this.#resend('pipe');
    if (this.#status > 0 || this.#answered) return this.#finish(error);
    const { head, wasIdle } = this.#connection ?? {};
    const isOdd = this.#connection instanceof Pipe && isMisread(error);
    if (isOdd) this.#sender.endPipes(codeOf(error));
    if ((isOdd || (wasIdle && ENDS.has(codeOf(error)))) && !this.#stopped && !this.#again)
      return this.#resend(isOdd ? 'pipe' : 'idle');
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
    this.headAt = performance.now();
    this.#status = status;
    this.#headers = headers;
    if (this.#reader?.readsBody(status)) this.#chunks = [];
    if (status < 300) this.#sender.looksAtType(status, headers['content-type'], this.#request);
  }

  /**
   * The partner closed a connection that was idle, as it may, just when this request went out: that is nobody's failure. Or its pipe
   * ended: it has waited for others, so it gets its time anew.
   */
  #resend(why: Resent): void {
    this.#again = why;
    if (why === 'pipe') this.#startTimer();
    this.#status = 0;
    this.#bytes = 0;
    this.#chunks = undefined;
    this.#connection = undefined;
    this.#controller = undefined;
    this.#sender.resend(this.#request, this);
  }

  /** `Keep-Alive: max=100`: some count down, some name the whole, so it ends where either may. undici obeys `timeout`. */
  #countRequests(hint: unknown): void {
    const [, max] = /\bmax\s*=\s*"?(\d+)/i.exec(String(hint)) ?? [];
    this.#isLast = max !== undefined && this.#connection !== undefined && this.#connection.requests >= Number(max);
  }

  #startTimer(): void {
    this.#endTimer();
    this.dueAt = performance.now() + this.#timeoutMs;
    this.#deadline = this.#sender.deadlines.set(this);
  }

  #endTimer(): void {
    if (this.#deadline !== undefined) this.#sender.deadlines.clear(this.#deadline);
    this.#deadline = undefined;
  }

  expire(): void {
    this.#deadline = undefined;
    // Behind one whose time was over just now: it goes once more.
    if (!this.#connection?.isOurs) this.#stop(TIMED_OUT);
  }

  /** A request that waits for a connection has no controller yet: it is answered now and aborted when it gets one. */
  #stop(reason: Error): void {
    if (this.#answered) return;
    this.#stopped ??= reason;
    if (this.#connection) this.#connection.isOurs = true;
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
    this.#endTimer();
    if (this.#isLast) this.#connection?.end?.();
    this.#done(this.#resent && answer.kind !== 'cut' ? { ...answer, resent: this.#resent } : answer);
  }

  #answer(error: Error | undefined): Answer {
    const header = this.#headers['retry-after']; // a list when it was sent twice
    const retryAfterMs = parseRetryAfter(
      Array.isArray(header) ? String(header[0]) : (header as string | undefined),
      Date.now(),
    );
    const read = this.#reader?.read(this.#status, this.#headers, this.#body(error));
    const answer = { kind: 'answered', status: this.#status } as const;
    return retryAfterMs === undefined && !read
      ? answer
      : { ...answer, ...(retryAfterMs !== undefined && { retryAfterMs }), ...read };
  }

  #body(error: Error | undefined): AnswerBody {
    if (error === undefined) return bodyIn(this.#chunks ?? [], this.#chunks && this.#headers['content-encoding']);
    if (error === BODY_TOO_LONG) return { why: TOO_LONG };
    return { why: `the body of the answer did not come whole${error === TIMED_OUT ? ' in time' : ''}` };
  }
}
