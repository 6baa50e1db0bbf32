// The HTTP server in front of the doors: limits, the one way from a request to an Answer and back, and nothing else.
// Every POST takes the same way whatever its path, so that a path without a door looks like a door without the key.
import { setTimeout as delay } from 'node:timers/promises';
import type { BodyKind } from '@ess/domain/request/media-type.ts';
import type { AddressRange } from '@ess/domain/values/network.ts';
import { connectionBudget } from '@ess/runtime/listener/descriptors.ts';
import { kindOfBody } from '@ess/runtime/listener/media-type.ts';
import type { CutReason } from '@ess/runtime/listener/socket-guard.ts';
import { SocketGuard } from '@ess/runtime/listener/socket-guard.ts';
import { nodeHttp } from '@ess/runtime/node-http.ts';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Fastify from 'fastify';
import type { Door, DoorAnswer } from './door.ts';
import { knock, unavailable } from './door.ts';
import type { Doors } from './doors.ts';
import type { Gate } from './gate.ts';
import type { Greeting } from './handshake.ts';
import { answerChallenge, greetOrigin } from './handshake.ts';
import { LIMITS } from './limits.ts';
import type { ProblemAnswer } from './problem.ts';
import { PROBLEM_TYPE, problemText, rawProblem } from './problem.ts';
import { certificateSubject } from './trusted-proxy.ts';

/** What is told about a request when it is over. */
export interface ToldRequest extends Omit<DoorAnswer, 'outcome' | 'greeting'> {
  readonly outcome: string;
  readonly hook: string;
  readonly status: number;
  readonly tookMs: number;
  readonly bytes: number;
  readonly remote: string | undefined;
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
  /** A connection, or a request of too many, that was cut unanswered. */
  readonly onCut: (reason: CutReason, holder: string) => void;
}

export interface DoorServer {
  readonly server: FastifyInstance;
  readonly guard: SocketGuard;
  /** Requests taken in and not answered. */
  pending(): number;
  /** New requests are refused; resolves when those that were accepted are answered, or their time is over. */
  drain(): Promise<void>;
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
}

/** How often Node looks for connections that are over their time. */
const CHECK_MS = 1_000;
const SWEEP_MS = 50;
const HTTP_LIMITS = {
  maxHeaderSize: LIMITS.headerBytes,
  headersTimeout: LIMITS.headersMs,
  requestTimeout: LIMITS.requestMs,
  keepAliveTimeout: LIMITS.keepAliveMs,
  connectionsCheckingInterval: CHECK_MS,
};

export function createDoorServer(parts: ServerParts): DoorServer {
  let pending = 0;
  let admitted = 0;
  let draining = false;
  const visits = new WeakMap<FastifyRequest, Visit>();
  const guard = new SocketGuard({
    connections: connectionBudget(LIMITS.connections),
    anonymousPerAddress: parts.anonymousPerAddress,
    proxies: parts.proxies,
    ...(parts.stallMs !== undefined && { stallMs: parts.stallMs }),
    onCut: parts.onCut,
  });
  const server = Fastify({
    bodyLimit: LIMITS.bodyBytes,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    serverFactory(handle) {
      const http = nodeHttp.createServer(HTTP_LIMITS, (request, response) => {
        if (guard.admits(request, response)) handle(request, response);
      });
      guard.watch(http);
      return http;
    },
    frameworkErrors: (error, request, reply) => {
      const remote = request.raw.socket.remoteAddress;
      parts.onAnswer({ hook: 'none', outcome: 'malformed', status: 400, tookMs: 0, bytes: 0, remote });
      void send(reply, { status: 400, detail: error.message });
    },
    clientErrorHandler: (error, socket) => {
      const status = CLIENT_ERRORS[error.code ?? ''] ?? 400;
      parts.onAnswer({ hook: 'none', outcome: 'malformed', status, tookMs: 0, bytes: 0, remote: socket.remoteAddress });
      if (socket.writable) socket.write(rawProblem({ status, detail: 'the request is not valid HTTP' }));
      socket.destroy();
    },
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  server.addHook('onRequest', async (request, reply) => {
    const path = pathOf(request);
    const startedAt = performance.now();
    const visit: Visit = { startedAt, path, door: parts.doors.at(path), bytes: 0, kind: 'json', admitted: false };
    visits.set(request, visit);
    pending += 1;
    reply.raw.once('close', () => {
      pending -= 1;
      if (visit.admitted) admitted -= 1;
      const { door, answer, bytes, startedAt } = visit;
      const tookMs = Math.round((performance.now() - startedAt) * 10) / 10;
      const status = reply.raw.headersSent ? reply.statusCode : 499;
      const remote = request.raw.socket.remoteAddress;
      const hook = door?.hook.path ?? 'none';
      const told = answer ?? { outcome: status === 499 ? 'aborted' : 'malformed' };
      parts.onAnswer({ ...told, hook, status, tookMs, bytes, remote });
    });
    if (draining) return refuse(reply, visit, unavailable('too busy now'), 'overloaded');
    if (request.method !== 'POST') return undefined;
    // Who asks like this has nothing to say yet, in whatever type.
    const greeting = challenged(request, visit);
    if (greeting) return welcome(reply.header('connection', 'close'), visit, greeting);
    const kind = kindOfBody(request.headers);
    if (typeof kind === 'object') return refuse(reply, visit, kind, 'unsupported');
    visit.kind = kind;
    return undefined;
  });

  server.post('*', async (request, reply) => {
    const visit = visits.get(request) as Visit;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    visit.bytes = body.length;
    const subject = certificateSubject(request.raw, parts.proxies, parts.clientSubjectHeader);
    const { kind } = visit;
    const caller = {
      headers: request.headers,
      body,
      kind,
      ...(subject !== undefined && { certificateSubject: subject }),
    };
    // Whoever has not shown who he is waits in nobody's way: only what the gate let in counts as work.
    const admit = () => {
      guard.known(request.raw);
      visit.admitted = true;
      admitted += 1;
      return admitted <= LIMITS.pending;
    };
    const answer = await knock(visit.door, parts.wall, caller, admit);
    if (answer.greeting) return welcome(reply, visit, answer.greeting);
    visit.answer = answer;
    if (answer.outcome === 'unauthorized') await atMultiple(visit.startedAt);
    return answer.problem ? send(reply, answer.problem) : reply.code(204).send();
  });
  server.get('*', (request, reply) => {
    const visit = visits.get(request) as Visit;
    const page = parts.pages().get(visit.path);
    visit.answer = { outcome: 'page' };
    if (page) return reply.header('content-type', page.type).headers(PAGE_HEADERS).send(page.body);
    const greeting = challenged(request, visit);
    return greeting ? welcome(reply, visit, greeting) : notHere(reply, visit);
  });
  server.options('*', (request, reply) => {
    const visit = visits.get(request) as Visit;
    visit.answer = { outcome: 'handshake' };
    const greeting = visit.door && greetOrigin(visit.door.hook.handshake, request.headers);
    return greeting ? reply.headers(greeting.headers).send() : notHere(reply, visit);
  });
  server.setNotFoundHandler((request, reply) => {
    const visit = visits.get(request);
    if (visit) visit.answer = { outcome: 'not-found' };
    return send(reply, { status: 405, detail: 'POST is what doors take', headers: { allow: 'POST' } });
  });
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const visit = visits.get(request);
    const known = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
    if (!known) parts.onFault(error);
    const problem = known ? { status: error.statusCode as number, detail: error.message } : unavailable('try again');
    if (visit) visit.answer = { outcome: known ? (OUTCOMES[problem.status] ?? 'malformed') : 'failed' };
    return send(reply.header('connection', 'close'), problem);
  });

  return {
    server,
    guard,
    pending: () => pending,
    async drain() {
      draining = true;
      const closed = server.close();
      // A connection kept alive would be waited for until it times out; each goes as soon as its answer is out.
      const sweep = setInterval(() => server.server.closeIdleConnections(), SWEEP_MS);
      await Promise.race([closed, delay(LIMITS.drainMs, undefined, { ref: false })]);
      clearInterval(sweep);
      guard.close();
      server.server.closeAllConnections();
      await closed;
    },
  };
}

const OUTCOMES: Readonly<Record<number, string>> = { 413: 'too-large', 415: 'unsupported' };
const CLIENT_ERRORS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};
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

function send(reply: FastifyReply, problem: ProblemAnswer): FastifyReply {
  const challenge = problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  return reply
    .code(problem.status)
    .headers({ 'content-type': PROBLEM_TYPE, ...challenge, ...problem.headers })
    .send(problemText(problem));
}
