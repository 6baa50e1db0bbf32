// What one record of `rules` becomes: a line of public.rules, a new state in rules.latest, or a dead letter. Pure.

import type { Version } from '@ess/domain/delivery/version.ts';
import { VERSION_HEADER } from '@ess/domain/delivery/version.ts';
import { compileProjection } from '@ess/domain/stream/projection.ts';
import { longIdIn } from '@ess/domain/text/foreign-id.ts';
import { isWithdrawn } from '@ess/domain/values/withdrawn.ts';
import type { AvroRecord } from '@ess/schemas/avro-schema.ts';
import type { PublicRule } from '@ess/schemas/generated/types.ts';
import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import type { TransactionRecord } from '@ess/stream/kafkajs/transactional-producer.ts';
import type { Decoded } from '@ess/stream/registry/codec.ts';

export interface Refused {
  readonly record: GroupRecord;
  /** Short code, as in every dead letter. */
  readonly reason: string;
  readonly detail: string;
}

export interface Projected {
  readonly outputs: readonly TransactionRecord[];
  /** The newest version of the rule from here on, when this record is it. */
  readonly newest?: { readonly ruleId: string; readonly version: Version };
}

export interface RuleProjectionOptions {
  readonly publicTopic: string;
  readonly latestTopic: string;
  readonly publicSchema: AvroRecord;
  readonly encode: (rule: object) => Buffer;
}

export type ProjectRule = (
  record: GroupRecord,
  decoded: Decoded,
  newestOf: (ruleId: string) => Version | undefined,
) => Projected | Refused;

/** @throws EssError ESS_CONFIG when the public schema cannot be projected to */
export function ruleProjection(options: RuleProjectionOptions): ProjectRule {
  const { publicTopic, latestTopic, encode } = options;
  const project = compileProjection(options.publicSchema);
  return (record, decoded, newestOf) => {
    const longKey = longIdIn(record.key, null, null);
    if (longKey !== undefined) return { record, reason: 'decode', detail: longKey };
    if (!decoded.ok) return { record, reason: decoded.reason, detail: decoded.detail };
    let value: Buffer;
    try {
      value = encode(project(decoded.record));
    } catch (error) {
      // A publisher may be ahead of the public schema, e.g. with a new status.
      return { record, reason: 'projection', detail: error instanceof Error ? error.message : String(error) };
    }
    // What the public schema takes has these fields, of these types.
    const { ruleId, eventId, version } = decoded.record as Pick<PublicRule, 'ruleId' | 'eventId' | 'version'>;
    const tooLong = longIdIn(null, ruleId, eventId);
    if (tooLong !== undefined) return { record, reason: 'decode', detail: tooLong };
    // A date in the future would be in everybody's cursor from then on, and Kafka refuses one that is far ahead.
    const timestampMs = Math.min(record.timestampMs, Date.now());
    const place = { partition: record.partition, key: Buffer.from(ruleId), timestampMs };
    const open: TransactionRecord = { ...place, topic: publicTopic, value };
    if (version < (newestOf(ruleId) ?? Number.NEGATIVE_INFINITY)) return { outputs: [open] };
    const latest: TransactionRecord = {
      ...place,
      topic: latestTopic,
      // The bytes as they were: fields that are newer than our schema stay. No rule is in force once it is withdrawn.
      value: isWithdrawn('ruleId', decoded.record) ? null : record.value,
      headers: { [VERSION_HEADER]: String(version) },
    };
    return { outputs: [open, latest], newest: { ruleId, version } };
  };
}
