// From a lane's head to what comes of it:
//   begin -> map -> dispatch.ts -> answered -> judge.ts -> carried out: settled, tried again, or left to another owner
import type { Answer, ItemAnswer } from '@ess/domain/delivery/outcome.ts';
import { retryWaitMs } from '@ess/domain/delivery/retry.ts';
import type { SentBefore } from '../intake/partition-intake.ts';
import type { Item } from '../item/item.ts';
import { isFirstTelling } from '../item/item.ts';
import type { ItemTraces } from '../item/item-traces.ts';
import type { PartnerContext } from '../partner-context.ts';
import { digestOf } from '../send/request.ts';
import type { Numbers } from './attempt-log.ts';
import { AttemptLog } from './attempt-log.ts';
import type { Returned } from './dispatch.ts';
import { Dispatch } from './dispatch.ts';
import type { Disposition } from './disposition.ts';
import type { Blame, Ending, Verdict } from './judge.ts';
import { judge } from './judge.ts';
import { digestNow, isOver, mapItem } from './map-item.ts';
import { isReadAnew, readAgain } from './read-again.ts';

const RETRY_AT_ONCE = 0;
const NOTHING_SENT = 0;
const TOO_MANY_REQUESTS = 429;
const RESENT = { idle: 'idle connection closed', pipe: 'connection with others on it ended' };

export class Attempts {
  readonly #partner: PartnerContext;
  readonly #disposition: Disposition;
  readonly #counted: (item: Item, reason: string) => void;
  readonly #takeAnew: () => void;
  readonly #dispatch: Dispatch;
  readonly #log: AttemptLog;
  #probe: Item | undefined;
  #isOver = false;

  /**
   * @param counted what the record has used of its attempts has changed: it must survive a restart
   * @param takeAnew the assignment ends, and another one of the same partitions takes in what is not settled
   */
  constructor(
    partner: PartnerContext,
    disposition: Disposition,
    counted: (item: Item, reason: string) => void,
    takeAnew: () => void,
    traces?: ItemTraces,
  ) {
    this.#partner = partner;
    this.#disposition = disposition;
    this.#counted = counted;
    this.#takeAnew = takeAnew;
    this.#log = new AttemptLog(partner);
    const answered = (parcel: Returned, answer: Answer | ItemAnswer) => {
      this.#atWork(parcel.item);
      this.#answered(parcel, answer);
      partner.shared.atWork.end();
    };
    const unsent = (item: Item) => {
      disposition.retry(item, RETRY_AT_ONCE);
      this.#probed(item);
    };
    this.#dispatch = new Dispatch(partner, answered, unsent, traces);
  }

  /** Records in flight. */
  get inflight(): number {
    return this.#dispatch.inflight;
  }

  begin(item: Item): void {
    item.begunAt = performance.now();
    if (item.firstBegunAt === 0) item.firstBegunAt = item.begunAt;
    this.#atWork(item);
    this.#begin(item);
    this.#partner.shared.atWork.end();
  }

  /**
   * An earlier owner delivered this and crashed, perhaps before it wrote the state row: it is written again, with what the
   * audit row says of the document. Older rows say nothing of it: then it is what the mapping makes of the record today.
   */
  restate(item: Item, { bodyDigest, connectorDigest }: SentBefore): void {
    if (!item.decoded.ok) return;
    const sent = bodyDigest ?? digestNow(this.#partner, item);
    if (sent === undefined) return;
    this.#partner.ledger.acked(item, { bodyDigest: sent, connectorDigest, isOver: isOver(this.#partner, item) });
  }

  /** The connector has changed, or the partner is held or paused: what waits to go out comes again. */
  recall(): void {
    this.#dispatch.recall();
  }

  /** Nothing more is sent; what is in flight may still be answered. */
  end(): void {
    this.#isOver = true;
    for (const item of this.#dispatch.end()) this.#disposition.leave(item);
  }

  /** Resolves when nothing is in flight; for the end of the assignment. */
  landed(): Promise<void> {
    return this.#dispatch.landed();
  }

  /** Ends what is in flight without waiting for answers. */
  cutAll(): void {
    this.#dispatch.cutAll();
  }

  /** Code runs for this record from here on: it is mapped, sent, or its answer is judged. */
  #atWork({ partnerTopic, partition, offset, attempts }: Item): void {
    this.#partner.shared.atWork.begin(partnerTopic, partition, offset, attempts + 1);
  }

  #begin(item: Item): void {
    const { breaker, connector } = this.#partner;
    if (breaker.isOpen) {
      item.probes += 1;
      this.#probe = item;
    }
    if (isReadAnew(this.#partner, item) && !readAgain(this.#partner, item)) {
      this.#disposition.leave(item);
      return this.#takeAnew();
    }
    const { decoded } = item;
    if (!decoded.ok) return this.#unreadable(item, decoded.reason, decoded.detail);
    if (connector.onLeave === 'alert' && isOver(this.#partner, item)) return this.#alerted(item);
    const mapped = mapItem(this.#partner, item);
    if (!mapped.ok) {
      const reason = mapped.reason.split(':', 1)[0] ?? 'mapping';
      return this.#ended(item, { kind: 'unmapped', reason, detail: mapped.reason }, this.#numbers(NOTHING_SENT));
    }
    const { document, parts } = mapped;
    this.#dispatch.send({ ...this.#numbers(item.attempts + 1), item, document, json: JSON.stringify(document), parts });
  }

  #answered(parcel: Returned, answer: Answer | ItemAnswer): void {
    const { item, json, attempt, start, connectorDigest, durationMs, traceparent, companions, first } = parcel;
    const bodyDigest = digestOf(json); // once, for all rows of the attempt
    const unanswered: Numbers = { attempt, start, durationMs, traceparent, bodyDigest, connectorDigest };
    if ('resent' in answer && answer.resent) {
      this.#partner.metrics.repaired('resent');
      this.#log.noted(item, 'retried', unanswered, RESENT[answer.resent]);
    }
    if (answer.kind !== 'answered' && answer.kind !== 'item')
      return this.#ended(item, answer, unanswered, companions, first);
    const numbers: Numbers = answer.status === null ? unanswered : { ...unanswered, status: answer.status };
    this.#ended(item, answer, numbers, companions, first);
  }

  /**
   * @param companions other records in the same request
   * @param counts one answer is one sign of the partner's health: that of the first record of its request
   */
  #ended(item: Item, ending: Ending, numbers: Numbers, companions = 0, counts = true): void {
    const { breaker, connector, lastSuccessfulAttempt, refusesAll } = this.#partner;
    const verdict = judge(
      ending,
      {
        attempts: item.attempts,
        throughSinceFailed:
          item.lastAttemptWhenFailed !== undefined && lastSuccessfulAttempt > item.lastAttemptWhenFailed,
        throughSinceRefused:
          item.lastAttemptWhenRefused !== undefined && lastSuccessfulAttempt > item.lastAttemptWhenRefused,
        redriven: item.redriven,
        companions,
        tokenMayBeOld: this.#partner.token !== undefined && !item.tokenRenewed,
      },
      { isHeld: breaker.isOpen, refusesAll },
      connector.deliver,
    );
    if (verdict.kind === 'delivered') return this.#delivered(item, numbers);
    const retryAfterMs = 'retryAfterMs' in ending ? ending.retryAfterMs : undefined;
    this.#carryOut(item, verdict, numbers, counts, retryAfterMs);
  }

  #delivered(item: Item, numbers: Numbers): void {
    const { metrics, ledger } = this.#partner;
    this.#log.attempted(item, 'delivered', numbers);
    if (isFirstTelling(item)) metrics.latency.observe((item.waitedMs + item.answeredAt - item.takenAt) / 1000);
    this.#partner.succeeded(numbers.start);
    item.delivered = true;
    const over = isOver(this.#partner, item);
    const facts = { ...numbers, bodyDigest: numbers.bodyDigest ?? '', outcome: 'delivered' } as const; // acked: it was sent
    this.#disposition.settleFor(item, (told) => ledger.delivered(item, facts, over, told));
  }

  #carryOut(
    item: Item,
    verdict: Exclude<Verdict, { kind: 'delivered' }>,
    numbers: Numbers,
    counts: boolean,
    retryAfterMs: number | undefined,
  ): void {
    const partner = this.#partner;
    if ('blames' in verdict) this.#blame(item, verdict.blames, retryAfterMs);
    if ('single' in verdict) item.single = true;
    switch (verdict.kind) {
      case 'left':
        this.#log.noted(item, 'cut', numbers, "the partition may be another worker's");
        if (this.#isOver) return this.#disposition.leave(item);
        // Nothing starts before the group has been heard of again.
        this.#disposition.retry(item, RETRY_AT_ONCE);
        return this.#probed(item);
      case 'parked':
        if (verdict.blames !== 'record') this.#spend(item, verdict.reason);
        else {
          if (numbers.attempt > 0) item.attempts += 1;
          if (!item.redriven && !partner.breaker.isOpen) partner.refused(numbers.start);
        }
        this.#park(item, verdict.reason, verdict.detail, numbers);
        return this.#probed(item);
      case 'single':
        item.single = true;
        this.#log.noted(item, 'retried', numbers, verdict.reason);
        return this.#disposition.retry(item, RETRY_AT_ONCE);
      case 'again':
        item.tokenRenewed = true;
        partner.metrics.repaired('tokenRenewed');
        this.#spend(item, verdict.reason);
        this.#log.noted(item, 'retried', numbers, verdict.reason);
        return this.#disposition.retry(item, RETRY_AT_ONCE);
      case 'waits':
        this.#log.noted(item, 'held', numbers, verdict.reason);
        this.#disposition.retry(item, RETRY_AT_ONCE);
        return this.#probed(item);
      case 'hold':
        if (verdict.blames !== 'record') this.#spend(item, verdict.reason);
        // Held before the lane goes on: otherwise one more request would start.
        partner.hold(verdict.why);
        this.#log.noted(item, 'held', numbers, verdict.reason);
        return this.#disposition.retry(item, RETRY_AT_ONCE);
      case 'retry': {
        this.#spend(item, verdict.reason);
        const isHeld = counts && partner.failed(verdict.reason);
        this.#log.noted(item, isHeld ? 'held' : 'retried', numbers, verdict.reason);
        const { retry } = partner.connector.deliver;
        const waitMs = isHeld ? RETRY_AT_ONCE : retryWaitMs(retry, item.attempts, Math.random, retryAfterMs);
        // These two are about the partner, not the record: no lane sends meanwhile, so this one needs no wait of its own.
        const isForAll = numbers.status === TOO_MANY_REQUESTS || retryAfterMs !== undefined;
        if (isForAll) partner.asked(waitMs);
        return this.#disposition.retry(item, isForAll ? RETRY_AT_ONCE : waitMs);
      }
    }
  }

  /** From here on an attempt that starts later and gets through shows that the endpoint is not to blame. */
  #blame(item: Item, blames: Blame, retryAfterMs: number | undefined): void {
    if (blames === 'record') return;
    const { lastAttempt } = this.#partner;
    item.lastAttemptWhenFailed ??= lastAttempt;
    if (blames === 'hold') item.lastAttemptWhenRefused = lastAttempt;
    // A hold and a parked record end here; a retry asks once more, with the wait of its own.
    if (retryAfterMs !== undefined) this.#partner.asked(retryAfterMs);
  }

  #spend(item: Item, reason: string): void {
    item.attempts += 1;
    this.#counted(item, reason);
  }

  /** A rule that has left the scope or was withdrawn, where onLeave is alert: it is never dropped in silence. */
  #alerted(item: Item): void {
    const { name, shared, log, ledger } = this.#partner;
    const isLeft = item.scopeExit === 'yes';
    log.error({ ruleId: item.ruleId, version: item.version }, isLeft ? 'rule.left' : 'rule.withdrawn');
    shared.metrics.withdrawn.inc({ partner: name });
    ledger.inForce.told(item.ruleId ?? item.key);
    this.#disposition.settle(
      item,
      ledger.passed([item], 'skipped', `${isLeft ? 'left the scope' : 'withdrawn'}; onLeave: alert`),
    );
    this.#probed(item);
  }

  /** No value is nobody's fault; a long run of records that cannot be read is a schema gone wrong, which no partner heals. */
  #unreadable(item: Item, reason: string, detail: string): void {
    if (reason !== 'tombstone')
      return this.#ended(item, { kind: 'unreadable', reason, detail }, this.#numbers(NOTHING_SENT));
    this.#park(item, reason, detail, this.#numbers(NOTHING_SENT));
    this.#probed(item);
  }

  #park(item: Item, reason: string, detail: string, numbers: Numbers): void {
    const { metrics, ledger } = this.#partner;
    this.#log.attempted(item, 'deadLettered', numbers, detail);
    metrics.parked(reason);
    this.#disposition.settle(item, ledger.parked(item, { ...numbers, outcome: 'deadLettered', reason }, detail));
  }

  /** If this was the probe and the partner is still held, the next one is due. Others in flight do not count. */
  #probed(item: Item): void {
    if (this.#probe !== item) return;
    this.#probe = undefined;
    if (this.#partner.breaker.isOpen && !this.#isOver) this.#partner.probeAgain();
  }

  #numbers(attempt: number): Numbers {
    return { attempt, start: this.#partner.startAttempt(), connectorDigest: this.#partner.connector.connectorDigest };
  }
}
