// From a mapped record to a request and back: one per record. Where the connector asks for batches it is one for up to
// `maxRecords` of them. A batch is all or nothing, unless its answer speaks of each record (`batch.answer`); within a lane nothing
// changes, since a lane has one record out.
import { planOf } from '@ess/domain/connector/outgoing.ts';
import type { Answer, ItemAnswer } from '@ess/domain/delivery/outcome.ts';
import { is2xx } from '@ess/domain/delivery/outcome.ts';
import type { RequestParts } from '@ess/domain/request/request-plan.ts';
import { Places } from '@ess/domain/values/places.ts';
import { childOf, newSpanId, traceparentOf, unsampledTrace } from '@ess/runtime/trace/context.ts';
import { wallMs } from '@ess/runtime/trace/tracer.ts';
import type { Item } from '../item/item.ts';
import type { ItemTraces, RequestSpan } from '../item/item-traces.ts';
import { publisherOf } from '../item/item-traces.ts';
import type { PartnerContext } from '../partner-context.ts';
import type { Exchange } from '../send/exchange.ts';
import type { DeliveryFacts } from '../send/request.ts';
import { buildBatchRequest, buildRequest } from '../send/request.ts';
import type { OAuthToken } from '../send/token/oauth-token.ts';
import { isOver } from './map-item.ts';

/** Clocks of a publisher, a broker and a worker differ by less. */
const CLOCKS_DIFFER_MS = 60_000;

/** A record ready to go. */
export interface Parcel {
  readonly item: Item;
  readonly document: Record<string, unknown>;
  /** The document: written once, for its request and its digest. */
  readonly json: string;
  /** What the connector says of the request; in a batch the same for all. */
  readonly parts?: RequestParts | undefined;
  readonly attempt: number;
  /** Order of starts among the partner's attempts; see PartnerContext.startAttempt. */
  readonly start: number;
  /** Of the connector that it was mapped by, whatever has become of that since. */
  readonly connectorDigest: string;
}

export interface Returned extends Parcel {
  readonly durationMs: number;
  /** Where the attempt stands in a trace, whether the partner was told of it or not; absent: no request was made. */
  readonly traceparent?: string | undefined;
  /** Records in the same request. */
  readonly companions: number;
  /** Whether this is the first of its request: one answer is one sign of the partner's health. */
  readonly first: boolean;
}

export class Dispatch {
  readonly #partner: PartnerContext;
  readonly #answered: (parcel: Returned, answer: Answer | ItemAnswer) => void;
  readonly #unsent: (item: Item) => void;
  readonly #traces: ItemTraces | undefined;
  readonly #flights = new Places<Exchange>();
  #inflight = 0;
  #landed: PromiseWithResolvers<void> | undefined;
  /** Requests that wait for a token to be fetched. */
  readonly #waiting = new Set<readonly Parcel[]>();
  #batch: Parcel[] = [];
  #batchTimer: NodeJS.Timeout | undefined;

  /**
   * @param unsent a record that waited for a batch or a token may not go out now: it is to come again
   * @param traces absent: no spans are exported
   */
  constructor(
    partner: PartnerContext,
    answered: (parcel: Returned, answer: Answer | ItemAnswer) => void,
    unsent: (item: Item) => void,
    traces: ItemTraces | undefined,
  ) {
    this.#partner = partner;
    this.#answered = answered;
    this.#unsent = unsent;
    this.#traces = traces;
  }

  /** Records in flight. */
  get inflight(): number {
    return this.#inflight;
  }

  send(parcel: Parcel): void {
    this.#traces?.begin(parcel.item); // unless it was at intake: a letter of a redrive was not
    const { batch } = this.#partner.connector.deliver;
    // A probe asks with one record, and a record of a refused batch goes alone, so that the answer is about it.
    if (!batch || parcel.item.single || this.#partner.breaker.isOpen) return this.#post([parcel]);
    this.#batch.push(parcel);
    if (this.#batch.length >= batch.maxRecords) this.#flush();
    else this.#batchTimer ??= setTimeout(() => this.#flush(), batch.maxWaitMs);
  }

  /** Forgets what waits for a batch or a token. @returns those records */
  end(): Item[] {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = undefined;
    const left = [...this.#waiting, this.#batch.splice(0)].flat();
    this.#waiting.clear();
    return left.map(({ item }) => item);
  }

  /** Nothing may go as it was made, or nothing at all for now: what waits for a batch or a token is to come again. */
  recall(): void {
    for (const item of this.end()) this.#unsent(item);
  }

  /** Resolves when nothing is in flight; for the end of the assignment. */
  async landed(): Promise<void> {
    if (this.#inflight === 0) return;
    this.#landed = Promise.withResolvers();
    await this.#landed.promise;
  }

  /** Ends what is in flight without waiting for answers. */
  cutAll(): void {
    for (const [, exchange] of this.#flights) exchange.cut();
  }

  #flush(): void {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = undefined;
    const parcels = this.#batch.splice(0);
    if (parcels.length > 0 && !this.#isToWait(parcels)) this.#post(parcels);
  }

  /** Since they started the partner may have asked to be left alone. */
  #isToWait(parcels: readonly Parcel[]): boolean {
    const { wantsQuiet } = this.#partner;
    if (wantsQuiet) for (const { item } of parcels) this.#unsent(item);
    return wantsQuiet;
  }

  #post(parcels: readonly Parcel[]): void {
    const { token } = this.#partner;
    if (token === undefined) return this.#transmit(parcels, undefined);
    const { current } = token;
    if (current === undefined) this.#postWithNewToken(parcels, token);
    else this.#transmit(parcels, current);
  }

  #postWithNewToken(parcels: readonly Parcel[], token: OAuthToken): void {
    const startedAt = performance.now();
    this.#waiting.add(parcels);
    token.get().then(
      (fresh) => {
        if (!this.#waiting.delete(parcels)) return; // over meanwhile
        if (this.#isToWait(parcels)) return;
        const { atWork } = this.#partner.shared;
        const [{ item }] = parcels as readonly [Parcel];
        atWork.begin(item.partnerTopic, item.partition, item.offset, item.attempts + 1);
        this.#transmit(parcels, fresh);
        atWork.end();
      },
      (error: Error) => {
        if (!this.#waiting.delete(parcels)) return;
        const answer: Answer = { kind: 'unreachable', code: error.message };
        this.#return(parcels, performance.now() - startedAt, undefined, answer);
      },
    );
  }

  #transmit(parcels: readonly Parcel[], oauthToken: string | undefined): void {
    const { connector, sender, metrics, concurrency, shared } = this.#partner;
    const { deliver } = connector;
    const [first] = parcels as readonly [Parcel];
    const publisher = publisherOf(first.item);
    const isPart = publisher !== undefined && deliver.trace !== 'restart';
    const span = this.#traces && this.#spanOf(parcels);
    const traceparent = span ? traceparentOf(span.context) : isPart ? childOf(publisher) : unsampledTrace();
    const tracestate = span ? span.context.state : isPart ? publisher.state : undefined;
    const told = deliver.trace === 'off' ? undefined : traceparent;
    const facts = parcels.map((parcel) => this.#factsOf(parcel, told, told && tracestate));
    // A partner that takes batches always gets an array, of one when a record goes alone.
    const request = deliver.batch
      ? buildBatchRequest(
          deliver,
          parcels.map(({ document }, index) => ({ document, facts: facts[index] as DeliveryFacts })),
          oauthToken,
          first.parts,
        )
      : buildRequest(deliver, first.document, facts[0] as DeliveryFacts, oauthToken, first.parts, first.json);
    const startedAt = performance.now();
    const exchange = sender.send(request, deliver.timeoutMs, parcels, (answer) => {
      const answeredAt = performance.now();
      if (oauthToken !== undefined && answer.kind === 'answered' && answer.status === 401)
        this.#partner.token?.refused(oauthToken);
      this.#flights.delete(place);
      this.#inflight -= parcels.length;
      for (const { item } of parcels) {
        shared.atWork.land(item.flight);
        item.sentAt = startedAt;
        item.writtenAt = exchange.writtenAt;
        item.headAt = exchange.headAt;
        item.answeredAt = answeredAt;
      }
      const durationMs = answeredAt - startedAt;
      metrics.duration.observe(durationMs / 1000);
      const requests = (this.#inflight + parcels.length) / (deliver.batch?.maxRecords ?? 1);
      concurrency.answered(answeredAt, durationMs, requests, isOverload(answer));
      if (span) this.#traces?.requested(span, answer);
      this.#return(parcels, durationMs, traceparent, answer);
      if (this.#inflight === 0) this.#landed?.resolve();
    });
    const place = this.#flights.add(exchange);
    this.#inflight += parcels.length;
    for (const { item } of parcels) {
      item.flight = shared.atWork.fly(item.partnerTopic, item.partition, item.offset, item.attempts + 1);
    }
  }

  #return(parcels: readonly Parcel[], durationMs: number, traceparent: string | undefined, answer: Answer): void {
    const companions = parcels.length - 1;
    const [first] = parcels;
    const items = answer.kind === 'answered' ? answer.items : undefined;
    const isAnyAcked = items?.some(isAck) ?? false;
    for (const index of items ? ackedFirst(items) : parcels.keys()) {
      const parcel = parcels[index] as Parcel;
      const isSign = parcel === first && !isAnyAcked;
      const back = { ...parcel, durationMs, traceparent, companions, first: isSign };
      this.#answered(back, items ? itemAnswer(answer, items[index] ?? null) : answer);
    }
  }

  /** @returns undefined when nobody has sampled one of its records */
  #spanOf(parcels: readonly Parcel[]): RequestSpan | undefined {
    const { connector, sender } = this.#partner;
    // Taken in before the connector said so, it still has the publisher's trace, which the partner is not to be told.
    const isTellable = connector.deliver.trace !== 'restart';
    const traced = parcels.find(({ item }) => item.trace && (isTellable || item.trace.restarted));
    const trace = traced?.item.trace;
    if (!traced || !trace) return undefined;
    const { item, attempt, parts } = traced;
    const plan = planOf(connector, isOver(this.#partner, item));
    return {
      context: { ...trace.context, spanId: newSpanId() },
      traces: [trace, ...parcels.flatMap((one) => (one !== traced && one.item.trace) || [])],
      startMs: wallMs(performance.now()),
      method: parts?.method ?? 'POST',
      path: plan?.shown ?? sender.shownPath,
      records: parcels.length,
      attempt,
      item,
    };
  }

  #factsOf({ item, attempt }: Parcel, traceparent: string | undefined, tracestate: string | undefined): DeliveryFacts {
    const nowMs = Date.now();
    const { timestampMs } = item.record;
    // Who comes back with a date of the future would skip what is published until then: such a record moves no cursor.
    const cursor = timestampMs > nowMs + CLOCKS_DIFFER_MS ? undefined : this.#partner.cursors?.cursor(timestampMs);
    return {
      id: item.deliveryId,
      eventId: item.eventId,
      version: item.version ?? item.offset,
      attempt,
      nowMs,
      traceparent,
      tracestate,
      cursor,
      replayId: item.replayId ?? undefined,
    };
  }
}

const isAck = (status: number | null): boolean => status !== null && is2xx(status);

/** What got through is known before what did not is judged. */
function ackedFirst(items: ReadonlyArray<number | null>): number[] {
  return [...items.keys()].sort((a, b) => Number(isAck(items[b] ?? null)) - Number(isAck(items[a] ?? null)));
}

function itemAnswer(answer: Answer, status: number | null): ItemAnswer {
  const { retryAfterMs } = answer as { readonly retryAfterMs?: number };
  return { kind: 'item', status, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** The partner has too much, by its own word or by not answering in time. */
function isOverload(answer: Answer): boolean {
  return answer.kind === 'answered'
    ? answer.status === 429 || answer.status === 503
    : answer.kind === 'unreachable' && answer.code === 'ETIMEDOUT';
}
