// A rule that somebody hands to `ess publish`: what is absent is filled in, and all that is wrong is said.
import { randomUUID } from 'node:crypto';
import { shownValue } from '@ess/domain/avro/shown-value.ts';
import { ID_MAX_BYTES, isLongId } from '@ess/domain/text/foreign-id.ts';
import { printable } from '@ess/domain/text/printable.ts';
import { checkRecord } from '@ess/domain/values/rule-input.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import type { Written } from '@ess/stream/write/outbox.ts';
import type { RuleLine } from './rule-lines.ts';

export interface CheckedRule {
  /** May be anything when there are problems. */
  readonly rule: RulePublished;
  readonly problems: readonly string[];
}

/** What is told of a rule that Kafka has. @param line in the input, where each is answered by itself */
export function writtenLine({ ruleId, version }: RulePublished, place: Written, json: boolean, line?: number): string {
  if (json)
    return JSON.stringify({ ...(line !== undefined && { line }), ruleId, version: shownValue(version), ...place });
  return `${ruleId} v${version}  topic ${place.topic}  partition ${place.partition}  offset ${place.offset}`;
}

export function checkRule({ place, rule, rounded }: RuleLine): CheckedRule {
  const filled =
    typeof rule === 'object' && rule !== null && !Array.isArray(rule)
      ? { eventId: randomUUID(), publishedAt: Date.now(), ...rule }
      : rule;
  const problems = rounded.map(printable);
  // What lost its digits is told already.
  for (const { field, message } of checkRecord(readSchema('rules'), filled))
    if (!rounded.some((one) => one.includes(`${field} is a number`)))
      problems.push(printable(`${place}: ${field === '' ? message : `${field} ${message}`}`));
  for (const field of ['ruleId', 'eventId'] as const) {
    const id = (filled as Partial<RulePublished> | null)?.[field];
    if (typeof id === 'string' && isLongId(id))
      problems.push(`${place}: ${field} is ${Buffer.byteLength(id)} bytes long, at most ${ID_MAX_BYTES} are taken`);
  }
  return { rule: filled as RulePublished, problems };
}
