// The public paths of the bridge: who answers what, and what goes wrong told in one form.
import type { IncomingMessage } from 'node:http';
import type { SocketGuard } from '@ess/runtime/listener/socket-guard.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import type { BridgeMetrics } from '@ess/runtime/metrics/bridge-metrics.ts';
import { readTrace } from '@ess/runtime/trace/context.ts';
import { recordServed } from '@ess/runtime/trace/served.ts';
import type { Tracer } from '@ess/runtime/trace/tracer.ts';
import type { Hub } from '../live/hub.ts';
import type { Principals } from '../principals.ts';
import type { Receipts } from '../receipts/receipts.ts';
import { spanOf } from '../sse/span.ts';
import { checkpoint } from './checkpoint-route.ts';
import type { HttpAnswer } from './http-answer.ts';
import { answer, answerProblem, HttpProblem, PREFLIGHT } from './http-answer.ts';
import type { InterfacePage } from './interface-pages.ts';
import { previewReplay, replay } from './replay-route.ts';
import { bodySchema } from './schema-route.ts';
import type { StreamLimits } from './stream-route.ts';
import { jittered, stream } from './stream-route.ts';

export interface RoutesOptions {
  readonly hub: Hub;
  readonly principals: Principals;
  readonly receipts: Receipts;
  readonly log: Log;
  readonly metrics: BridgeMetrics;
  readonly limits: StreamLimits;
  readonly replaysPerPartner: number;
  readonly guard: Pick<SocketGuard, 'streams'>;
  /** What everybody may read. */
  readonly pages: ReadonlyMap<string, InterfacePage>;
  /** Absent: no spans are exported. */
  readonly tracer: Tracer | undefined;
}

const READS = ['GET', 'HEAD'];
/** A stream has no end that a span could be made of. */
const TRACED: ReadonlySet<string> = new Set(['/replay', '/replay/preview']);

interface Route {
  readonly methods: readonly string[];
  readonly serve: (request: IncomingMessage, response: HttpAnswer, url: URL) => Promise<void>;
}

export class Routes {
  readonly #options: RoutesOptions;
  readonly #routes: ReadonlyMap<string, Route>;
  #draining = false;

  constructor(options: RoutesOptions) {
    this.#options = options;
    const { hub, principals, receipts, limits, metrics } = options;
    const busy = () => (this.#draining ? 'drain' : undefined);
    const streams = {
      hub,
      principals,
      receipts,
      limits,
      busy,
      onBusy: (reason: string) => metrics.busy.inc({ reason }),
      onStream: (request: object) => options.guard.streams(request),
    };
    const replays = {
      hub,
      principals,
      receipts,
      busy,
      perPartner: options.replaysPerPartner,
      running: new Map<string, number>(),
    };
    const reads = (serve: Route['serve']): Route => ({ methods: READS, serve });
    const checkpoints = { hub, principals, receipts };
    this.#routes = new Map<string, Route>([
      ['/stream', reads((request, response, url) => stream(streams, request, response, url))],
      [
        '/stream/checkpoint',
        { methods: ['POST'], serve: (request, response, url) => checkpoint(checkpoints, request, response, url) },
      ],
      ['/replay', reads((request, response, url) => replay(replays, request, response, url))],
      ['/replay/preview', reads((request, response, url) => previewReplay(replays, request, response, url))],
      [
        '/schemas/body.json',
        reads((request, response, url) => bodySchema({ hub, principals }, request, response, url)),
      ],
    ]);
  }

  handle(request: IncomingMessage, response: HttpAnswer): void {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const url = URL.parse(request.url ?? '/', 'http://bridge');
    const path = url?.pathname ?? '';
    if (this.#options.tracer && TRACED.has(path)) traceRequest(this.#options.tracer, request, response, path);
    this.#answer(request, response, url, path).catch((error: unknown) => this.#failed(response, path, error));
  }

  /** Sends every client to another process; new ones are sent away at once. */
  drain(): void {
    this.#draining = true;
    const { hub, limits } = this.#options;
    hub.endAll(() => spanOf(`retry: ${jittered(limits.busyRetryMs)}\nevent: ess.busy\ndata: {"reason":"drain"}\n\n`));
  }

  async #answer(request: IncomingMessage, response: HttpAnswer, url: URL | null, path: string): Promise<void> {
    const route = this.#routes.get(path);
    const page = route ? undefined : this.#options.pages.get(path);
    if (!url || (!route && !page))
      throw new HttpProblem(404, 'Not found', 'there are /stream and /replay: /openapi.json says more');
    if (request.method === 'OPTIONS') return answer(response, 204, PREFLIGHT);
    const { methods } = route ?? { methods: READS };
    if (!methods.includes(request.method ?? ''))
      throw new HttpProblem(405, 'Wrong method', `use ${methods[0]}`, { allow: [...methods, 'OPTIONS'].join(', ') });
    if (page) answer(response, 200, { 'content-type': page.type }, page.body);
    else await route?.serve(request, response, url);
  }

  #failed(response: HttpAnswer, path: string, error: unknown): void {
    const { log, metrics } = this.#options;
    const problem =
      error instanceof HttpProblem ? error : new HttpProblem(500, 'Failed', 'the bridge failed; its log says more');
    metrics.refused.inc({ path: this.#routes.has(path) ? path : 'other', status: String(problem.status) });
    if (!(error instanceof HttpProblem))
      log.error({ path, error: String(error), stack: (error as Error).stack }, 'bridge.fault');
    // After the head nothing can be told any more but by the end of the connection.
    if (response.headersSent) response.destroy();
    else answerProblem(response, problem);
  }
}

function traceRequest(tracer: Tracer, request: IncomingMessage, response: HttpAnswer, route: string): void {
  const { method = 'GET', headers } = request;
  const parent = readTrace(headers['traceparent'], headers['tracestate']);
  const context = tracer.begin(parent);
  const startedAt = performance.now();
  response.once('close', () => {
    const { statusCode: status } = response;
    // Who is not known costs nothing.
    if (status === 401 || status === 403) return;
    recordServed(tracer, {
      name: `${method} ${route}`,
      context,
      parent,
      method,
      route,
      status,
      startedAt,
      partner: undefined,
    });
  });
}
