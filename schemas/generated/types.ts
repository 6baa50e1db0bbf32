// Generated from the .avsc files by `node schemas/generate.ts`. Do not edit.

// rules/RulePublished.avsc

/** A rule was published, changed or withdrawn. Key of the record: ruleId. */
export interface RulePublished {
  /** Unique per publish; sent to partners as ess-event-id. */
  eventId: string;
  ruleId: string;
  /** Grows with each publish of the same rule. */
  version: number | bigint;
  status: RuleStatus;
  /** Whom the rule concerns, e.g. Hospital. */
  scope: string;
  region: string | null;
  title: string;
  /** ISO 8601 date or date-time. */
  effectiveDate: string | null;
  /** Milliseconds since the epoch. */
  publishedAt: number;
  publishedBy: string;
  auditStamp: AuditStamp | null;
  /** ICU beds that each hospital in scope holds. */
  minIcuBeds: number | null;
  minVentilators: number | null;
  /** Field surveys rest in the region. */
  pauseSurveys: boolean | null;
  noFlyRadiusKm: number | null;
  /** Parameters without a typed field yet. */
  parameters: Record<string, string>;
}

export type RuleStatus = 'active' | 'withdrawn';

/** The approval that governance attached to this publish. */
export interface AuditStamp {
  id: string;
  approvedBy: string;
  /** Milliseconds since the epoch. */
  approvedAt: number;
  signature: string | null;
}

// public.rules/PublicRule.avsc

/** A published rule as partners may read it: what is copied from RulePublished, field by field. Key of the record: ruleId. */
export interface PublicRule {
  /** Unique per publish. */
  eventId: string;
  ruleId: string;
  /** Grows with each publish of the same rule. */
  version: number | bigint;
  status: PublicRuleStatus;
  /** Whom the rule concerns, e.g. Hospital. */
  scope: string;
  region: string | null;
  title: string;
  /** ISO 8601 date or date-time. */
  effectiveDate: string | null;
  /** Milliseconds since the epoch. */
  publishedAt: number;
  /** ICU beds that each hospital in scope holds. */
  minIcuBeds: number | null;
  minVentilators: number | null;
  /** Field surveys rest in the region. */
  pauseSurveys: boolean | null;
  noFlyRadiusKm: number | null;
}

export type PublicRuleStatus = 'active' | 'withdrawn';

// ess.audit/DeliveryAttempt.avsc

/** One attempt to settle one record for one partner. Key: partner/ruleId. The authority on what was delivered. */
export interface DeliveryAttempt {
  eventId: string | null;
  /** Null when the record could not be decoded. */
  ruleId: string | null;
  version: number | bigint | null;
  partner: string;
  /** Source position: topic, partition, offset. */
  topic: string;
  partition: number;
  offset: number;
  /** The webhook-id. */
  deliveryId: string;
  /** 1 is the first attempt; 0 when nothing was sent. */
  attempt: number;
  outcome: AttemptOutcome;
  reason: string | null;
  /** HTTP status of the answer. */
  status: number | null;
  durationMs: number | null;
  /** Milliseconds since the epoch. */
  publishedAt: number | null;
  /** Milliseconds since the epoch. */
  attemptedAt: number;
  traceId: string | null;
  /** Which process made the attempt. */
  worker: string;
  replayId: string | null;
  /** retentionLost: offset to lastOffset were lost, both included. moved: a replay moved the position from lastOffset to offset. */
  lastOffset: number | null;
  /** SHA-256, hex, of the mapped document of this attempt as JSON, before auth was added: the same text as digest in ess.delivery-state. Null: no document was made, as of a skipped or superseded record, or the row is of a version that did not write it. */
  bodyDigest: string | null;
  /** SHA-256, hex, of what decided scope, URL, method, headers and body: of the connector that this attempt was made with, or that was in force when a record was skipped or superseded. Null: the row is about a position and not a record, or of a version that did not write it. */
  connectorDigest: string | null;
  /** Where the time of a delivery went, from publish to the end of the answer, in ms: kafkaAcrossClocks, lane, retry, mapping, connect, firstByte, answer. Null: the row is not that of an ack, a replay or redrive has sent the record again, or the row is of a version that did not write it. */
  stagesMs: Array<number> | null;
}

export type AttemptOutcome = 'delivered' | 'skipped' | 'superseded' | 'retried' | 'held' | 'deadLettered' | 'cut' | 'retentionLost' | 'moved' | 'viewed';

// ess.delivery-state/DeliveryState.avsc

/** The newest version of a rule that a partner acknowledged. Key: partner/ruleId. A view of ess.audit; readers keep the highest version. */
export interface DeliveryState {
  partner: string;
  ruleId: string;
  /** -9007199254740990: the record names no version that can be compared. */
  version: number | bigint;
  /** Source position: topic, partition, offset. */
  topic: string;
  partition: number;
  offset: number;
  eventId: string | null;
  /** The webhook-id. */
  deliveryId: string;
  status: DeliveryStatus;
  /** Milliseconds since the epoch. */
  ackedAt: number;
  /** SHA-256, hex, of the mapped document as JSON, before auth was added. */
  digest: string;
  /** Id of the source topic when it was acked, base64url: in a topic that was made anew offsets mean other records. */
  topicId: string | null;
  /** SHA-256, hex, of what decided URL, method, headers and body of the request that was acked. Null: not known, since a version acked it that did not write it, or a person told the partner. */
  connectorDigest: string | null;
}

export type DeliveryStatus = 'acked' | 'withdrawn';

// ess.dead-letters/DeadLetter.avsc

/** A record that can never succeed, parked whole. Key: partner/ruleId. */
export interface DeadLetter {
  partner: string;
  /** Null when the record could not be decoded. */
  ruleId: string | null;
  version: number | bigint | null;
  /** Source position: topic, partition, offset. */
  topic: string;
  partition: number;
  offset: number;
  /** Original bytes. */
  key: Buffer | null;
  /** Original bytes. */
  value: Buffer | null;
  headers: Array<DeadLetterHeader>;
  /** Milliseconds since the epoch. */
  recordTimestamp: number;
  /** Short code: decode, mapping, contract, status-422, exhausted, tombstone. */
  reason: string;
  /** For a person; never holds a secret. */
  detail: string;
  attempts: number;
  /** Milliseconds since the epoch. */
  parkedAt: number;
  /** Its webhook-id, which a redrive keeps. Null: parked by a version that did not write it, or for no delivery. */
  deliveryId: string | null;
  /** Id of the source topic that the record is of, base64url: in a topic that was made anew offsets mean other records. Null: not known. */
  topicId: string | null;
}

export interface DeadLetterHeader {
  key: string;
  value: Buffer | null;
}

// hospital.bedChange/BedChanged.avsc

/** A hospital's free beds changed, told by the hospital. Key of the record: partner. */
export interface BedChanged {
  /** Idempotency key of the hospital's request, else made by ESS. */
  eventId: string;
  partner: string;
  /** ICU beds that are free now. */
  bedsFree: number;
  ward: string | null;
  /** When it changed, by the hospital's clock. Milliseconds since the epoch. */
  changedAt: number | null;
  /** Milliseconds since the epoch. */
  receivedAt: number;
}

// ess.dead-letter-state/DeadLetterState.avsc

/** What became of a dead letter. Key: partner/topic/partition/offset, the source position. A letter without a row is parked and was never redriven; one that a running redrive has selected is being redriven. */
export interface DeadLetterState {
  partner: string;
  ruleId: string | null;
  /** Source position: topic, partition, offset. */
  topic: string;
  partition: number;
  offset: number;
  /** parked: refused again by a redrive. superseded: the partner had a newer version. skipped: out of scope by now. */
  state: LetterState;
  /** How often it was redriven. */
  times: number;
  redriveId: string | null;
  /** Place in ess.dead-letters of the newest letter of this source position that the row knows of. */
  letterPartition: number;
  letterOffset: number;
  /** Milliseconds since the epoch. */
  at: number;
  /** The worker of a redrive, user@host of a drop. */
  by: string;
  reason: string | null;
}

export type LetterState = 'parked' | 'redriven' | 'superseded' | 'skipped' | 'dropped';

// ess.control/Command.avsc

/** What a person asked of the workers of a partner, or how far they are with it. Key: the command's id; for the progress of one partition id/partition, written by its owner. The order of the topic decides: a replay written while another one of the same partner runs is refused, and so with a redrive or drop. A proposal runs once it is approved, from the place of the approval in the topic. */
export interface Command {
  id: string;
  partner: string;
  /** proposed: an order that waits for a second person; expired: it was withdrawn, or nobody approved it in time. */
  kind: CommandKind;
  /** Milliseconds since the epoch. */
  at: number;
  /** user@host of the command; the worker's id of progress. */
  by: string;
  reason: string | null;
  /** The command that a cancel, undo, approved or expired is about. */
  of: string | null;
  replay: ReplayOrder | null;
  redrive: RedriveOrder | null;
  progress: PartitionProgress | null;
  proposal: Proposal | null;
}

export type CommandKind = 'replay' | 'pause' | 'resume' | 'redrive' | 'cancel' | 'undo' | 'progress' | 'proposed' | 'approved' | 'expired' | 'drop';

export interface ReplayOrder {
  topic: string;
  partitions: Array<ReplayPartition>;
  /** Only this rule. */
  key: string | null;
  newIds: boolean;
  ratePerSecond: number | null;
  /** Every rule in force, from rules.latest, instead of a range of offsets. */
  current: boolean;
}

export interface ReplayPartition {
  partition: number;
  /** First offset of the replay. */
  target: number;
  /** The first offset after it; null: the position at the time of the move. */
  until: number | null;
}

export interface RedriveOrder {
  /** Only letters parked for this reason. */
  reason: string | null;
  ruleId: string | null;
  sinceMs: number | null;
  untilMs: number | null;
  limit: number | null;
  force: boolean;
  /** Source partitions that hold letters to redrive: the owner of each works on its own. */
  partitions: Array<number>;
  /** Source topic of the letters. */
  topic: string;
  /** The letters that were selected when the command was given; what is above says how. */
  letters: Array<RedriveLetters>;
}

/** Letters of one partition of ess.dead-letters. */
export interface RedriveLetters {
  partition: number;
  /** Ascending. */
  offsets: Array<number>;
  /** How often each was redriven before. */
  times: Array<number>;
}

export interface PartitionProgress {
  partition: number;
  /** moved and running go on; the others are final. */
  state: ProgressState;
  /** Position when the replay began: where it ends. */
  before: number | null;
  target: number | null;
  until: number | null;
  /** Records delivered so far. */
  records: number;
  /** Records that did not get through. */
  failed: number;
  /** Records that needed no delivery any more. */
  passed: number;
  detail: string | null;
  /** The worker did not carry it out, as nobody has approved it; detail says why. */
  refused: boolean;
}

export type ProgressState = 'moved' | 'running' | 'completed' | 'unchanged' | 'cancelled' | 'undone';

/** Of a proposed order, and of what approves it. The order itself stands in replay or redrive. */
export interface Proposal {
  kind: OrderKind;
  /** SHA-256, hex, of what runs: every range and every letter. */
  digest: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  /** As its maker counted them. */
  records: number;
  /** connectorDigest of the partner when it was proposed: what is sent of each record. Null for a drop, which sends nothing. */
  connector: string | null;
}

export type OrderKind = 'replay' | 'redrive' | 'drop';

// ess.stream-state/StreamState.avsc

/** What the clients of a partner that streams have said that they have. Key: the partner; one row holds all its clients, so that one record tells the most and the least of them. Several bridges write it: a reader that has seen several rows keeps the largest of each client and partition, and a bridge that sees a row with less than it knows writes again. */
export interface StreamState {
  partner: string;
  /** Id of the public topic in which offsets count, base64url: in one that was made anew they mean other records. null: the brokers have no ids of topics. */
  topicId: string | null;
  /** By number of the partition: any client has every event before this offset. A partition that is not there: none. */
  offsets: Array<number>;
  /** Newest cursor that is a time alone: any client has every event whose record is older. Milliseconds since the epoch. */
  time: number | null;
  /** By name, at most 100: those that were seen last. What the others had is in the fields above. */
  clients: Array<ClientReceipt>;
  /** When the row was made. Milliseconds since the epoch. */
  at: number;
}

/** The newest cursors that one client brought back: offsets and time as above, of this client alone. */
export interface ClientReceipt {
  /** The name that it gives itself; empty: all that give none. */
  client: string;
  offsets: Array<number>;
  /** Milliseconds since the epoch. */
  time: number | null;
  /** When it last brought a cursor back; null: never. Milliseconds since the epoch. */
  broughtAt: number | null;
  /** When it last streamed or brought a cursor back. Milliseconds since the epoch. */
  seenAt: number;
}
