// One record on its way to one partner.

import type { ReadAs } from '@ess/domain/avro/read-as.ts';
import type { Version } from '@ess/domain/delivery/version.ts';
import { identify } from '@ess/domain/values/record-identity.ts';
import type { Moments } from '@ess/runtime/metrics/stages.ts';
import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import type { Decoded } from '@ess/stream/registry/codec.ts';
import type { ItemTrace } from './item-traces.ts';

export interface Item extends Moments {
  /** The source topic, or rules.latest for a replay of what is in force. */
  readonly topic: string;
  /** Of a letter: id of its topic, null where it is not known. Undefined: that of the topic that is being read. */
  readonly topicId: string | null | undefined;
  readonly partition: number;
  readonly offset: number;
  /** The record as Kafka has it: a dead letter keeps the original bytes. */
  record: GroupRecord;
  /** Not ok: it cannot be read, or one of its ids is too long to be written down. */
  decoded: Decoded;
  /** What it was decoded as. */
  reads: ReadAs | undefined;
  /** Lane key: the rule's id, or the record key when the record cannot be read. One that is too long goes by its short name. */
  readonly key: string;
  readonly ruleId: string | null;
  readonly version: Version | null;
  readonly eventId: string | null;
  readonly publishedAtMs: number | null;
  readonly deliveryId: string;
  /** Attempts counted against the retry budget. */
  attempts: number;
  /** The partner's latest attempt when this record first failed: a later one that got through puts the blame on the record. */
  lastAttemptWhenFailed: number | undefined;
  /** The same for its latest answer that would hold the partner, such as 404. */
  lastAttemptWhenRefused: number | undefined;
  /** Probes made with this record while the partner was held; probing rotates by it. */
  probes: number;
  /** Its batch was refused: it goes in a request of its own from now on. */
  single: boolean;
  /** A 401 has sent it again with a new token: the next one is about something else. */
  tokenRenewed: boolean;
  /** The partner has it. */
  delivered: boolean;
  /** Out of scope. `yes`: the partner has an earlier version; `maybe`: that is decided at its turn. */
  scopeExit: 'no' | 'maybe' | 'yes';
  /** Where its dead letter was written, if it was parked; offset -1 when Kafka did not say. */
  parked: { readonly partition: number; readonly offset: number } | undefined;
  /** The replay that sends it again. */
  readonly replayId: string | null;
  /** Set for what is not one of the partition's next records, such as a letter of a redrive: it was pulled from elsewhere. */
  pull: ItemPull | undefined;
  /** It was a dead letter. */
  readonly redriven: boolean;
  /** It has stopped a process before, and was let through in isolation here (isolation.ts). */
  isolated: boolean;
  /** Null: nobody has sampled it; undefined: it was not looked at, or no spans are exported. */
  trace: ItemTrace | null | undefined;
  /** By this number the thread that watches this one knows partner and topic (stream/write/at-work.ts); set when it is read. */
  partnerTopic: number;
  /** What its request on its way is landed with there. */
  flight: number;
}

/** What an item was pulled by that is not one of its partition's next records (intake/pull.ts). */
export interface ItemPull {
  /** The item's turn in its lane has come. `leave`: it is not sent after all, and nothing is put on record of it. */
  decide(item: Item): 'send' | 'skip' | 'superseded' | 'leave';
  /** Kafka has the rows of the item. */
  settled(item: Item): void;
  /** It was left. */
  left(item: Item): void;
}

/** What sets a delivery apart from the ordinary one of its record. */
export interface ItemOrigin {
  /** Absent: the topic of the source. */
  readonly topic?: string;
  readonly topicId?: string | null;
  readonly replayId?: string;
  readonly redriven?: true;
}

/** What a source says about where key, version and times are; absent paths fall back to the record itself. */
export interface ItemFields {
  readonly topic: string;
  readonly key?: string;
  readonly version?: string;
  readonly reads?: ReadAs;
}

export function makeItem(
  record: GroupRecord,
  decoded: Decoded,
  fields: ItemFields,
  deliveryId: string,
  attempts: number,
  origin: ItemOrigin = {},
): Item {
  const identity = identify(record, decoded.ok ? decoded.record : {}, fields);
  const { ruleId, tooLong } = identity;
  return {
    topic: origin.topic ?? fields.topic,
    topicId: origin.topicId,
    partition: record.partition,
    offset: record.offset,
    record,
    reads: fields.reads,
    decoded: tooLong === undefined ? decoded : unwritable(tooLong, decoded),
    key: ruleId ?? `offset:${record.partition}:${record.offset}`,
    ruleId,
    version: identity.version,
    eventId: identity.eventId,
    publishedAtMs: identity.publishedAtMs,
    deliveryId,
    attempts,
    lastAttemptWhenFailed: undefined,
    lastAttemptWhenRefused: undefined,
    probes: 0,
    single: false,
    tokenRenewed: false,
    delivered: false,
    scopeExit: 'no',
    parked: undefined,
    replayId: origin.replayId ?? null,
    pull: undefined,
    redriven: origin.redriven ?? false,
    isolated: false,
    trace: undefined,
    partnerTopic: -1,
    flight: -1,
    waitedMs: Math.max(0, Date.now() - record.timestampMs),
    takenAt: performance.now(),
    firstBegunAt: 0,
    begunAt: 0,
    sentAt: 0,
    writtenAt: 0,
    headAt: 0,
    answeredAt: 0,
  };
}

/** Neither a replay nor a redrive sends it: from publish to ack it took what a partner waits for its rules. */
export const isFirstTelling = ({ replayId }: Item): boolean => replayId === null;

/** It names a schema that cannot be used, as far as is known: a later look may find it. */
export const lacksSchema = ({ decoded }: Item): boolean =>
  !decoded.ok && (decoded.reason === 'unknown-schema' || decoded.reason === 'unreadable-schema');

function unwritable(why: string, decoded: Decoded): Decoded {
  return { ok: false, reason: 'decode', detail: decoded.ok ? why : `${why}; ${decoded.detail}` };
}
