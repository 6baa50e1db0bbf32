// The spans of records on their way to a partner, made only where spans are exported, and only of records that their publisher has
// sampled: `process rules` from intake until Kafka has the row, and under it one for each request.
import type { Deliver } from '@ess/domain/connector/connector.ts';
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import type { TraceContext } from '@ess/runtime/trace/context.ts';
import { newSpanId, newTraceId, readTrace } from '@ess/runtime/trace/context.ts';
import { ATTR, ESS } from '@ess/runtime/trace/semconv.ts';
import type { Tracer } from '@ess/runtime/trace/tracer.ts';
import { wallMs } from '@ess/runtime/trace/tracer.ts';
import type { Item } from './item.ts';

/** Of one record. */
export interface ItemTrace {
  /** Of its `process` span: what its requests are children of. */
  readonly context: TraceContext;
  /** Where its publisher is. */
  readonly publisher: TraceContext;
  /** Its trace is one of its own; the publisher's is only linked. */
  readonly restarted: boolean;
  readonly startMs: number;
}

/** What a request was. */
export interface RequestSpan {
  /** In the `traceparent` that it was sent with. */
  readonly context: TraceContext;
  /** Of its records, first the one that it is a child of. */
  readonly traces: readonly ItemTrace[];
  readonly startMs: number;
  readonly method: string;
  /** Without the values of its query. */
  readonly path: string;
  readonly records: number;
  readonly attempt: number;
  readonly item: Item;
}

/** Whose records they are. */
export interface TracedPartner {
  readonly name: string;
  readonly connector: { readonly deliver: Pick<Deliver, 'trace' | 'url'> };
}

/** The trace that the record's publisher has written into its headers. */
export function publisherOf({ record }: Item): TraceContext | undefined {
  const { headers } = record;
  const parent = headers['traceparent'];
  return parent === undefined ? undefined : readTrace(parent, headers['tracestate']);
}

export class ItemTraces {
  readonly #partner: TracedPartner;
  readonly #tracer: Tracer;
  /** Those whose span is open. */
  readonly #open = new Set<Item>();

  constructor(partner: TracedPartner, tracer: Tracer) {
    this.#partner = partner;
    this.#tracer = tracer;
  }

  /** Its turn has come, or it was taken in. */
  begin(item: Item): void {
    if (item.trace !== undefined) return;
    const publisher = publisherOf(item);
    item.trace = null;
    if (!publisher?.sampled || !this.#tracer.followsParents) return;
    const restarted = this.#partner.connector.deliver.trace === 'restart';
    const { state, traceId } = publisher;
    const own = { spanId: newSpanId(), sampled: true };
    const context = restarted
      ? { ...own, traceId: newTraceId() }
      : { ...own, traceId, ...(state !== undefined && { state }) };
    item.trace = { context, publisher, restarted, startMs: wallMs(performance.now()) };
    this.#open.add(item);
  }

  /** Kafka has its row, or it is another owner's. @param outcome for people */
  end(item: Item, outcome: 'delivered' | 'deadLettered' | 'passed' | 'left'): void {
    if (!item.trace || !this.#open.delete(item)) return;
    const { context, publisher, restarted, startMs } = item.trace;
    this.#tracer.record({
      name: `process ${item.topic}`,
      kind: 'consumer',
      context,
      ...(restarted ? { links: [publisher] } : { parent: publisher }),
      startMs,
      endMs: wallMs(performance.now()),
      failed: outcome === 'deadLettered',
      attributes: {
        [ATTR.MESSAGING_SYSTEM]: 'kafka',
        [ATTR.MESSAGING_OPERATION_NAME]: 'process',
        [ATTR.MESSAGING_OPERATION_TYPE]: 'process',
        [ATTR.MESSAGING_DESTINATION_NAME]: item.topic,
        [ATTR.MESSAGING_DESTINATION_PARTITION_ID]: String(item.partition),
        [ATTR.MESSAGING_KAFKA_OFFSET]: item.offset,
        [ATTR.MESSAGING_CONSUMER_GROUP_NAME]: `ess.${this.#partner.name}`,
        [ESS.OUTCOME]: outcome,
        ...this.#named(item),
      },
    });
  }

  /** The assignment is over: another owner makes spans of its own. */
  endAll(): void {
    for (const item of [...this.#open]) this.end(item, 'left');
  }

  /** One request has ended. */
  requested({ context, traces, startMs, method, path, records, attempt, item }: RequestSpan, answer: Answer): void {
    const [parent, ...others] = traces;
    if (!parent) return;
    const url = URL.parse(this.#partner.connector.deliver.url);
    const status = answer.kind === 'answered' ? answer.status : undefined;
    const error = errorOf(answer);
    this.#tracer.record({
      name: method,
      kind: 'client',
      context,
      parent: parent.context,
      links: others.map((one) => one.context),
      startMs,
      endMs: wallMs(performance.now()),
      failed: error !== undefined,
      attributes: {
        [ATTR.HTTP_REQUEST_METHOD]: method,
        [ATTR.SERVER_ADDRESS]: url?.hostname,
        [ATTR.SERVER_PORT]: url === null ? undefined : Number(url.port || (url.protocol === 'http:' ? 80 : 443)),
        [ATTR.URL_FULL]: url === null ? undefined : `${url.protocol}//${url.host}${path.split('?', 1)[0]}`,
        [ATTR.HTTP_RESPONSE_STATUS_CODE]: status,
        [ATTR.ERROR_TYPE]: error,
        [ATTR.HTTP_REQUEST_RESEND_COUNT]: attempt > 1 ? attempt - 1 : undefined,
        [ATTR.MESSAGING_BATCH_MESSAGE_COUNT]: records > 1 ? records : undefined,
        [ESS.ATTEMPT]: attempt,
        ...this.#named(item),
      },
    });
  }

  #named(item: Item): Record<string, string | undefined> {
    return {
      [ESS.PARTNER]: this.#partner.name,
      [ESS.RULE_ID]: item.ruleId ?? undefined,
      [ESS.RULE_VERSION]: item.version === null ? undefined : String(item.version),
      [ESS.EVENT_ID]: item.eventId ?? undefined,
      [ESS.DELIVERY_ID]: item.deliveryId,
      [ESS.REPLAY_ID]: item.replayId ?? undefined,
    };
  }
}

/** Few values, as `error.type` has to have: a status or a code, never the words beside it. */
function errorOf(answer: Answer): string | undefined {
  switch (answer.kind) {
    case 'answered':
      return answer.status >= 400 ? String(answer.status) : undefined;
    case 'unreachable':
      return answer.code.split(/\W/, 1)[0];
    default:
      return answer.kind;
  }
}
