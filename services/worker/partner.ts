// One partner in one worker process: its consumer group, its breaker and its pool. What belongs to one assignment of
// partitions lives in assignment.ts and is thrown away at a rebalance; what must outlive it lives here.
import { Breaker } from '@ess/domain/delivery/breaker.ts';
import { ConcurrencyLimit } from '@ess/domain/delivery/concurrency/concurrency-limit.ts';
import { RateLimit } from '@ess/domain/delivery/rate-limit.ts';
import { rebalanceTimeoutMs } from '@ess/domain/delivery/rebalance-timeout.ts';
import { CursorSigner } from '@ess/domain/stream/cursor.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import type { AttemptMetrics } from '@ess/runtime/metrics/worker-metrics.ts';
import { attemptMetrics } from '@ess/runtime/metrics/worker-metrics.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { Group } from '@ess/stream/group/group.ts';
import { ApprovalGate } from './approval/gate.ts';
import { DeliveryAssignment } from './assignment.ts';
import type { DeliveringConnector, GroupHooks, PartnerContext, PartnerGroup, Shared } from './partner-context.ts';
import { openSender } from './partner-sender.ts';
import { Ledger } from './record/ledger.ts';
import { ReplayCommands } from './replay/replay-commands.ts';
import { Pace } from './send/pace.ts';
import { Quiet } from './send/quiet.ts';
import type { PartnerSender } from './send/sender.ts';
import type { OAuthToken } from './send/token/oauth-token.ts';
import { openToken } from './send/token/oauth-token.ts';

/** Refusals parked in an unbroken run, per process. The rest waits: a partner gone wrong must not flood the dead letters. */
const REFUSED_RUN_MAX = 10;

/** How it gets its group and its pool. */
export interface PartnerDoors {
  readonly openGroup: (connector: DeliveringConnector, shared: Shared, hooks: GroupHooks) => PartnerGroup;
  readonly openSender: typeof openSender;
}

export class Partner implements PartnerContext {
  readonly shared: Shared;
  readonly name: string;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly metrics: AttemptMetrics;
  readonly cursors: CursorSigner | undefined;
  readonly partnerTopic: number;
  readonly gate: ApprovalGate;
  readonly breaker: Breaker;
  readonly group: PartnerGroup;
  connector: DeliveringConnector;
  sender: PartnerSender;
  token: OAuthToken | undefined;
  readonly concurrency: ConcurrencyLimit;
  readonly rate: RateLimit;
  lastAttempt = 0;
  lastSuccessfulAttempt = 0;
  /** Attempts whose record was refused since the last success. */
  #refused: number[] = [];
  /** The latest attempt that had started when the hold began. */
  #lastAttemptWhenHeld = 0;
  /** While it is on, nothing is sent to the partner, not even a probe. */
  readonly #quiet = new Quiet(() => this.#assignment?.pump());
  readonly #assigned = Promise.withResolvers<void>();
  #assignment: DeliveryAssignment | undefined;
  #probeTimer: NodeJS.Timeout | undefined;
  readonly #replayCommands: ReplayCommands;
  readonly #pace = new Pace(performance.now());
  /** As the last command has left it. */
  paused: boolean;
  readonly #openSender: PartnerDoors['openSender'];
  readonly #startsForMs = (): number => this.#assignment?.startsForMs ?? 0;

  constructor(connector: DeliveringConnector, shared: Shared, doors: PartnerDoors = { openGroup, openSender }) {
    this.connector = connector;
    this.shared = shared;
    const { partner, source } = connector;
    this.name = partner;
    this.log = shared.log.child({ partner });
    this.metrics = attemptMetrics(shared.metrics, partner);
    shared.metrics.connectorInfo.set({ partner, digest: connector.connectorDigest }, 1);
    this.partnerTopic = shared.atWork.numberOf({ partner, topic: source.topic });
    this.cursors = shared.cursorSecret === undefined ? undefined : new CursorSigner(shared.cursorSecret, partner);
    this.ledger = new Ledger(shared.outbox, shared.encode, {
      partner,
      topic: source.topic,
      worker: shared.workerId,
      log: this.log,
      versionsAreOffsets: () => this.connector.source.version === undefined,
      connectorDigest: () => this.connector.connectorDigest,
      rules: () => shared.history.rules(partner),
    });
    this.gate = new ApprovalGate(shared.approval, () => this.connector);
    this.breaker = new Breaker(connector.deliver.breaker);
    this.#openSender = doors.openSender;
    this.sender = this.#newSender(connector);
    this.token = openToken(connector.deliver);
    this.concurrency = new ConcurrencyLimit({ ceiling: connector.deliver.concurrency });
    this.rate = new RateLimit(connector.deliver.rateLimit?.perSecond ?? Number.POSITIVE_INFINITY);
    this.group = doors.openGroup(connector, shared, {
      openAssignment: () => {
        shared.metrics.rebalances.inc({ partner });
        this.#assignment = new DeliveryAssignment(this, this.group, {
          onAssigned: () => {
            this.#assigned.resolve();
            this.#replayCommands.look();
          },
          onReplayOver: (intake) => this.#replayCommands.over(intake),
        });
        return this.#assignment;
      },
      onAlive: () => this.#assignment?.pump(),
      rebalanceTimeoutMs: () => rebalanceTimeoutMs(this.connector.deliver, shared.sessionTimeoutMs),
      onCrash: (error) => shared.onCrash(partner, error),
      onStuck: (error) => shared.onStuck(partner, error),
    });
    this.#replayCommands = new ReplayCommands(this, this.group, () => this.#assignment);
    this.paused = this.#pauseIsOrdered;
  }

  /** Resolves with the first assignment: from then on records flow. */
  get assigned(): Promise<void> {
    return this.#assigned.promise;
  }

  get wantsQuiet(): boolean {
    return this.#quiet.isOn;
  }

  get assignment(): DeliveryAssignment | undefined {
    return this.#assignment;
  }

  get health(): PartnerContext['health'] {
    const { state } = this.breaker;
    const { limit, usualMs, isLowered } = this.concurrency;
    const slotsPerSecond = usualMs === undefined ? 0 : (limit * 1000) / Math.max(usualMs, 0.1);
    const { perSecond } = this.rate;
    const hold = state.kind === 'open' ? state : this.#assignment?.sourceHold;
    return {
      ...(hold ? { held: { sinceMs: hold.sinceMs, reason: hold.reason } } : {}),
      ...(this.wantsQuiet ? { quietUntilMs: Math.ceil(Date.now() + this.#quiet.leftMs) } : {}),
      settledPerSecond: Math.round(this.#pace.perSecond(performance.now()) * 10) / 10,
      capacityPerSecond: Math.round(Math.min(slotsPerSecond, perSecond)),
      ...(isLowered || perSecond < slotsPerSecond ? { atLimit: true } : {}),
      connector: this.connector.connectorDigest.slice(0, 12),
    };
  }

  settled(): void {
    this.#pace.settled(performance.now());
  }

  /** A command was given, or a worker has said how far it is with one. */
  commanded({ kind }: Command): void {
    if (kind !== 'progress') this.#assignment?.wakeRedrive();
    const paused = this.#pauseIsOrdered;
    if (paused !== this.paused) {
      this.paused = paused;
      this.log.info({}, paused ? 'partner.paused' : 'partner.unpaused');
      this.#assignment?.holdChanged();
      if (!paused && this.breaker.isOpen) this.#scheduleProbe();
    }
    this.#replayCommands.look();
  }

  /**
   * Takes effect between two records of a lane. A changed contract may end a hold, so it is probed at once.
   * @throws when it cannot be; all is as before then
   */
  async reload(connector: DeliveringConnector): Promise<void> {
    const before = this.sender;
    const sender = this.#newSender(connector);
    const token = openToken(connector.deliver); // when one cannot be, nothing has changed
    this.sender = sender;
    this.token = token;
    this.#inForce(connector);
    this.concurrency.ceiling = connector.deliver.concurrency;
    this.log.info({ digest: connector.connectorDigest.slice(0, 12) }, 'connector.changed');
    this.#quiet.end();
    this.#assignment?.connectorChanged();
    if (this.breaker.isOpen) this.#scheduleProbe(0);
    else this.#assignment?.pump();
    await before.closeWhenIdle();
  }

  startAttempt(): number {
    this.lastAttempt += 1;
    return this.lastAttempt;
  }

  succeeded(attempt: number): void {
    this.lastSuccessfulAttempt = Math.max(this.lastSuccessfulAttempt, attempt);
    const before = this.breaker.state;
    // What was on its way when the hold began says nothing about the partner since.
    if (before.kind === 'open' && attempt <= this.#lastAttemptWhenHeld) return;
    if (!this.breaker.success(Date.now()) || before.kind !== 'open') return;
    clearTimeout(this.#probeTimer);
    this.log.info({ heldMs: Date.now() - before.sinceMs, probes: before.probes }, 'partner.resumed');
    this.#assignment?.holdChanged();
  }

  get refusesAll(): boolean {
    return this.#refused.length >= REFUSED_RUN_MAX && this.#refusedSinceSuccess().length >= REFUSED_RUN_MAX;
  }

  refused(attempt: number): void {
    this.#refused = [...this.#refusedSinceSuccess(), attempt];
  }

  asked(retryAfterMs: number): void {
    const wasOn = this.#quiet.isOn;
    this.#quiet.ask(retryAfterMs);
    if (!wasOn) this.log.info({ forMs: Math.round(this.#quiet.leftMs) }, 'partner.quiet');
  }

  hold(reason: string): void {
    if (this.breaker.open(Date.now(), reason)) this.#held(reason);
  }

  failed(reason: string): boolean {
    const held = this.breaker.failure(Date.now(), reason);
    if (held) this.#held(reason);
    return held;
  }

  probeAgain(): void {
    this.#scheduleProbe();
  }

  async stop(): Promise<void> {
    await this.group.stop();
    clearTimeout(this.#probeTimer);
    this.#quiet.end();
    await this.sender.close();
  }

  #newSender({ deliver }: DeliveringConnector): PartnerSender {
    return this.#openSender(deliver, this.#startsForMs, this.log, this.shared.senderThreads);
  }

  get #pauseIsOrdered(): boolean {
    return this.shared.control.state.paused(this.name) !== undefined;
  }

  #refusedSinceSuccess(): number[] {
    return this.#refused.filter((attempt) => attempt > this.lastSuccessfulAttempt);
  }

  #inForce(connector: DeliveringConnector): void {
    const { connectorInfo } = this.shared.metrics;
    connectorInfo.remove({ partner: this.name, digest: this.connector.connectorDigest });
    connectorInfo.set({ partner: this.name, digest: connector.connectorDigest }, 1);
    this.connector = connector;
    this.breaker.policy = connector.deliver.breaker;
  }

  #held(reason: string): void {
    this.#lastAttemptWhenHeld = this.lastAttempt;
    this.log.warn({ reason }, 'partner.held');
    this.#assignment?.holdChanged();
    this.#scheduleProbe();
  }

  #scheduleProbe(waitMs = Math.max(this.breaker.nextProbeMs(Math.random), this.#quiet.leftMs)): void {
    clearTimeout(this.#probeTimer);
    this.#probeTimer = setTimeout(() => {
      if (!this.breaker.isOpen) return;
      // Requests that were in flight when the hold began may have asked for more time since.
      const quietMs = this.#quiet.leftMs;
      if (quietMs > 0) this.#scheduleProbe(quietMs);
      else if (!this.#assignment?.probe()) this.#scheduleProbe();
    }, waitMs);
  }
}

function openGroup({ partner, source }: DeliveringConnector, shared: Shared, hooks: GroupHooks): Group {
  return new Group({
    kafka: shared.kafka,
    groupId: `ess.${partner}`,
    topic: source.topic,
    log: shared.log.child({ partner }),
    topicIds: shared.topicIds,
    sessionTimeoutMs: shared.sessionTimeoutMs,
    restMs: shared.restMs,
    memberName: shared.workerId,
    ...hooks,
  });
}
