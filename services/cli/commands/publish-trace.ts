// The trace that `ess publish` begins for each rule, or goes on with when TRACEPARENT is set, as OpenTelemetry has it between
// processes. Its headers go with the rule whether spans are exported or not: deliveries of one publish have one trace id in logs and audit.
import type { Settings } from '@ess/runtime/settings/settings.ts';
import { settingsLog } from '@ess/runtime/settings/settings-log.ts';
import type { TraceContext } from '@ess/runtime/trace/context.ts';
import { newSpanId, newTraceId, readTrace, traceHeaders } from '@ess/runtime/trace/context.ts';
import { ATTR, ESS } from '@ess/runtime/trace/semconv.ts';
import { openTracer, wallMs } from '@ess/runtime/trace/tracer.ts';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import type { Written } from '@ess/stream/write/outbox.ts';
import { tell } from '../terminal/print.ts';

/** Who waits for the end of the command waits for no collector. */
const TRY_MS = 2_000;

interface Publisher {
  publish(rules: readonly RulePublished[], headersOf: (index: number) => Record<string, string>): Promise<Written[]>;
}

export class PublishTrace {
  readonly #tracer: Awaited<ReturnType<typeof openTracer>>;
  readonly #parent: TraceContext | undefined;

  private constructor(tracer: Awaited<ReturnType<typeof openTracer>>, parent: TraceContext | undefined) {
    this.#tracer = tracer;
    this.#parent = parent;
  }

  static async open(settings: Settings): Promise<PublishTrace> {
    const { parent: given } = settings.tracing;
    const parent = readTrace(given?.traceparent, given?.tracestate);
    if (given && !parent)
      tell(
        'TRACEPARENT is no traceparent of W3C (00-<32 hex digits>-<16 hex digits>-<2>): each rule begins a trace of its own',
      );
    const { redactor } = settingsLog('publish', settings);
    const tracer = await openTracer('publish', settings.tracing, (text) => redactor.clean(text), {
      tryMs: TRY_MS,
      onDropped: (spans, why) => tell(redactor.clean(`${spans} spans did not reach the collector: ${why}`)),
    });
    return new PublishTrace(tracer, parent);
  }

  /** Resolves when Kafka has all of them. */
  async publish(publisher: Publisher, rules: readonly RulePublished[]): Promise<Written[]> {
    const contexts = rules.map(() => this.#begin());
    const startMs = wallMs(performance.now());
    const written = await publisher.publish(rules, (index) => traceHeaders(contexts[index] as TraceContext));
    for (const [index, place] of written.entries())
      this.#published(contexts[index] as TraceContext, rules[index] as RulePublished, place, startMs);
    return written;
  }

  /** Spans go out, for a bounded time. */
  async close(): Promise<void> {
    await this.#tracer?.close();
  }

  /** Nothing is marked as recorded that is not. */
  #begin(): TraceContext {
    if (this.#tracer) return this.#tracer.begin(this.#parent);
    return this.#parent ?? { traceId: newTraceId(), spanId: newSpanId(), sampled: false };
  }

  #published(context: TraceContext, rule: RulePublished, place: Written, startMs: number): void {
    if (!context.sampled) return;
    this.#tracer?.record({
      name: `publish ${place.topic}`,
      kind: 'producer',
      context,
      parent: this.#parent,
      startMs,
      endMs: wallMs(performance.now()),
      failed: false,
      attributes: {
        [ATTR.MESSAGING_SYSTEM]: 'kafka',
        [ATTR.MESSAGING_OPERATION_NAME]: 'publish',
        [ATTR.MESSAGING_OPERATION_TYPE]: 'send',
        [ATTR.MESSAGING_DESTINATION_NAME]: place.topic,
        [ATTR.MESSAGING_DESTINATION_PARTITION_ID]: String(place.partition),
        [ATTR.MESSAGING_KAFKA_OFFSET]: place.offset < 0 ? undefined : place.offset,
        [ESS.RULE_ID]: rule.ruleId,
        [ESS.RULE_VERSION]: String(rule.version),
        [ESS.EVENT_ID]: rule.eventId,
      },
    });
  }
}
