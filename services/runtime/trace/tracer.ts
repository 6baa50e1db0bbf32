// Spans of this process on their way to a collector. They are made by hand, and only of what somebody has sampled. A collector that is
// slow or away costs spans, and they are counted; it never costs a delivery anything: the queue is bounded and nobody waits for it.
//   openTracer (nothing is loaded unless a collector is named) -> span -> queue -> batches of otlp.ts

import type { TraceContext } from './context.ts';
import { newSpanId, newTraceId } from './context.ts';
import { isRootSampled } from './sampler.ts';

export type SpanKind = 'producer' | 'consumer' | 'client' | 'server';

export interface SpanFacts {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: TraceContext;
  readonly parent?: TraceContext | undefined;
  readonly links?: readonly TraceContext[];
  /** ms since 1970, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  /** Holds no header and no body; secrets are masked on the way out. */
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly failed: boolean;
}

/** How what takes spans is told to send them: resolves when the collector has them. @throws when it has not */
export interface SpanExporter {
  send(spans: readonly SpanFacts[]): Promise<void>;
  close(): Promise<void>;
}

/** As the settings have it. */
export interface TraceSettings {
  /** With its path. Absent: nothing is exported, and no code for it is loaded. */
  readonly endpoint?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What spans say of the service, beside and before what we say of it. */
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: string;
  /** From 0 to 1. */
  readonly ratio: number;
  /** As whoever started the process has it; not checked. */
  readonly parent?: { readonly traceparent: string; readonly tracestate: string | undefined };
}

export interface TracerOptions {
  /** These many spans did not reach the collector. */
  readonly onDropped: (spans: number, why: string) => void;
  /** How long a batch is tried; default: OTEL_EXPORTER_OTLP_TIMEOUT, 10 s. A command must not be kept from its end. */
  readonly tryMs?: number;
}

const QUEUE_MAX_SPANS = 4_096;
const BATCH_MAX_SPANS = 512;
/** How long a span waits for others. */
const GATHER_MS = 1_000;
/** At a stop; what has not gone out by then is dropped. */
const FLUSH_MS = 3_000;

export class Tracer {
  readonly #exporter: SpanExporter;
  readonly #settings: Pick<TraceSettings, 'sampler' | 'ratio'>;
  readonly #dropped: TracerOptions['onDropped'];
  readonly #queue: SpanFacts[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** A batch on its way. */
  #sending: Promise<void> | undefined;
  /** Spans in it. */
  #underWay = 0;
  #isClosed = false;

  constructor(
    exporter: SpanExporter,
    settings: Pick<TraceSettings, 'sampler' | 'ratio'>,
    { onDropped }: TracerOptions,
  ) {
    this.#exporter = exporter;
    this.#settings = settings;
    this.#dropped = onDropped;
  }

  /** Whether what comes sampled is recorded here too. */
  get followsParents(): boolean {
    return this.#settings.sampler !== 'always_off';
  }

  /**
   * Where something of ours begins that came with this trace, or with none: then a trace begins, by OTEL_TRACES_SAMPLER.
   * @returns sampled: a span is to be recorded of it
   */
  begin(parent: TraceContext | undefined): TraceContext {
    if (parent) return { ...parent, spanId: newSpanId(), sampled: parent.sampled && this.followsParents };
    const traceId = newTraceId();
    return { traceId, spanId: newSpanId(), sampled: isRootSampled(this.#settings, traceId) };
  }

  /** Takes a span that is over; never waits and never throws. */
  record(span: SpanFacts): void {
    if (this.#queue.length >= QUEUE_MAX_SPANS) return this.#dropped(1, 'the queue is full');
    this.#queue.push(span);
    if (this.#queue.length >= BATCH_MAX_SPANS) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), GATHER_MS).unref();
  }

  /** Sends what is there, for a bounded time. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, FLUSH_MS);
    await Promise.race([this.#sendAll().then(() => this.#exporter.close()), late.promise]);
    clearTimeout(timer);
    this.#isClosed = true;
    const left = this.#queue.splice(0).length + this.#underWay;
    if (left > 0) this.#dropped(left, 'the collector did not take them in time');
  }

  async #sendAll(): Promise<void> {
    while (this.#sending || this.#queue.length > 0) await (this.#sending ?? this.#send());
  }

  /** One batch at a time: a collector that is slow gets no more than it takes. */
  #send(): Promise<void> | undefined {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#sending || this.#queue.length === 0) return undefined;
    const batch = this.#queue.splice(0, BATCH_MAX_SPANS);
    this.#underWay = batch.length;
    this.#sending = this.#exporter
      .send(batch)
      .catch((error: unknown) => {
        if (!this.#isClosed) this.#dropped(batch.length, error instanceof Error ? error.message : String(error));
      })
      .finally(() => {
        this.#sending = undefined;
        this.#underWay = 0;
        if (this.#queue.length >= BATCH_MAX_SPANS) void this.#send();
        else if (this.#queue.length > 0) this.#timer ??= setTimeout(() => this.#send(), GATHER_MS).unref();
      });
    return this.#sending;
  }
}

/** Of performance.now(), as spans have their times. */
export const wallMs = (monotonicMs: number): number => performance.timeOrigin + monotonicMs;

/**
 * @param clean masks the secrets of this process
 * @returns undefined when nothing is to be exported
 */
export async function openTracer(
  program: string,
  settings: TraceSettings,
  clean: (text: string) => string,
  options: TracerOptions,
): Promise<Tracer | undefined> {
  const { endpoint } = settings;
  if (endpoint === undefined) return undefined;
  const { openExporter } = await import('./otlp.ts');
  const { tryMs } = options;
  return new Tracer(
    openExporter(program, { ...settings, endpoint, ...(tryMs && { tryMs }) }, clean),
    settings,
    options,
  );
}
