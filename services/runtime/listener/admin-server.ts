// The admin listener of a program: /metrics, /livez and /readyz, on 127.0.0.1 unless set otherwise. These ask for no credentials,
// so it answers only those who call it by a name that nobody else can give it, and only what changes nothing. Its other pages may ask for some.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import type { Registry } from 'prom-client';
import { nodeHttp } from '../node-http.ts';
import { pathOf, strangeHost } from './admin-hosts.ts';
import { connectionBudget, descriptorLimit } from './descriptors.ts';
import { listenNear } from './ports.ts';
import type { CutReason } from './socket-guard.ts';
import { SocketGuard } from './socket-guard.ts';

export interface ProgramHealth {
  /** False: the process cannot do its work any more and should be restarted. */
  readonly live: () => boolean;
  /** What is not ready yet; empty when all is. */
  readonly notReady: () => readonly string[] | Promise<readonly string[]>;
  /** Called before /metrics is rendered: gauges that are read rather than pushed. */
  readonly refresh?: () => void;
  /** What else there is to read here, by path. */
  readonly pages?: ReadonlyMap<string, AdminPage>;
}

/** The same for everybody, or made for each who asks. */
export type AdminPage =
  | { readonly type: string; readonly body: string }
  | ((request: IncomingMessage) => Promise<AdminAnswer>);

export interface AdminAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

export interface AdminServer extends AsyncDisposable {
  readonly url: string;
}

export interface AdminOptions {
  /** Names beside localhost and addresses by which it may be called; default: this machine's. */
  readonly hosts?: readonly string[];
  /** A connection without progress is cut after this time, ms. */
  readonly stallMs?: number;
  readonly onCut?: (reason: CutReason, holder: string) => void;
}

const HEADER_BYTES = 16_384;
const REQUEST_MS = 10_000;
/** How often Node looks for requests that are over their time. */
const CHECK_MS = 1_000;
/** A scraper, a prober and a person at a time need a handful. */
const CONNECTIONS = 128;
const CONNECTIONS_PER_ADDRESS = 64;
/** Where descriptors are few, the public listener needs them more. */
const SHARE_OF_DESCRIPTORS = 1 / 16;

/** @param port 0 = any free one; a busy port = the next free one */
export async function startAdminServer(
  registry: Registry,
  health: ProgramHealth,
  port: number,
  host = '127.0.0.1',
  { hosts = [hostname()], stallMs, onCut = () => undefined }: AdminOptions = {},
): Promise<AdminServer> {
  const guard = new SocketGuard({
    connections: connectionBudget(Math.min(CONNECTIONS, Math.ceil(descriptorLimit() * SHARE_OF_DESCRIPTORS))),
    anonymousPerAddress: CONNECTIONS_PER_ADDRESS,
    ...(stallMs !== undefined && { stallMs }),
    onCut,
  });
  const times = { headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS, connectionsCheckingInterval: CHECK_MS };
  const server = nodeHttp.createServer({ maxHeaderSize: HEADER_BYTES, ...times }, (request, response) => {
    if (guard.admits(request, response)) answerTo(request, response, { registry, health, hosts });
  });
  guard.watch(server);
  const bound = await listenNear(server, { port, host });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    async [Symbol.asyncDispose]() {
      guard.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Served {
  readonly registry: Registry;
  readonly health: ProgramHealth;
  readonly hosts: readonly string[];
}

function answerTo(request: IncomingMessage, response: ServerResponse, { registry, health, hosts }: Served): void {
  const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(body);
  const strange = strangeHost(request, hosts);
  if (strange !== undefined) return void answer(421, `${strange}\n`);
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return void answer(405, 'use GET or HEAD\n', { allow: 'GET, HEAD' });
  const path = pathOf(request);
  if (path === '/livez') answer(health.live() ? 200 : 503, health.live() ? 'ok\n' : 'not live\n');
  else if (path === '/readyz') {
    const asked = async () => health.notReady();
    asked().then(
      (waits) =>
        answer(waits.length === 0 ? 200 : 503, waits.length === 0 ? 'ok\n' : `waiting for: ${waits.join(', ')}\n`),
      (error: unknown) => answer(500, `${error}\n`),
    );
  } else if (path === '/metrics') {
    // A gauge that cannot be read must not end the process.
    const render = async () => {
      health.refresh?.();
      return registry.metrics();
    };
    render().then(
      (text) => answer(200, text, { 'content-type': registry.contentType }),
      (error: unknown) => answer(500, `${error}\n`),
    );
  } else {
    const page = health.pages?.get(path ?? '');
    if (typeof page === 'function')
      page(request).then(
        ({ status, body, type, headers }) => answer(status, body, { 'content-type': type, ...headers }),
        (error: unknown) => answer(500, `${error}\n`),
      );
    else if (page) answer(200, page.body, { 'content-type': page.type });
    else answer(404, `there are ${[...(health.pages?.keys() ?? []), '/metrics', '/livez'].join(', ')} and /readyz\n`);
  }
}
