// What is told of each attempt: one wide log line, a count, and a row where none follows from the settlement.

import { planOf } from '@ess/domain/connector/outgoing.ts';
import { spanIdIn, traceIdIn } from '@ess/runtime/trace/context.ts';
import type { Item } from '../item/item.ts';
import type { Destination, Process, Records } from '../partner-context.ts';
import type { AttemptFacts } from '../record/ledger.ts';
import { isOver } from './map-item.ts';

/** Facts of an attempt that hold whatever comes of it. `start` is its number (`Health.lastAttempt`); attempt 0: nothing was sent. */
export type Numbers = Omit<AttemptFacts, 'outcome' | 'reason'> & { readonly start: number };

export class AttemptLog {
  readonly #partner: Process & Records & Destination;

  constructor(partner: Process & Records & Destination) {
    this.#partner = partner;
  }

  /** In the log and the metrics. */
  attempted(item: Item, outcome: AttemptFacts['outcome'], numbers: Numbers, reason?: string): void {
    const { metrics, log, sender } = this.#partner;
    metrics.attempt(outcome);
    const level = outcome === 'delivered' ? 'info' : 'warn';
    if (!log.isLevelEnabled(level)) return;
    const { traceparent } = numbers;
    const plan = planOf(this.#partner.connector, isOver(this.#partner, item));
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
      method: plan?.method,
      path: plan?.shown ?? sender.shownPath,
      ...(traceparent !== undefined && { trace_id: traceIdIn(traceparent), span_id: spanIdIn(traceparent) }),
    };
    log[level](line, 'delivery.attempted');
  }

  /** And in the audit topic: the record is not settled by it. */
  noted(item: Item, outcome: 'held' | 'retried' | 'cut', numbers: Numbers, reason: string): void {
    this.attempted(item, outcome, numbers, reason);
    this.#partner.ledger.noted(item, { ...numbers, outcome, reason });
  }
}
