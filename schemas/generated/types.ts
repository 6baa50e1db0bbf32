// Generated from the .avsc files by `node schemas/generate.ts`. Do not edit.

// rules/RulePublished.avsc

/** A rule was published, changed or withdrawn. Key of the record: ruleId. */
export interface RulePublished {
  /** Unique per publish; sent to partners as ess-event-id. */
  eventId: string;
  ruleId: string;
  /** Grows with each publish of the same rule. */
  version: number;
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
  version: number;
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
  version: number | null;
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
  /** End of a lost range (retentionLost): offset to lastOffset, both included. */
  lastOffset: number | null;
}

export type AttemptOutcome = 'delivered' | 'skipped' | 'superseded' | 'retried' | 'held' | 'deadLettered' | 'cut' | 'retentionLost';

// ess.delivery-state/DeliveryState.avsc

/** The newest version of a rule that a partner acknowledged. Key: partner/ruleId. A view of ess.audit; readers keep the highest version. */
export interface DeliveryState {
  partner: string;
  ruleId: string;
  version: number;
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
  /** SHA-256, hex, of the body before auth was added. */
  digest: string;
}

export type DeliveryStatus = 'acked' | 'withdrawn';

// ess.dead-letters/DeadLetter.avsc

/** A record that can never succeed, parked whole. Key: partner/ruleId. */
export interface DeadLetter {
  partner: string;
  /** Null when the record could not be decoded. */
  ruleId: string | null;
  version: number | null;
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
}

export interface DeadLetterHeader {
  key: string;
  value: Buffer | null;
}
