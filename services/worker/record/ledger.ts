// What a worker leaves on record: an audit row for each attempt, the delivery state of each ack, and dead letters whole.
// Guarantee 5 rests on `told` and on the promises returned: they resolve only when Kafka has acknowledged the rows.

import type { PlacedVersion } from '@ess/domain/delivery/acked-version.ts';
import { emptyAttempt, leftReason } from '@ess/domain/delivery/audit-row.ts';
import { writeFitting } from '@ess/domain/delivery/left-out.ts';
import { NO_VERSION } from '@ess/domain/delivery/version.ts';
import { stagesUntilAnswered } from '@ess/runtime/metrics/stages.ts';
import { traceIdIn } from '@ess/runtime/trace/context.ts';
import type {
  AttemptOutcome,
  DeadLetter,
  DeadLetterState,
  DeliveryAttempt,
  DeliveryState,
} from '@ess/schemas/generated/types.ts';
import { AUDIT_TOPIC, DEAD_LETTER_TOPIC } from '@ess/schemas/topics.ts';
import type { LeftLog } from '@ess/stream/group/assignment.ts';
import { letterHeaders } from '@ess/stream/group/foreign-record.ts';
import type { StreamLog } from '@ess/stream/kafkajs/client.ts';
import type { Row } from '@ess/stream/write/packed-rows.ts';
import { isRefused } from '@ess/stream/write/refusal.ts';
import type { Appends } from '@ess/stream/write/threaded-outbox.ts';
import type { Item } from '../item/item.ts';
import { isFirstTelling } from '../item/item.ts';
import { DeliveryStates } from './delivery-states.ts';
import { NewestAcked } from './newest-acked.ts';
import type { RowsTold } from './rows-on-their-way.ts';
import type { RuleState } from './rules-in-force.ts';
import { RulesInForce } from './rules-in-force.ts';

export interface Encoders {
  readonly audit: (row: DeliveryAttempt) => Buffer;
  readonly state: (row: DeliveryState) => Buffer;
  readonly deadLetter: (row: DeadLetter) => Buffer;
  readonly letterState: (row: DeadLetterState) => Buffer;
}

export interface AttemptFacts {
  readonly outcome: AttemptOutcome;
  readonly attempt: number;
  readonly reason?: string;
  readonly status?: number;
  readonly durationMs?: number;
  /** Where it stands in a trace. */
  readonly traceparent?: string | undefined;
  /** Of the document that was sent, or was to be; absent: none was made. */
  readonly bodyDigest?: string;
  /** Of the connector that decided it. */
  readonly connectorDigest: string;
}

/** What the partner has acknowledged. */
export interface Told {
  /** Of the document that was sent. */
  readonly bodyDigest: string;
  /** Of the connector that it was sent by; null: not known. */
  readonly connectorDigest: string | null;
  /** That it is to act upon the rule no more. */
  readonly isOver: boolean;
}

export interface LedgerOptions {
  readonly partner: string;
  /** The source topic. */
  readonly topic: string;
  readonly worker: string;
  /** The connector names no version of a record. */
  readonly versionsAreOffsets: () => boolean;
  /** Of the connector that is in force. */
  readonly connectorDigest: () => string;
  /** What ess.delivery-state has of this partner. */
  readonly rules: () => AsyncIterable<readonly RuleState[]>;
  readonly log: Pick<StreamLog, 'error'>;
}

/** Longest reason or detail written: enough to understand, not enough to carry a partner's page. */
const TEXT_MAX_CHARS = 500;

export class Ledger {
  readonly #outbox: Appends;
  readonly #encode: Encoders;
  readonly #partner: string;
  readonly #topic: string;
  readonly #worker: string;
  readonly #versionsAreOffsets: () => boolean;
  readonly #connectorDigest: () => string;
  readonly states: DeliveryStates;
  readonly newest = new NewestAcked();
  /** Id of the source topic, where it is known. */
  topicId: string | null = null;
  readonly inForce: RulesInForce;

  constructor(outbox: Appends, encode: Encoders, who: LedgerOptions) {
    this.#outbox = outbox;
    this.#encode = encode;
    this.#partner = who.partner;
    this.#topic = who.topic;
    this.#worker = who.worker;
    this.#versionsAreOffsets = who.versionsAreOffsets;
    this.#connectorDigest = who.connectorDigest;
    this.states = new DeliveryStates(outbox, encode.state);
    this.inForce = new RulesInForce({ read: who.rules, flush: () => this.states.flush(), log: who.log });
  }

  /** A row that nothing waits for: later rows of the same record are acknowledged after it. Fails only at shutdown. */
  noted(item: Item, facts: AttemptFacts): void {
    this.#outbox.append([this.#auditRow(item, facts)]).catch(() => undefined);
  }

  /** Records that need no delivery. Resolves when the rows are acknowledged. */
  async passed(items: readonly Item[], outcome: 'skipped' | 'superseded', reason: string): Promise<void> {
    const facts: AttemptFacts = { outcome, attempt: 0, reason, connectorDigest: this.#connectorDigest() };
    await this.#outbox.append(items.map((item) => this.#auditRow(item, facts)));
  }

  /** @param told when the audit row is acknowledged; the state row follows before the commit that covers it. */
  delivered(item: Item, facts: AttemptFacts & { readonly bodyDigest: string }, isOver: boolean, told: RowsTold): void {
    const { bodyDigest, connectorDigest } = facts;
    this.#outbox.appendFor([this.#auditRow(item, facts)], {
      resolve: () => {
        this.acked(item, { bodyDigest, connectorDigest, isOver });
        told.resolve();
      },
      reject: told.reject,
    });
  }

  /** The partner has this version. A replay of an older one leaves the state as it is. */
  acked(item: Item, { bodyDigest, connectorDigest, isOver }: Told): void {
    const acked = this.versionOf(item);
    const { version, topic, partition, offset, topicId } = acked;
    const ruleId = item.ruleId ?? item.key;
    if (!this.newest.raise(ruleId, acked, this.versionsAreOffsets)) return;
    this.inForce.acked(ruleId, isOver);
    this.states.note(this.#keyOf(item), {
      partner: this.#partner,
      ruleId,
      version,
      topic,
      partition,
      offset,
      eventId: item.eventId,
      deliveryId: item.deliveryId,
      status: isOver ? 'withdrawn' : 'acked',
      ackedAt: Date.now(),
      digest: bodyDigest,
      topicId,
      connectorDigest,
    });
  }

  /** What the partner has when it acks this, for comparison with what it has acked. */
  versionOf(item: Item): PlacedVersion & { readonly topicId: string | null } {
    const { topic, partition, offset } = item;
    return { version: item.version ?? NO_VERSION, topic, partition, offset, topicId: this.#topicIdOf(item) };
  }

  get versionsAreOffsets(): boolean {
    return this.#versionsAreOffsets();
  }

  /** Whether the partner has acked this version of the rule, or a newer one; false where that is not kept. */
  hasAcked(item: Item): boolean {
    return this.newest.covers(item.ruleId ?? item.key, this.versionOf(item), this.versionsAreOffsets);
  }

  /** Takes in what ess.delivery-state has. */
  hadAcked(ruleId: string, acked: PlacedVersion): void {
    this.newest.raise(ruleId, acked, this.versionsAreOffsets);
  }

  /**
   * Parks the record, whole where Kafka takes a letter of that size, then says so in its audit row. The letter comes first,
   * because it is written to another broker. Who takes over from a worker that was killed believes the row.
   */
  async parked(item: Item, facts: AttemptFacts & { reason: string }, detail: string): Promise<void> {
    const { record } = item;
    const letter: DeadLetter = {
      partner: this.#partner,
      ruleId: item.ruleId,
      version: item.version,
      topic: item.topic,
      partition: item.partition,
      offset: item.offset,
      key: record.key,
      value: record.value,
      headers: letterHeaders(record.headers),
      recordTimestamp: record.timestampMs,
      reason: facts.reason.slice(0, TEXT_MAX_CHARS),
      detail: detail.slice(0, TEXT_MAX_CHARS),
      attempts: item.attempts,
      parkedAt: Date.now(),
      deliveryId: item.deliveryId,
      topicId: this.#topicIdOf(item),
    };
    const key = this.#keyOf(item);
    const write = (fitting: DeadLetter) =>
      this.#outbox.appendAndTell([{ topic: DEAD_LETTER_TOPIC, key, value: this.#encode.deadLetter(fitting) }]);
    [item.parked] = await writeFitting(letter, write, isRefused);
    await this.#outbox.append([this.#auditRow(item, facts)]);
  }

  /** The range [from, to) was deleted by retention before it was delivered. */
  async lost(partition: number, from: number, to: number): Promise<void> {
    const value = this.#encode.audit({
      ...this.#blank(partition, from),
      outcome: 'retentionLost',
      reason: `offsets ${from} to ${to - 1} had left retention before they were read`,
      lastOffset: to - 1,
    });
    await this.#outbox.append([{ topic: AUDIT_TOPIC, key: `${this.#partner}/`, value }]);
  }

  /** The positions of before belong to other logs. Resolves when the rows are acknowledged. */
  async leftLogs(logs: readonly LeftLog[]): Promise<void> {
    const rows = logs.map(({ partition, position, why }): Row => {
      const row = { ...this.#blank(partition, position), outcome: 'retentionLost' as const, reason: leftReason(why) };
      return { topic: AUDIT_TOPIC, key: `${this.#partner}/`, value: this.#encode.audit(row) };
    });
    await this.#outbox.append(rows);
  }

  /** A replay has moved the position, or its end has: who, why, before and after. */
  async moved(replayId: string, partition: number, before: number, after: number, reason: string): Promise<void> {
    const value = this.#encode.audit({
      ...this.#blank(partition, after),
      outcome: 'moved',
      reason: reason.slice(0, TEXT_MAX_CHARS),
      replayId,
      lastOffset: before,
    });
    await this.#outbox.append([{ topic: AUDIT_TOPIC, key: `${this.#partner}/`, value }]);
  }

  #auditRow(item: Item, facts: AttemptFacts): Row {
    const value = this.#encode.audit({
      ...this.#blank(item.partition, item.offset, item.topic),
      replayId: item.replayId,
      eventId: item.eventId,
      ruleId: item.ruleId,
      version: item.version,
      deliveryId: item.deliveryId,
      attempt: facts.attempt,
      outcome: facts.outcome,
      reason: facts.reason?.slice(0, TEXT_MAX_CHARS) ?? null,
      status: facts.status ?? null,
      durationMs: facts.durationMs ?? null,
      publishedAt: item.publishedAtMs,
      traceId: facts.traceparent === undefined ? null : traceIdIn(facts.traceparent),
      bodyDigest: facts.bodyDigest ?? null,
      connectorDigest: facts.connectorDigest,
      stagesMs: facts.outcome === 'delivered' && isFirstTelling(item) ? stagesUntilAnswered(item) : null,
    });
    return { topic: AUDIT_TOPIC, key: this.#keyOf(item), value };
  }

  #blank(partition: number, offset: number, topic = this.#topic): DeliveryAttempt {
    return emptyAttempt({ partner: this.#partner, topic, partition, offset, worker: this.#worker });
  }

  #topicIdOf({ topic, topicId }: Item): string | null {
    if (topic !== this.#topic) return null;
    return topicId === undefined ? this.topicId : topicId;
  }

  #keyOf(item: Item): string {
    return `${this.#partner}/${item.ruleId ?? item.key}`;
  }
}
