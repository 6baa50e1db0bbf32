// One partner in one worker process: its consumer group, its breaker and its pool. What belongs to one assignment of
// partitions lives in delivery-epoch.ts and is thrown away at a rebalance; what must outlive it lives here.
import { Breaker } from '@ess/domain/breaker.ts';
import type { Connector, Deliver } from '@ess/domain/connector.ts';
import type { Log } from '@ess/runtime/log.ts';
import type { WorkerMetrics } from '@ess/runtime/metrics.ts';
import { Group } from '@ess/stream/group.ts';
import type { Codec } from '@ess/stream/codec.ts';
import type { Outbox } from '@ess/stream/outbox.ts';
import type { Kafka } from '@ess/stream/client.ts';
import { DeliveryEpoch } from './delivery-epoch.ts';
import { Ledger } from './ledger.ts';
import type { Encoders } from './ledger.ts';
import { OAuthToken } from './oauth-token.ts';
import type { RecoverSettled } from './recovery.ts';
import { Sender } from './sender.ts';

/** A connector that has something to deliver to. */
export type DeliveringConnector = Connector & { readonly deliver: Deliver };

/** What all partners of a process share. */
export interface Shared {
  readonly kafka: Kafka;
  readonly clusterId: string;
  readonly codec: Codec;
  readonly outbox: Outbox;
  readonly encode: Encoders;
  readonly log: Log;
  readonly metrics: WorkerMetrics;
  readonly workerId: string;
  readonly recordName: (topic: string) => string | undefined;
  readonly cursorSecret: string | undefined;
  readonly recover: RecoverSettled;
  readonly sessionTimeoutMs: number;
  readonly onCrash: (partner: string, error: Error) => void;
}

/** Refusals parked in an unbroken run before the partner is held: a connector that went wrong must not drain the topic into the dead letters. */
export const REFUSED_RUN_MAX = 10;

export class Partner {
  readonly shared: Shared;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly breaker: Breaker;
  readonly group: Group;
  connector: DeliveringConnector;
  sender: Sender;
  token: OAuthToken | undefined;
  /** Acks so far; proves that the endpoint works. */
  successes = 0;
  /** Record-level refusals since the last success. */
  refusedRun = 0;
  #epoch: DeliveryEpoch | undefined;
  #probeTimer: NodeJS.Timeout | undefined;

  constructor(connector: DeliveringConnector, shared: Shared) {
    this.connector = connector;
    this.shared = shared;
    const { partner, source } = connector;
    this.log = shared.log.child({ partner });
    this.ledger = new Ledger(shared.outbox, shared.encode, { partner, topic: source.topic, worker: shared.workerId });
    this.breaker = new Breaker(connector.deliver.breaker);
    this.sender = openSender(connector);
    this.token = openToken(connector);
    this.group = new Group({
      kafka: shared.kafka,
      groupId: `ess.${partner}`,
      topic: source.topic,
      log: this.log,
      sessionTimeoutMs: shared.sessionTimeoutMs,
      openEpoch: (group) => {
        shared.metrics.rebalances.inc({ partner });
        this.#epoch = new DeliveryEpoch(this, group);
        return this.#epoch;
      },
      onAlive: () => this.#epoch?.pump(),
      onCrash: (error) => shared.onCrash(partner, error),
    });
  }

  get name(): string {
    return this.connector.partner;
  }

  get epoch(): DeliveryEpoch | undefined {
    return this.#epoch;
  }

  /** Takes effect between two records of a lane. A changed contract may be why the partner was held: it is probed at once. */
  async reload(connector: DeliveringConnector): Promise<void> {
    const [oldSender] = [this.sender];
    this.sender = openSender(connector);
    this.token = openToken(connector);
    this.connector = connector;
    this.log.info({ digest: connector.digest.slice(0, 12) }, 'connector.changed');
    if (this.breaker.isOpen) this.#scheduleProbe(0);
    await oldSender.closeWhenIdle();
  }

  /** Holds the partner: nothing is sent but probes until one gets through. */
  hold(reason: string): void {
    if (!this.breaker.open(Date.now(), reason)) return;
    this.held(reason);
  }

  /** The breaker has just opened. */
  held(reason: string): void {
    this.log.warn({ reason }, 'partner.held');
    this.shared.metrics.circuit.set({ partner: this.name }, 1);
    this.#epoch?.holdChanged();
    this.#scheduleProbe();
  }

  /** An attempt got through. */
  succeeded(): void {
    this.successes += 1;
    this.refusedRun = 0;
    const before = this.breaker.state;
    if (!this.breaker.success(Date.now()) || before.kind !== 'open') return;
    clearTimeout(this.#probeTimer);
    this.log.info({ heldMs: Date.now() - before.sinceMs, probes: before.probes }, 'partner.resumed');
    this.shared.metrics.circuit.set({ partner: this.name }, 0);
    this.#epoch?.holdChanged();
  }

  /** A probe did not get through, or there was nothing to probe with. */
  probeAgain(): void {
    this.#scheduleProbe();
  }

  async stop(): Promise<void> {
    await this.group.stop();
    clearTimeout(this.#probeTimer);
    await this.sender.close();
  }

  #scheduleProbe(waitMs = this.breaker.nextProbeMs(Math.random)): void {
    clearTimeout(this.#probeTimer);
    this.#probeTimer = setTimeout(() => {
      if (this.breaker.isOpen && !this.#epoch?.probe()) this.#scheduleProbe();
    }, waitMs);
  }
}

function openSender({ deliver }: DeliveringConnector): Sender {
  return new Sender({
    url: deliver.url,
    allow: deliver.allow,
    connections: deliver.concurrency,
    ...(deliver.auth.mtls ? { tls: deliver.auth.mtls } : {}),
  });
}

function openToken({ deliver }: DeliveringConnector): OAuthToken | undefined {
  const { oauth2ClientCredentials } = deliver.auth;
  return oauth2ClientCredentials && new OAuthToken(oauth2ClientCredentials, deliver.allow);
}
