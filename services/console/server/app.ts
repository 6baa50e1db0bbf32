// The console's HTTP server: who may call it, the page, and what the page asks for. Everything is read from the view.
import { existsSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { ID_MAX_BYTES } from '@ess/domain/text/foreign-id.ts';
import { pathOf, strangeHost } from '@ess/runtime/listener/admin-hosts.ts';
import type { SocketGuard } from '@ess/runtime/listener/socket-guard.ts';
import { nodeHttp } from '@ess/runtime/node-http.ts';
import helmet from '@fastify/helmet';
import files from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Fastify from 'fastify';
import { strangeChange, strangeOrigin, wasForwarded } from '../rights/origin.ts';
import type { Refusal } from '../rights/refused.ts';
import type { SignedIn } from '../rights/subject.ts';
import { describeRoutes } from './interface/openapi.ts';
import { takeBodiesAsTheyAre } from './interface/strict-bodies.ts';

export interface AppOptions {
  /** The folder of the built page. */
  readonly page: string;
  /** Names by which the console may be called, besides addresses and localhost. */
  readonly hosts: readonly string[];
  /** Who asks under /api/v1. @throws when nobody may know */
  readonly subjectOf: (request: FastifyRequest) => SignedIn;
  /** Where browsers reach it, e.g. behind a proxy; absent: where it listens. */
  readonly publicUrl?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** How people sign in; absent: nobody has to. */
  readonly entry?: Entry;
  readonly onFault: (error: unknown) => void;
  /** Told of what kept a question without its answer, and is no fault of ours. */
  readonly onAway?: (error: unknown) => void;
}

export interface Entry {
  /** Its sessions, before any question is looked at. */
  readonly begin: (app: FastifyInstance) => Promise<void>;
  readonly addRoutes: (app: FastifyInstance) => void;
  readonly isSignedIn: (request: FastifyRequest) => boolean;
  /** Strangers can shut nobody out. */
  readonly guard: SocketGuard;
}

/** The page brings all that it needs: nothing is loaded from elsewhere, and nothing is inline. */
const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  formAction: ["'none'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
  upgradeInsecureRequests: null, // it is called by http on loopback
};

/** Silence is no fault of it. */
const FEED = '/feed';
const TIMEOUTS = { requestTimeout: 10_000, headersTimeout: 10_000 };
/** Whoever has not signed in is led to where they can. */
const PAGE_PATHS = new Set(['/', '/index.html']);

const FORWARDED =
  'a proxy has brought this, and nobody signs in at this console: set ESS_CONSOLE_TOKENS or ESS_CONSOLE_OIDC_ISSUER, with ESS_CONSOLE_RIGHTS';
const NOT_BUILT = 'The page is not built. Run "npm run setup" in the project, then start the console again.\n';

/** @param addRoutes what is under /api/v1 */
export async function createApp(
  { page, hosts, publicUrl, tls, entry, subjectOf, onFault, onAway }: AppOptions,
  addRoutes: (api: FastifyInstance) => void,
): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: 65_536,
    routerOptions: { maxParamLength: ID_MAX_BYTES },
    serverFactory(handle) {
      const guard = entry?.guard;
      const admitted: typeof handle = guard
        ? (request, response) => guard.admits(request, response) && handle(request, response)
        : handle;
      const server = tls ? createServer({ ...tls, ...TIMEOUTS }, admitted) : nodeHttp.createServer(TIMEOUTS, admitted);
      guard?.watch(server);
      return server;
    },
  });
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
  await entry?.begin(app);
  const own = publicUrl === undefined ? undefined : new URL(publicUrl);
  const names = own ? [...hosts, own.hostname] : hosts;
  app.addHook('onRequest', async (request, reply) => {
    const strange = strangeHost(request.raw, names) ?? strangeOrigin(request.raw, own?.origin, true);
    if (strange !== undefined) return reply.code(403).send({ error: strange });
    if (!entry && wasForwarded(request.raw)) return reply.code(403).send({ error: FORWARDED });
    if (entry && PAGE_PATHS.has(pathOf(request.raw) ?? '') && !entry.isSignedIn(request))
      return reply.redirect('/sign-in', 303);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    return undefined;
  });
  app.setErrorHandler((error: Partial<Refusal> & Error, _request, reply) => {
    const status = error.statusCode ?? 500;
    const isFault = error.statusCode === undefined || status === 500;
    if (isFault) onFault(error);
    else if (error.cause !== undefined) onAway?.(error.cause);
    if (error.afterS !== undefined) reply.header('retry-after', error.afterS);
    return reply.code(status).send({ error: isFault ? 'the console failed: its log says why' : error.message });
  });
  if (entry) await app.register(async (child) => entry.addRoutes(child));
  takeBodiesAsTheyAre(app);
  app.decorateRequest('subject');
  const addApi = async (api: FastifyInstance) => {
    api.addHook('onRequest', async (request, reply) => {
      const strange = strangeOrigin(request.raw, own?.origin, false);
      const [status, why] = strange === undefined ? (strangeChange(request.raw) ?? []) : [403, strange];
      if (status !== undefined) return reply.code(status).send({ error: why });
      request.subject = subjectOf(request);
      if (request.routeOptions.url?.endsWith(FEED)) entry?.guard.streams(request.raw);
      else entry?.guard.known(request.raw);
      return undefined;
    });
    describeRoutes(api);
    addRoutes(api);
  };
  await app.register(addApi, { prefix: '/api/v1' });
  if (existsSync(join(page, 'index.html'))) await app.register(files, { root: page, index: 'index.html' });
  else app.get('/', (_request, reply) => reply.code(503).type('text/plain').send(NOT_BUILT));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'nothing is here' }));
  return app;
}
