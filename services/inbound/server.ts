// The HTTP server in front of the doors: the one way from a request to an Answer and back, and nothing else.
// Every POST takes the same way whatever its path, so that a path without a door looks like a door without the key.
import { setTimeout as delay } from 'node:timers/promises';
import type { BodyKind } from '@ess/domain/request/media-type.ts';
import type { AddressRange } from '@ess/domain/values/network.ts';
import { connectionBudget } from '@ess/runtime/listener/descriptors.ts';
import { kindOfBody } from '@ess/runtime/listener/media-type.ts';
import type { CutReason } from '@ess/runtime/listener/socket-guard.ts';
import { SocketGuard } from '@ess/runtime/listener/socket-guard.ts';
import type { TraceContext } from '@ess/runtime/trace/context.ts';
import { readTrace } from '@ess/runtime/trace/context.ts';
import { recordServed } from '@ess/runtime/trace/served.ts';
import type { Tracer } from '@ess/runtime/trace/tracer.ts';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Door, DoorAnswer } from './door.ts';
import { knock, unavailable } from './door.ts';
import { openHttp, send } from './door-http.ts';
import type { Doors } from './doors.ts';
import type { Gate } from './gate.ts';
import type { Greeting } from './handshake.ts';
import { answerChallenge, greetOrigin } from './handshake.ts';
import { LIMITS } from './limits.ts';
import type { ProblemAnswer } from './problem.ts';
import { certificateSubject } from './trusted-proxy.ts';

/** What is told about a request when it is over. */
export interface ToldRequest extends Omit<DoorAnswer, 'outcome' | 'greeting'> {
  readonly outcome: string;
  readonly hook: string;
  readonly status: number;
  readonly tookMs: number;
  readonly bytes: number;
  readonly remote: string | undefined;
  readonly trace_id?: string;
  readonly span_id?: string;
}

export interface DocsPage {
  readonly type: string;
  readonly body: string;
}

export interface ServerParts {
  readonly doors: Doors;
  readonly wall: Gate;
  readonly proxies: readonly AddressRange[];
  /** Connections, and requests at work, of one address that has shown no credentials. */
  readonly anonymousPerAddress: number;
  /** A connection without progress is cut after this time, ms; default: as everywhere. */
  readonly stallMs?: number;
  readonly clientSubjectHeader: string;
  /** Public pages by path; empty: none. */
  readonly pages: () => ReadonlyMap<string, DocsPage>;
  readonly onAnswer: (told: ToldRequest) => void;
  readonly onFault: (error: unknown) => void;
  /** Absent: no spans are exported. */
  readonly tracer?: Tracer | undefined;
  /** A connection, or a request of too many, that was cut unanswered. */
  readonly onCut: (reason: CutReason, holder: string) => void;
}

interface Visit {
  readonly startedAt: number;
  readonly path: string;
  readonly door: Door | undefined;
  answer?: Omit<DoorAnswer, 'outcome'> & { readonly outcome: string };
  bytes: number;
  kind: BodyKind;
  /** The gate has opened. */
  admitted: boolean;
  /** The answer is out, or the client has gone. */
  isOver: boolean;
  /** Of the caller. */
  caller?: TraceContext | undefined;
  /** Of the request here; of the caller where no spans are exported. */
  trace?: TraceContext | undefined;
}

const SWEEP_MS = 50;
export class DoorServer {
  readonly server: FastifyInstance;
  readonly guard: SocketGuard;
  readonly #parts: ServerParts;
  readonly #visits = new WeakMap<FastifyRequest, Visit>();
  #pending = 0;
  #admitted = 0;
  #draining = false;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.guard = new SocketGuard({
      connections: connectionBudget(LIMITS.connections),
      anonymousPerAddress: parts.anonymousPerAddress,
      proxies: parts.proxies,
      ...(parts.stallMs !== undefined && { stallMs: parts.stallMs }),
      onCut: parts.onCut,
    });
    this.server = openHttp(this.guard, (status, remote) =>
      parts.onAnswer({ hook: 'none', outcome: 'malformed', status, tookMs: 0, bytes: 0, remote }),
    );
    this.server.addHook('onRequest', async (request, reply) => this.#arrived(request, reply));
    this.server.post('*', async (request, reply) => this.#rings(request, reply, this.#visitOf(request)));
    this.server.get('*', (request, reply) => this.#reads(request, reply, this.#visitOf(request)));
    this.server.options('*', (request, reply) => {
      const visit = this.#visitOf(request);
      visit.answer = { outcome: 'handshake' };
      const greeting = visit.door && greetOrigin(visit.door.hook.handshake, request.headers);
      return greeting ? reply.headers(greeting.headers).send() : notHere(reply, visit);
    });
    this.server.setNotFoundHandler((request, reply) => {
      const visit = this.#visits.get(request);
      if (visit) visit.answer = { outcome: 'not-found' };
      return send(reply, { status: 405, detail: 'POST is what doors take', headers: { allow: 'POST' } });
    });
    this.server.setErrorHandler((error: FastifyError, request, reply) => {
      const known = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
      if (!known) parts.onFault(error);
      const problem = known ? { status: error.statusCode as number, detail: error.message } : unavailable('try again');
      const visit = this.#visits.get(request);
      if (visit) visit.answer = { outcome: known ? (OUTCOMES[problem.status] ?? 'malformed') : 'failed' };
      return send(reply.header('connection', 'close'), problem);
    });
  }

  /** Requests taken in and not answered. */
  pending(): number {
    return this.#pending;
  }

  /** New requests are refused; resolves when those that were accepted are answered, or their time is over. */
  async drain(): Promise<void> {
    this.#draining = true;
    const closed = this.server.close();
    // A connection kept alive would be waited for until it times out; each goes as soon as its answer is out.
    const sweep = setInterval(() => this.server.server.closeIdleConnections(), SWEEP_MS);
    await Promise.race([closed, delay(LIMITS.drainMs, undefined, { ref: false })]);
    clearInterval(sweep);
    this.guard.close();
    this.server.server.closeAllConnections();
    await closed;
  }

  #visitOf(request: FastifyRequest): Visit {
    return this.#visits.get(request) as Visit;
  }

  #arrived(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    const path = pathOf(request);
    const { doors } = this.#parts;
    const startedAt = performance.now();
    const door = doors.at(path);
    const visit: Visit = { startedAt, path, door, bytes: 0, kind: 'json', admitted: false, isOver: false };
    this.#visits.set(request, visit);
    this.#pending += 1;
    reply.raw.once('close', () => this.#left(request, reply, visit));
    if (this.#draining) return refuse(reply, visit, unavailable('too busy now'), 'overloaded');
    if (request.method !== 'POST') return undefined;
    // Who asks like this has nothing to say yet, in whatever type.
    const greeting = challenged(request, visit);
    if (greeting) return welcome(reply.header('connection', 'close'), visit, greeting);
    const kind = kindOfBody(request.headers);
    if (typeof kind === 'object') return refuse(reply, visit, kind, 'unsupported');
    visit.kind = kind;
    return undefined;
  }

  #left(request: FastifyRequest, reply: FastifyReply, visit: Visit): void {
    const { admitted, door, answer, bytes, startedAt, trace } = visit;
    visit.isOver = true;
    // Publishing goes on without its client: the request is told when it is known what became of it.
    if (admitted && !answer) return;
    this.#pending -= 1;
    if (admitted) this.#admitted -= 1;
    const tookMs = Math.round((performance.now() - startedAt) * 10) / 10;
    const status = reply.raw.headersSent ? reply.statusCode : 499;
    const remote = request.raw.socket.remoteAddress;
    const hook = door?.hook.path ?? 'none';
    const told = answer ?? { outcome: status === 499 ? 'aborted' : 'malformed' };
    const place = trace && { trace_id: trace.traceId, span_id: trace.spanId };
    this.#parts.onAnswer({ ...told, hook, status, tookMs, bytes, remote, ...place });
    if (trace && admitted) this.#traced(visit, trace, told.outcome, status);
  }

  #traced({ door, caller, startedAt }: Visit, context: TraceContext, outcome: string, status: number): void {
    const { tracer } = this.#parts;
    if (!tracer || !door) return;
    const { path } = door.hook;
    const told = { name: `ring ${path}`, method: 'POST', route: path, partner: door.partner };
    recordServed(tracer, { ...told, context, parent: caller, status, startedAt, outcome });
  }

  async #rings(request: FastifyRequest, reply: FastifyReply, visit: Visit): Promise<FastifyReply> {
    const { wall, proxies, clientSubjectHeader, tracer } = this.#parts;
    visit.caller = readTrace(request.headers['traceparent'], request.headers['tracestate']);
    visit.trace = tracer ? tracer.begin(visit.caller) : visit.caller;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    visit.bytes = body.length;
    const subject = certificateSubject(request.raw, proxies, clientSubjectHeader);
    const { kind } = visit;
    const caller = {
      headers: request.headers,
      body,
      kind,
      trace: visit.trace,
      ...(subject !== undefined && { certificateSubject: subject }),
    };
    // Whoever has not shown who he is waits in nobody's way: only what the gate let in counts as work.
    const admit = () => {
      // Nobody would count a client out that left while the gate was asked, and it is told as aborted already.
      if (visit.isOver) return false;
      this.guard.known(request.raw);
      visit.admitted = true;
      this.#admitted += 1;
      return this.#admitted <= LIMITS.pending;
    };
    let answer: DoorAnswer;
    try {
      answer = await knock(visit.door, wall, caller, admit);
      visit.answer = answer;
    } catch (cause) {
      visit.answer = { outcome: 'failed' };
      throw cause;
    } finally {
      if (visit.admitted && visit.isOver) this.#left(request, reply, visit);
    }
    if (answer.greeting) return welcome(reply, visit, answer.greeting);
    if (answer.outcome === 'unauthorized') await atMultiple(visit.startedAt);
    return answer.problem ? send(reply, answer.problem) : reply.code(204).send();
  }

  #reads(request: FastifyRequest, reply: FastifyReply, visit: Visit): FastifyReply {
    const page = this.#parts.pages().get(visit.path);
    visit.answer = { outcome: 'page' };
    if (page) return reply.header('content-type', page.type).headers(PAGE_HEADERS).send(page.body);
    const greeting = challenged(request, visit);
    return greeting ? welcome(reply, visit, greeting) : notHere(reply, visit);
  }
}

const OUTCOMES: Readonly<Record<number, string>> = { 413: 'too-large', 415: 'unsupported' };
const PAGE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

/** As sent: a path is a name here, nothing is decoded. */
const pathOf = (request: FastifyRequest): string => (request.raw.url ?? '').split('?', 1)[0] as string;

/** Whatever was wrong, and however long it took to find out: the answer leaves at the same time after the request. */
async function atMultiple(startedAt: number): Promise<void> {
  const tookMs = performance.now() - startedAt;
  await new Promise((resolve) => setTimeout(resolve, LIMITS.refusalMs - (tookMs % LIMITS.refusalMs)));
}

function refuse(reply: FastifyReply, visit: Visit, problem: ProblemAnswer, outcome: string): FastifyReply {
  visit.answer = { outcome };
  // The body was not read and is not wanted.
  return send(reply.header('connection', 'close'), problem);
}

function challenged(request: FastifyRequest, { door }: Visit): Greeting | undefined {
  const [, query] = /\?(.*)$/.exec(request.url) ?? [];
  return door && query ? answerChallenge(door.hook.handshake, new URLSearchParams(query)) : undefined;
}

function welcome(reply: FastifyReply, visit: Visit, { headers, body }: Greeting): FastifyReply {
  visit.answer = { outcome: 'handshake' };
  return reply.headers(headers).send(body);
}

function notHere(reply: FastifyReply, visit: Visit): FastifyReply {
  visit.answer = { outcome: 'not-found' };
  return send(reply, { status: 404, detail: 'there is nothing to see here' });
}
