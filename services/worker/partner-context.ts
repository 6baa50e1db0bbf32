// What one assignment of partitions, and each attempt in it, may use of its partner. partner.ts is this; it outlives them.

import type { Connector, Deliver } from '@ess/domain/connector/connector.ts';
import type { PartnerHealth } from '@ess/domain/control/commit-metadata.ts';
import type { Breaker } from '@ess/domain/delivery/breaker.ts';
import type { ConcurrencyLimit } from '@ess/domain/delivery/concurrency/concurrency-limit.ts';
import type { RateLimit } from '@ess/domain/delivery/rate-limit.ts';
import type { Stands } from '@ess/domain/delivery/stands.ts';
import type { CursorSigner } from '@ess/domain/stream/cursor.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import type { AttemptMetrics, WorkerMetrics } from '@ess/runtime/metrics/worker-metrics.ts';
import type { Tracer } from '@ess/runtime/trace/tracer.ts';
import type { Assignment } from '@ess/stream/group/assignment.ts';
import type { Group } from '@ess/stream/group/group.ts';
import type { GroupOptions } from '@ess/stream/group/group-options.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import type { KnowsTopicIds } from '@ess/stream/read/topic-ids.ts';
import type { Decodes } from '@ess/stream/registry/codec.ts';
import type { AtWork } from '@ess/stream/write/at-work.ts';
import type { Appends } from '@ess/stream/write/threaded-outbox.ts';
import type { ApprovalGate, ApprovalRule } from './approval/gate.ts';
import type { Control } from './item/control.ts';
import type { Isolation } from './item/isolation.ts';
import type { SharedDecode } from './item/shared-decode.ts';
import type { Encoders, Ledger } from './record/ledger.ts';
import type { RecoverSettled } from './record/recovery.ts';
import type { ReplayHistory } from './record/replay-history.ts';
import type { PartnerSender } from './send/sender.ts';
import type { SenderThreads } from './send/threads/sender-threads.ts';
import type { OAuthToken } from './send/token/oauth-token.ts';

/** A connector that has something to deliver to. */
export type DeliveringConnector = Connector & { readonly deliver: Deliver };

/** Its consumer group, as the worker sees it. */
export type PartnerGroup = Pick<Group, keyof Group>;

/** What one assignment asks of the group. */
export type AssignmentGroup = Pick<
  Group,
  'ownedForMs' | 'partitionCount' | 'highWatermark' | 'isPaused' | 'pause' | 'resume' | 'seek' | 'reopen' | 'commit'
>;

/** What the group tells the partner. */
export interface GroupHooks extends Pick<GroupOptions, 'onCrash' | 'onStuck'> {
  readonly openAssignment: () => Assignment;
  readonly onAlive: () => void;
  readonly rebalanceTimeoutMs: () => number;
}

/** What all partners of a process share. */
export interface Shared {
  readonly kafka: Kafka;
  readonly clusterId: string;
  readonly topicIds: KnowsTopicIds;
  readonly codec: Decodes;
  readonly decoder: SharedDecode;
  readonly outbox: Appends;
  readonly encode: Encoders;
  readonly log: Log;
  readonly metrics: WorkerMetrics;
  /** Absent: no spans are exported. */
  readonly tracer: Tracer | undefined;
  /** Names this process in audit rows and commits; never used twice. */
  readonly workerId: string;
  readonly cursorSecret: string | undefined;
  readonly recover: RecoverSettled;
  readonly atWork: AtWork;
  /** Records that have stopped a process, as far as they are known here. */
  readonly stands: Stands;
  readonly isolation: Isolation;
  readonly history: ReplayHistory;
  /** What was asked for through ess.control; complete before the first partition is assigned. */
  readonly control: Control;
  /** When an order needs a second person. */
  readonly approval: ApprovalRule;
  readonly sessionTimeoutMs: number;
  /** Absent: requests go out by the worker's own thread. */
  readonly senderThreads?: SenderThreads | undefined;
  /** See linger.ts. */
  readonly gatherMs: number;
  readonly restMs: number;
  /** The partner's consumer has ended by itself. */
  readonly onCrash: (partner: string, error: Error) => void;
  /** It stands still and cannot even be stopped: the process is better replaced. */
  readonly onStuck: (partner: string, error: Error) => void;
}

/** Which partner it is, in which process. */
export interface Process {
  readonly name: string;
  readonly shared: Shared;
  readonly log: Log;
  /** By this number the thread that watches this one knows the partner and its source topic (stream/write/at-work.ts). */
  readonly partnerTopic: number;
  /** Which orders are carried out here. */
  readonly gate: Pick<ApprovalGate, 'refusal' | 'refused'>;
}

/** What is written down about its records. */
export interface Records {
  readonly ledger: Ledger;
  readonly metrics: AttemptMetrics;
}

/** Where its records go, and as what. These change together when the connector's files do. */
export interface Destination {
  readonly connector: DeliveringConnector;
  readonly sender: Pick<PartnerSender, 'send' | 'shownPath'>;
  readonly token: OAuthToken | undefined;
  /** Absent without ESS_CURSOR_KEYS. */
  readonly cursors: CursorSigner | undefined;
}

/** How the partner is doing. */
export interface Health {
  readonly breaker: Breaker;
  /** `ess pause`: nothing is taken in, and nothing sent. */
  readonly paused: boolean;
  /** How the partner is doing here, for people who ask (commit-metadata.ts). */
  readonly health: PartnerHealth;
  /** How many requests the partner bears at once. */
  readonly concurrency: ConcurrencyLimit;
  /** This process's share of the partner's rate limit. */
  readonly rate: RateLimit;
  /**
   * Number of the latest attempt that was started. The answer to a later attempt proves that the endpoint works; a later
   * answer alone does not. A partner that dies still answers what it had accepted.
   */
  readonly lastAttempt: number;
  /** Number of the latest started attempt that got through. */
  readonly lastSuccessfulAttempt: number;
  /** Records parked as refused since the last that got through are so many that one more may not be. */
  readonly refusesAll: boolean;
  /** @returns the number of an attempt that starts now */
  startAttempt(): number;
  /** An attempt got through. */
  succeeded(attempt: number): void;
  /** A record was parked because the partner refuses it. */
  refused(attempt: number): void;
  /** It has asked to be left alone for a while (429, Retry-After): no lane starts until that is over. */
  readonly wantsQuiet: boolean;
  /** The partner asked to be left alone for so long. */
  asked(retryAfterMs: number): void;
  /** Holds the partner; does nothing when it is held. */
  hold(reason: string): void;
  /** Counts a failure of the endpoint. @returns whether this held the partner */
  failed(reason: string): boolean;
  /** A record is through, whatever its outcome. */
  settled(): void;
  /** The last probe did not get through, or there was nothing to probe with. */
  probeAgain(): void;
}

/** All of it; who needs less asks for less. */
export interface PartnerContext extends Process, Records, Destination, Health {}
