// From a lane's head to its verdict: map, send, and what the answer means (the table is in domain/outcome.ts).
//   ack -> delivered    endpoint -> retry, or hold    hold -> hold    record -> dead letter
// Three rules stand above the table: while a partner is held nothing is counted and nothing is parked; a record is
// parked for what looks like the endpoint's trouble only if others got through since it first failed; and a long
// unbroken run of refusals is a connector gone wrong, which holds the partner (guarantee 6).
import type { MapResult } from '@ess/domain/mapping.ts';
import type { Answer } from '@ess/domain/outcome.ts';
import { classifyStatus } from '@ess/domain/outcome.ts';
import { retryWaitMs } from '@ess/domain/retry.ts';
import { isWithdrawn } from '@ess/domain/withdrawn.ts';
import type { Returned } from './dispatch.ts';
import { Dispatch } from './dispatch.ts';
import type { Item } from './item.ts';
import type { AttemptFacts, Told } from './ledger.ts';
import type { Owner } from './owner.ts';
import { digestOf } from './request.ts';

/** What the assignment does with a verdict. */
export interface Verdicts {
  /** The record is through once `rows` are acknowledged. */
  settle(item: Item, rows: Promise<unknown>): void;
  /** The record starts again after `waitMs`; until then its slot is free. */
  retry(item: Item, waitMs: number): void;
  /** The record stays first of its lane; this assignment starts it no more. */
  leave(item: Item): void;
  /** What a retry has used must survive a restart. */
  counted(item: Item): void;
}

/** Facts of an attempt that hold whatever its outcome. `start` is its number (owner.ts); attempt 0: nothing was sent. */
type Numbers = Omit<AttemptFacts, 'outcome' | 'reason'> & { readonly start: number };

export class Attempts {
  readonly #owner: Owner;
  readonly #verdicts: Verdicts;
  readonly #dispatch: Dispatch;
  #probe: Item | undefined;
  #ended = false;

  constructor(owner: Owner, verdicts: Verdicts) {
    this.#owner = owner;
    this.#verdicts = verdicts;
    this.#dispatch = new Dispatch(owner, (parcel, answer) => {
      owner.marks.trying(parcel.item);
      this.#answered(parcel, answer);
      owner.marks.over();
    });
  }

  /** Records in flight. */
  get inflight(): number {
    return this.#dispatch.inflight;
  }

  begin(item: Item): void {
    this.#owner.marks.trying(item);
    this.#begin(item);
    this.#owner.marks.over();
  }

  #begin(item: Item): void {
    if (this.#owner.breaker.isOpen) {
      item.probes += 1;
      this.#probe = item;
    }
    const { decoded } = item;
    if (!decoded.ok) return this.#unreadable(item, decoded.reason, decoded.detail);
    if (this.#owner.connector.onLeave === 'alert' && isOver(this.#owner, item)) return this.#left(item);
    const mapped = mapItem(this.#owner, item);
    if (!mapped.ok)
      return this.#refused(item, mapped.reason.split(':')[0] ?? 'mapping', mapped.reason, this.#nothingSent());
    const { token } = this.#owner;
    if (!token || token.current !== undefined) return this.#send(item, mapped.document, token?.current);
    token.get().then(
      (fresh) => {
        if (this.#ended) return this.#verdicts.leave(item);
        this.#owner.marks.trying(item);
        this.#send(item, mapped.document, fresh);
        this.#owner.marks.over();
      },
      (error: Error) => this.#failed(item, 'endpoint', error.message, this.#numbers(item)),
    );
  }

  /** An earlier owner delivered this and crashed, perhaps before it wrote the state row: it is written again. */
  restate(item: Item): void {
    const mapped = item.decoded.ok ? mapItem(this.#owner, item) : undefined;
    if (mapped?.ok) this.#owner.ledger.acked(item, this.#told(item, mapped.document));
  }

  /** Nothing more is sent; what is in flight may still be answered. */
  end(): void {
    this.#ended = true;
    for (const item of this.#dispatch.end()) this.#verdicts.leave(item);
  }

  /** Ends what is in flight without waiting for answers. */
  cutAll(): void {
    this.#dispatch.cutAll();
  }

  #send(item: Item, document: Record<string, unknown>, oauthToken: string | undefined): void {
    this.#dispatch.send({ item, document, ...this.#numbers(item) }, oauthToken);
  }

  #answered(parcel: Returned, answer: Answer): void {
    const { connector } = this.#owner;
    const { item, document, attempt, start, durationMs, traceId, companions, first } = parcel;
    const numbers: Numbers = { attempt, start, durationMs, traceId };
    if (answer.kind === 'cut') {
      this.#note(item, 'cut', numbers, 'the partition went to another worker');
      return this.#verdicts.leave(item);
    }
    if (answer.kind === 'unreachable') return this.#failed(item, 'endpoint', answer.code, numbers, undefined, first);
    const { status } = answer;
    const facts = { ...numbers, status };
    const verdict = answer.newer ? 'ack' : classifyStatus(status, connector.deliver.status);
    if (status === 401) this.#owner.token?.forget();
    if (verdict === 'ack') this.#delivered(item, facts, document);
    else if (verdict === 'record' && companions > 0) this.#refusedTogether(item, `status-${status}`, facts);
    else if (verdict === 'record') this.#refused(item, `status-${status}`, `the partner answered ${status}`, facts);
    else this.#failed(item, verdict, `status-${status}`, facts, answer.retryAfterMs, first);
  }

  #delivered(item: Item, numbers: Numbers, document: Record<string, unknown>): void {
    const { metrics, ledger } = this.#owner;
    this.#report(item, 'delivered', numbers);
    metrics.latency.observe(Math.max(0, Date.now() - item.record.timestampMs) / 1000);
    this.#owner.succeeded(numbers.start);
    item.delivered = true;
    const facts: AttemptFacts = { ...numbers, outcome: 'delivered' };
    this.#verdicts.settle(item, ledger.delivered(item, facts, this.#told(item, document)));
  }

  #told(item: Item, document: Record<string, unknown>): Told {
    return { digest: digestOf(document), isOver: isOver(this.#owner, item) };
  }

  /** The endpoint's fault, as far as one can tell: try again, hold, or find that this record alone is to blame. */
  #failed(
    item: Item,
    verdict: 'endpoint' | 'hold',
    reason: string,
    numbers: Numbers,
    retryAfterMs?: number,
    counts = true,
  ): void {
    const { breaker, connector, started, lastSuccess } = this.#owner;
    const policy = connector.deliver.retry;
    const throughSinceFailed = item.failedAt !== undefined && lastSuccess > item.failedAt;
    const throughSinceRefused = item.refusedAt !== undefined && lastSuccess > item.refusedAt;
    item.failedAt ??= started;
    if (verdict === 'hold') item.refusedAt = started;
    if (retryAfterMs !== undefined) this.#owner.asked(retryAfterMs);
    if (breaker.isOpen) return this.#stillHeld(item, reason, numbers);
    item.attempts += 1;
    this.#verdicts.counted(item);
    const spent = item.attempts >= policy.maxAttempts;
    if (throughSinceRefused && verdict === 'hold')
      return this.#park(item, reason, 'refused while others get through', numbers);
    if (throughSinceFailed && spent)
      return this.#park(item, 'exhausted', `${item.attempts} attempts, last: ${reason}`, numbers);
    const held = verdict === 'hold' || spent ? this.#owner.hold(reason) : counts && this.#owner.failed(reason);
    this.#note(item, held ? 'held' : 'retried', numbers, reason);
    this.#verdicts.retry(item, held ? 0 : retryWaitMs(policy, item.attempts, Math.random, retryAfterMs));
  }

  /** A refused batch does not say which record is to blame: each goes again, alone. */
  #refusedTogether(item: Item, reason: string, numbers: Numbers): void {
    item.alone = true;
    this.#note(item, 'retried', numbers, `${reason} for the batch`);
    this.#verdicts.retry(item, 0);
  }

  /** The record's own fault, unless it is one of a long run. */
  #refused(item: Item, reason: string, detail: string, numbers: Numbers): void {
    const owner = this.#owner;
    if (owner.breaker.isOpen) return this.#stillHeld(item, reason, numbers);
    // What was parked before is no flood: redrive.ts ends a redrive that gets nothing through.
    if (!item.redriven && !owner.mayPark(numbers.start)) {
      this.#note(item, 'held', numbers, reason);
      // Held before the lane goes on: otherwise one more request would start.
      owner.hold(`too many records refused in a row, last: ${reason}`);
      this.#verdicts.retry(item, 0);
      return;
    }
    if (numbers.attempt > 0) item.attempts += 1;
    this.#park(item, reason, detail, numbers);
  }

  /** A rule that is over for the partner, which the connector has no words for: never dropped in silence. */
  #left(item: Item): void {
    const { name, shared, log, ledger } = this.#owner;
    const [event, what] = item.leaving === 'yes' ? ['rule.left', 'left the scope'] : ['rule.withdrawn', 'withdrawn'];
    log.error({ ruleId: item.ruleId, version: item.version }, `${event}: tell the partner, or set onLeave: send`);
    shared.metrics.withdrawn.inc({ partner: name });
    ledger.inForce.told(item.ruleId ?? item.key);
    this.#verdicts.settle(item, ledger.passed([item], 'skipped', `${what}; onLeave: alert`));
    this.#probed(item);
  }

  /** Bytes that cannot be read say nothing about the partner or its connector. */
  #unreadable(item: Item, reason: string, detail: string): void {
    this.#park(item, reason, detail, this.#nothingSent());
    this.#probed(item);
  }

  #numbers(item: Item): Numbers {
    return { attempt: item.attempts + 1, start: this.#owner.startAttempt() };
  }

  #nothingSent(): Numbers {
    return { attempt: 0, start: this.#owner.startAttempt() };
  }

  #stillHeld(item: Item, reason: string, numbers: Numbers): void {
    this.#note(item, 'held', numbers, reason);
    this.#verdicts.retry(item, 0);
    this.#probed(item);
  }

  /** If this was the probe and the partner is still held, the next one is due. Others in flight do not count. */
  #probed(item: Item): void {
    if (this.#probe !== item) return;
    this.#probe = undefined;
    if (this.#owner.breaker.isOpen && !this.#ended) this.#owner.probeAgain();
  }

  #park(item: Item, reason: string, detail: string, numbers: Numbers): void {
    const { name, shared, ledger } = this.#owner;
    this.#report(item, 'deadLettered', numbers, detail);
    shared.metrics.deadLetters.inc({ partner: name, reason });
    this.#verdicts.settle(item, ledger.parked(item, { ...numbers, outcome: 'deadLettered', reason }, detail));
  }

  #note(item: Item, outcome: 'held' | 'retried' | 'cut', numbers: Numbers, reason: string): void {
    this.#report(item, outcome, numbers, reason);
    this.#owner.ledger.noted(item, { ...numbers, outcome, reason });
  }

  /** One wide line per attempt. */
  #report(item: Item, outcome: AttemptFacts['outcome'], numbers: Numbers, reason?: string): void {
    const { metrics, log, sender } = this.#owner;
    metrics.attempt(outcome);
    const level = outcome === 'delivered' ? 'info' : 'warn';
    if (!log.isLevelEnabled(level)) return;
    const line = {
      ruleId: item.ruleId,
      version: item.version,
      deliveryId: item.deliveryId,
      partition: item.partition,
      offset: item.offset,
      attempt: numbers.attempt,
      outcome,
      status: numbers.status,
      reason,
      tookMs: Math.round((numbers.durationMs ?? 0) * 10) / 10,
      path: sender.shownPath,
      traceId: numbers.traceId,
    };
    log[level](line, 'delivery.attempted');
  }
}

/** The partner is to act upon the rule no more. */
function isOver({ connector }: Owner, { decoded, leaving }: Item): boolean {
  return leaving === 'yes' || (decoded.ok && isWithdrawn(connector.source.key, decoded.record));
}

function mapItem(owner: Owner, item: Item): MapResult {
  const { onLeave, map } = owner.connector;
  const record = item.decoded.ok ? item.decoded.record : {};
  return onLeave !== 'alert' && isOver(owner, item) ? onLeave.send.forward(record) : map(record);
}
