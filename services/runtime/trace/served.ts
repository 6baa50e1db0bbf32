// The span of a request that we answer: a door that was rung, a replay. Only of callers who have shown who they are: spans cost, and
// whoever asks decides by a header whether there are some.
import type { TraceContext } from './context.ts';
import { ATTR, ESS } from './semconv.ts';
import type { Tracer } from './tracer.ts';
import { wallMs } from './tracer.ts';

export interface Served {
  readonly name: string;
  readonly context: TraceContext;
  /** Of the caller, if it came with one. */
  readonly parent: TraceContext | undefined;
  readonly method: string;
  /** As it is declared; nothing of its query. */
  readonly route: string;
  readonly status: number;
  /** Monotonic, ms. */
  readonly startedAt: number;
  readonly partner: string | undefined;
  readonly outcome?: string;
}

export function recordServed(tracer: Tracer, served: Served): void {
  const { name, context, parent, method, route, status, startedAt, partner, outcome } = served;
  if (!context.sampled) return;
  // A refusal is the caller's failure, not the server's.
  const failed = status >= 500;
  tracer.record({
    name,
    kind: 'server',
    context,
    parent,
    startMs: wallMs(startedAt),
    endMs: wallMs(performance.now()),
    failed,
    attributes: {
      [ATTR.HTTP_REQUEST_METHOD]: method,
      [ATTR.HTTP_ROUTE]: route,
      [ATTR.URL_PATH]: route,
      [ATTR.URL_SCHEME]: 'http',
      [ATTR.HTTP_RESPONSE_STATUS_CODE]: status,
      [ATTR.ERROR_TYPE]: failed ? String(status) : undefined,
      [ESS.PARTNER]: partner,
      [ESS.OUTCOME]: outcome,
    },
  });
}
