// Spans over OTLP/HTTP, in JSON. Alone imports what OpenTelemetry has for it, and is loaded only where spans are exported. The exporter
// tries again by itself for a while; OTEL_EXPORTER_OTLP_TIMEOUT, _COMPRESSION, _CERTIFICATE, _CLIENT_CERTIFICATE and _CLIENT_KEY are
// read by it.
import { randomUUID } from 'node:crypto';
import type { HrTime, SpanContext } from '@opentelemetry/api';
import { SpanKind as Kind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { TraceContext } from './context.ts';
import { ATTR, SCHEMA_URL } from './semconv.ts';
import type { SpanExporter, SpanFacts, SpanKind, TracerOptions, TraceSettings } from './tracer.ts';

const KINDS: Readonly<Record<SpanKind, Kind>> = {
  producer: Kind.PRODUCER,
  consumer: Kind.CONSUMER,
  client: Kind.CLIENT,
  server: Kind.SERVER,
};
const SCOPE = { name: 'ess', version: '0.1.0', schemaUrl: SCHEMA_URL };
const VALUE_MAX_CHARS = 1_024;

/** @param clean masks the secrets of this process */
export function openExporter(
  program: string,
  {
    endpoint: url,
    headers,
    resource: told,
    tryMs,
  }: Required<Pick<TraceSettings, 'endpoint' | 'headers' | 'resource'>> & Pick<TracerOptions, 'tryMs'>,
  clean: (text: string) => string,
): SpanExporter {
  const exporter = new OTLPTraceExporter({ url, headers, ...(tryMs && { timeoutMillis: tryMs }) });
  const resource = resourceFromAttributes(
    {
      [ATTR.SERVICE_NAME]: `ess-${program}`,
      [ATTR.SERVICE_NAMESPACE]: 'ess',
      [ATTR.SERVICE_VERSION]: SCOPE.version,
      [ATTR.SERVICE_INSTANCE_ID]: randomUUID(),
      ...Object.fromEntries(Object.entries(told).map(([name, value]) => [name, clean(value)])),
    },
    { schemaUrl: SCHEMA_URL },
  );
  return {
    send: (spans) =>
      new Promise((resolve, reject) => {
        const made = spans.map((span) => ({ ...readable(span, clean), resource }));
        exporter.export(made, ({ error, code }) => (code === 0 ? resolve() : reject(error ?? new Error('not taken'))));
      }),
    close: () => exporter.shutdown(),
  };
}

function readable(span: SpanFacts, clean: (text: string) => string): Omit<ReadableSpan, 'resource'> {
  const { name, kind, context, parent, links = [], startMs, endMs, failed } = span;
  return {
    name: clean(name),
    kind: KINDS[kind],
    spanContext: () => contextOf(context),
    ...(parent && { parentSpanContext: contextOf(parent) }),
    startTime: hrTime(startMs),
    endTime: hrTime(endMs),
    duration: hrTime(endMs - startMs),
    ended: true,
    status: { code: failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: attributesOf(span, clean),
    links: links.map((one) => ({ context: contextOf(one) })),
    events: [],
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function attributesOf({ attributes }: SpanFacts, clean: (text: string) => string): Record<string, string | number> {
  const made: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) made[name] = typeof value === 'string' ? clean(value).slice(0, VALUE_MAX_CHARS) : value;
  return made;
}

function contextOf({ traceId, spanId, sampled, state }: TraceContext): SpanContext {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  // It is handed on as it came: nobody reads a member of it here.
  const traceState = state !== undefined && { traceState: { serialize: () => state } as never };
  return { traceId, spanId, traceFlags, ...traceState };
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.floor((ms - seconds * 1_000) * 1_000_000)];
}
