// HTTP as the doors speak it: limits, bodies as they come, what is no HTTP at all, and how a problem is answered.
import type { SocketGuard } from '@ess/runtime/listener/socket-guard.ts';
import { nodeHttp } from '@ess/runtime/node-http.ts';
import type { FastifyInstance, FastifyReply } from 'fastify';
import Fastify from 'fastify';
import { LIMITS } from './limits.ts';
import type { ProblemAnswer } from './problem.ts';
import { PROBLEM_TYPE, problemText, rawProblem } from './problem.ts';

/** How often Node looks for connections that are over their time. */
const CHECK_MS = 1_000;
const HTTP_LIMITS = {
  maxHeaderSize: LIMITS.headerBytes,
  headersTimeout: LIMITS.headersMs,
  requestTimeout: LIMITS.requestMs,
  keepAliveTimeout: LIMITS.keepAliveMs,
  connectionsCheckingInterval: CHECK_MS,
};

const CLIENT_ERRORS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

/** @param malformed told of what was answered without a visit */
export function openHttp(
  guard: SocketGuard,
  malformed: (status: number, remote: string | undefined) => void,
): FastifyInstance {
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
      malformed(400, request.raw.socket.remoteAddress);
      void send(reply, { status: 400, detail: error.message });
    },
    clientErrorHandler: (error, socket) => {
      const status = CLIENT_ERRORS[error.code ?? ''] ?? 400;
      malformed(status, socket.remoteAddress);
      if (socket.writable) socket.write(rawProblem({ status, detail: 'the request is not valid HTTP' }));
      socket.destroy();
    },
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  return server;
}

export function send(reply: FastifyReply, problem: ProblemAnswer): FastifyReply {
  const challenge = problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  return reply
    .code(problem.status)
    .headers({ 'content-type': PROBLEM_TYPE, ...challenge, ...problem.headers })
    .send(problemText(problem));
}
