// One assignment of partitions: from intake to commit. This file is the pipeline's table of contents:
//   take:    decode -> scope -> lane                        (records come in; what is out of scope is settled at once)
//   begin:   map -> send                                    (a lane's head starts when a slot is free)
//   answered: the table of outcome.ts decides: settle | park | retry | hold
//   settle:  audit row acknowledged -> watermark -> commit  (only then does the lane go on)
// At a rebalance or a stop the epoch is revoked and thrown away; the next one starts from what Kafka has.
import { setTimeout as delay } from 'node:timers/promises';
import { timestampCursor } from '@ess/domain/cursor.ts';
import { deliveryId } from '@ess/domain/delivery-id.ts';
import { EssError } from '@ess/domain/error.ts';
import { Lanes } from '@ess/domain/lanes.ts';
import type { Answer } from '@ess/domain/outcome.ts';
import { classifyStatus } from '@ess/domain/outcome.ts';
import { retryWaitMs } from '@ess/domain/retry.ts';
import type { AssignedPartition, Epoch, Group, GroupRecord, LostRange } from '@ess/stream/group.ts';
import { newerTest } from './ack-when.ts';
import { Committer } from './committer.ts';
import { makeItem } from './item.ts';
import type { Item } from './item.ts';
import { REFUSED_RUN_MAX } from './partner.ts';
import type { Partner } from './partner.ts';
import { PartitionIntake } from './partition-intake.ts';
import { buildRequest, digestOf, traceparentOf } from './request.ts';
import type { Exchange } from './sender.ts';

/** A record in flight: what its answer needs. */
interface Flight {
  readonly exchange: Exchange;
  readonly startedAt: number;
}

/** What is left of the session for the last audit rows, the last commit and the join. */
const REVOKE_RESERVE_MS = 3_000;
/** A registry that hangs must not keep the handler, and with it the heartbeat. */
const PREPARE_TIMEOUT_MS = 2_000;
const SOURCE_RETRY_MS = 500;

export class DeliveryEpoch implements Epoch {
  readonly #partner: Partner;
  readonly #group: Group;
  readonly #intake = new Map<number, PartitionIntake>();
  readonly #lanes: Lanes<Item>;
  readonly #committer: Committer;
  readonly #flights = new Map<Item, Flight>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #unacknowledged = 0;
  #revoked = false;
  #probing: Item | undefined;
  #quiet: (() => void) | undefined;

  constructor(partner: Partner, group: Group) {
    this.#partner = partner;
    this.#group = group;
    this.#committer = new Committer(group, this.#intake, partner.shared.workerId, partner.log);
    this.#lanes = new Lanes<Item>({
      concurrency: () => (this.#maySend() ? partner.connector.deliver.concurrency : 0),
      start: (item) => this.#begin(item),
    });
    if (partner.breaker.isOpen) {
      this.#lanes.hold();
      partner.probeAgain();
    }
  }

  get inflight(): number {
    return this.#flights.size;
  }

  get intake(): ReadonlyMap<number, PartitionIntake> {
    return this.#intake;
  }

  async assigned(partitions: readonly AssignedPartition[]): Promise<void> {
    const { name, connector, shared, log } = this.#partner;
    for (const assigned of partitions) this.#intake.set(assigned.partition, new PartitionIntake(assigned));
    const crashed = [...this.#intake.values()].flatMap((intake) => intake.crashedOwner(name, connector.source.topic));
    if (crashed.length > 0) {
      await shared.recover(crashed, (partition, offset) => this.#intake.get(partition)?.recovered(offset));
      log.info({ partitions: crashed.length }, 'recovered from the audit rows of a crashed owner');
    }
    log.info({ partitions: partitions.map(({ partition }) => partition) }, 'partitions.assigned');
    this.#committer.start();
  }

  async take(partition: number, records: readonly GroupRecord[], next: number): Promise<boolean> {
    const intake = this.#intake.get(partition);
    if (!intake || this.#revoked) return false;
    if (!(await this.#prepare(partition, records))) return false;
    if (this.#revoked) return false;
    const { connector, shared, name } = this.#partner;
    const { topic } = connector.source;
    const recordName = shared.recordName(topic);
    const skipped: Item[] = [];
    for (const record of records) {
      intake.watermark.take(record.offset);
      if (intake.wasSettled(record.offset)) {
        intake.watermark.settle(record.offset);
        continue;
      }
      const decoded = shared.codec.decode(record.value, recordName);
      const position = { topic, partition, offset: record.offset };
      const id = deliveryId(shared.clusterId, name, position);
      const item = makeItem(record, decoded, connector.source, id, intake.attemptsUsed(record.offset));
      if (decoded.ok && !connector.inScope(decoded.record)) skipped.push(item);
      else {
        intake.opened(item);
        this.#lanes.push(item.key, item);
      }
    }
    intake.watermark.advance(next);
    if (skipped.length > 0) this.#skip(intake, skipped);
    this.#committer.changed(partition);
    this.#pauseOrResume(partition);
    return true;
  }

  lost({ partition, from, to }: LostRange): void {
    const { ledger, log, shared, name } = this.#partner;
    log.error({ partition, from, to: to - 1, records: to - from }, 'retention.lost');
    shared.metrics.retentionLost.inc({ partner: name }, to - from);
    this.#intake.get(partition)?.watermark.advance(to);
    this.#acknowledge(ledger.lost(partition, from, to), () => this.#committer.changed(partition));
  }

  async revoke(): Promise<void> {
    this.#revoked = true;
    this.#lanes.hold();
    for (const timer of this.#timers) clearTimeout(timer);
    const budgetMs = Math.max(0, this.#partner.shared.sessionTimeoutMs - REVOKE_RESERVE_MS);
    const deadline = setTimeout(() => this.#cutAll(), budgetMs);
    const giveUp = delay(budgetMs + REVOKE_RESERVE_MS / 2, undefined, { ref: false });
    await Promise.race([this.#settled(), giveUp]);
    clearTimeout(deadline);
    const clean = this.#flights.size === 0 && this.#unacknowledged === 0;
    await this.#committer.finish(clean);
    this.#partner.log.info({ clean }, 'partitions.revoked');
  }

  /** The owner changed between held and flowing. */
  holdChanged(): void {
    for (const partition of this.#intake.keys()) this.#pauseOrResume(partition);
    if (this.#partner.breaker.isOpen || this.#revoked) this.#lanes.hold();
    else this.#lanes.resume();
  }

  /** Sends one waiting record although the partner is held. @returns whether there was one to send. */
  probe(): boolean {
    if (!this.#maySend()) return false;
    // The least probed lane first, then the oldest record: one record that always fails must not decide for all.
    const started = this.#lanes.probe((item) => item.probes * 1e15 + item.record.timestampMs);
    return started !== undefined;
  }

  pump(): void {
    this.#lanes.pump();
  }

  /** A request may start only if it is surely over before another member could own the partition. */
  #maySend(): boolean {
    return !this.#revoked && this.#group.ownedForMs > this.#partner.connector.deliver.timeoutMs;
  }

  #begin(item: Item): void {
    if (this.#partner.breaker.isOpen) {
      item.probes += 1;
      this.#probing = item;
    }
    const { decoded } = item;
    if (!decoded.ok) return this.#refuse(item, decoded.reason, decoded.detail, true);
    const mapped = this.#partner.connector.map(decoded.record);
    if (!mapped.ok) return this.#refuse(item, mapped.reason.split(':')[0] ?? 'mapping', mapped.reason);
    const { token } = this.#partner;
    if (!token || token.current !== undefined) return this.#send(item, mapped.document, token?.current);
    token.get().then(
      (fresh) => (this.#revoked ? this.#lanes.over(item.key) : this.#send(item, mapped.document, fresh)),
      (error: Error) => this.#answered(item, { kind: 'unreachable', code: error.message }, 0, undefined, mapped.document),
    );
  }

  #send(item: Item, document: Record<string, unknown>, oauthToken: string | undefined): void {
    const { connector, sender, shared, name } = this.#partner;
    const { deliver } = connector;
    const traceparent = traceparentOf(item.record.message.headers?.['traceparent']?.toString());
    const request = buildRequest(
      deliver,
      document,
      {
        id: item.deliveryId,
        eventId: item.eventId,
        version: item.version ?? item.offset,
        attempt: item.attempts + 1,
        nowMs: Date.now(),
        traceparent,
        ...(shared.cursorSecret === undefined ? {} : { cursor: timestampCursor(shared.cursorSecret, name, item.record.timestampMs) }),
      },
      oauthToken,
    );
    const startedAt = performance.now();
    const exchange = sender.send(request, deliver.timeoutMs, newerTest(deliver.ackWhen), (answer) => {
      this.#flights.delete(item);
      this.#answered(item, answer, performance.now() - startedAt, traceparent.slice(3, 35), document);
    });
    this.#flights.set(item, { exchange, startedAt });
  }

  #answered(item: Item, answer: Answer, tookMs: number, traceId: string | undefined, document: Record<string, unknown>): void {
    const partner = this.#partner;
    const { deliver } = partner.connector;
    const facts = {
      attempt: item.attempts + 1,
      durationMs: tookMs,
      ...(traceId === undefined ? {} : { traceId }),
      ...(answer.kind === 'answered' ? { status: answer.status } : {}),
    };
    partner.shared.metrics.duration.observe({ partner: partner.name }, tookMs / 1000);
    if (answer.kind === 'cut') {
      partner.ledger.noted(item, { ...facts, outcome: 'cut', reason: 'the partition moved to another worker' });
      this.#report(item, 'cut', facts, 'cut');
      this.#lanes.over(item.key);
      this.#checkQuiet();
      return;
    }
    const verdict = answer.kind === 'unreachable' ? 'endpoint' : answer.newer ? 'ack' : classifyStatus(answer.status, deliver.status);
    if (verdict === 'ack') {
      this.#report(item, 'delivered', facts);
      partner.succeeded();
      partner.shared.metrics.latency.observe({ partner: partner.name }, Math.max(0, Date.now() - item.record.timestampMs) / 1000);
      this.#settle(item, partner.ledger.delivered(item, { ...facts, outcome: 'delivered' }, digestOf(document)));
    } else if (verdict === 'record') {
      item.attempts += 1;
      const { status } = answer as { status: number };
      this.#refuse(item, `status-${status}`, `the partner answered ${status}`, false, facts);
    } else {
      const reason = answer.kind === 'unreachable' ? answer.code : `status-${answer.status}`;
      if (answer.kind === 'answered' && answer.status === 401) partner.token?.forget();
      this.#failed(item, verdict, reason, facts, answer.kind === 'answered' ? answer.retryAfterMs : undefined);
    }
  }

  /** The endpoint's fault, as far as one can tell: try again, hold, or find that this record alone is to blame. */
  #failed(item: Item, verdict: 'endpoint' | 'hold', reason: string, facts: AttemptNumbers, retryAfterMs?: number): void {
    const partner = this.#partner;
    const policy = partner.connector.deliver.retry;
    // Others got through since this record first failed: the endpoint works, so the record is to blame.
    const othersSucceed = item.successesAtFailure !== undefined && partner.successes > item.successesAtFailure;
    item.successesAtFailure ??= partner.successes;
    if (partner.breaker.isOpen) {
      this.#note(item, 'held', facts, reason);
      this.#lanes.over(item.key);
      this.#lanes.again(item.key);
      this.#probed(item);
      return this.#checkQuiet();
    }
    item.attempts += 1;
    this.#intake.get(item.partition)?.attempted(item);
    this.#committer.changed(item.partition);
    if (verdict === 'hold' && othersSucceed) {
      return this.#park(item, reason, 'refused while other records get through', facts);
    }
    const spent = item.attempts >= policy.maxAttempts;
    if (spent && othersSucceed) {
      return this.#park(item, 'exhausted', `${item.attempts} attempts, last: ${reason}`, facts);
    }
    const opened = verdict === 'hold' || spent ? partner.breaker.open(Date.now(), reason) : partner.breaker.failure(Date.now(), reason);
    this.#note(item, opened ? 'held' : 'retried', facts, reason);
    this.#lanes.over(item.key);
    if (opened) {
      partner.held(reason);
      this.#lanes.again(item.key);
    } else this.#later(retryWaitMs(policy, item.attempts, Math.random, retryAfterMs), () => this.#lanes.again(item.key));
    this.#checkQuiet();
  }

  /** The record's own fault. A long unbroken run of these is a connector gone wrong, which is the partner's hold. */
  #refuse(item: Item, reason: string, detail: string, poison = false, facts: AttemptNumbers = { attempt: 0 }): void {
    const partner = this.#partner;
    // Bytes that cannot be read say nothing about the partner or its connector.
    if (!poison) {
      const probing = partner.breaker.isOpen;
      if (probing || partner.refusedRun >= REFUSED_RUN_MAX) {
        this.#note(item, 'held', facts, reason);
        this.#lanes.over(item.key);
        this.#lanes.again(item.key);
        if (probing) this.#probed(item);
        else partner.hold(`${REFUSED_RUN_MAX} records refused in a row, last: ${reason}`);
        return this.#checkQuiet();
      }
      partner.refusedRun += 1;
    } else this.#probed(item);
    this.#park(item, reason, detail, facts);
  }

  /** If this was the probe and the partner is still held, the next one is due. Others in flight do not count. */
  #probed(item: Item): void {
    if (this.#probing !== item) return;
    this.#probing = undefined;
    if (this.#partner.breaker.isOpen) this.#partner.probeAgain();
  }

  #park(item: Item, reason: string, detail: string, facts: AttemptNumbers): void {
    const partner = this.#partner;
    this.#report(item, 'deadLettered', facts, reason);
    partner.log.warn({ ruleId: item.ruleId, partition: item.partition, offset: item.offset, reason, detail }, 'record.parked');
    partner.shared.metrics.deadLetters.inc({ partner: partner.name, reason });
    this.#settle(item, partner.ledger.parked(item, { ...facts, outcome: 'deadLettered', reason }, detail));
  }

  /** The lane goes on, and the watermark with it, only once Kafka has acknowledged the rows. */
  #settle(item: Item, rows: Promise<void>): void {
    this.#lanes.over(item.key);
    this.#acknowledge(rows, () => {
      const intake = this.#intake.get(item.partition);
      intake?.settled(item);
      this.#committer.changed(item.partition);
      this.#pauseOrResume(item.partition);
      if (!this.#revoked) this.#lanes.done(item.key);
    });
  }

  #skip(intake: PartitionIntake, items: readonly Item[]): void {
    const rows = this.#partner.ledger.skipped(items, 'out of scope');
    this.#acknowledge(rows, () => {
      for (const item of items) intake.watermark.settle(item.offset);
      this.#committer.changed(intake.partition);
    });
  }

  #acknowledge(rows: Promise<void>, then: () => void): void {
    this.#unacknowledged += 1;
    rows
      .then(then)
      .catch((error) => this.#partner.log.error({ error: String(error) }, 'rows were not acknowledged; the record stays unsettled'))
      .finally(() => {
        this.#unacknowledged -= 1;
        this.#checkQuiet();
      });
  }

  #note(item: Item, outcome: 'held' | 'retried', facts: AttemptNumbers, reason: string): void {
    this.#report(item, outcome, facts, reason);
    this.#partner.ledger.noted(item, { ...facts, outcome, reason });
  }

  #report(item: Item, outcome: string, facts: AttemptNumbers, reason?: string): void {
    const partner = this.#partner;
    partner.shared.metrics.attempts.inc({ partner: partner.name, outcome });
    partner.log.info(
      {
        ruleId: item.ruleId,
        version: item.version,
        deliveryId: item.deliveryId,
        partition: item.partition,
        offset: item.offset,
        attempt: facts.attempt,
        outcome,
        ...(facts.status === undefined ? {} : { status: facts.status }),
        ...(reason === undefined ? {} : { reason }),
        tookMs: Math.round((facts.durationMs ?? 0) * 10) / 10,
        path: partner.sender.path,
        traceId: facts.traceId,
      },
      'delivery.attempted',
    );
  }

  /** Every schema of the batch is at hand, or the source is held: the registry's trouble is not the records' fault. */
  async #prepare(partition: number, records: readonly GroupRecord[]): Promise<boolean> {
    const { shared, log, name } = this.#partner;
    try {
      const prepared = shared.codec.prepare(records.map(({ value }) => value)).then(() => true);
      const late = delay(PREPARE_TIMEOUT_MS, false, { ref: false });
      if (await Promise.race([prepared, late])) return true;
      throw new EssError('ESS_REGISTRY', 'the schema registry does not answer in time');
    } catch (error) {
      if (!(error instanceof EssError)) throw error;
      log.warn({ error: error.message, partition }, 'source.held');
      shared.metrics.sourceHeld.set({ partner: name }, 1);
      this.#group.pause([partition]);
      this.#later(SOURCE_RETRY_MS, () => {
        shared.metrics.sourceHeld.set({ partner: name }, 0);
        this.#pauseOrResume(partition);
      });
      return false;
    }
  }

  /** Intake is bounded; a held partner's records stay in the topic, but one is needed to probe with. */
  #pauseOrResume(partition: number): void {
    const intake = this.#intake.get(partition);
    if (!intake || this.#revoked) return;
    const full = intake.isFull(this.#group.isPaused(partition)) || (this.#partner.breaker.isOpen && intake.openCount > 0);
    if (full && !this.#group.isPaused(partition)) this.#group.pause([partition]);
    if (!full && this.#group.isPaused(partition)) this.#group.resume([partition]);
  }

  #later(waitMs: number, then: () => void): void {
    if (this.#revoked) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#revoked) then();
    }, waitMs);
    this.#timers.add(timer);
  }

  #cutAll(): void {
    for (const { exchange } of this.#flights.values()) exchange.cut();
  }

  #settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#quiet = resolve;
      this.#checkQuiet();
    });
  }

  #checkQuiet(): void {
    if (this.#revoked && this.#flights.size === 0 && this.#unacknowledged === 0) this.#quiet?.();
  }
}

interface AttemptNumbers {
  readonly attempt: number;
  readonly durationMs?: number;
  readonly status?: number;
  readonly traceId?: string;
}
