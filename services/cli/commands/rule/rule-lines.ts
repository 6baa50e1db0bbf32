// How `ess rule` looks for people.
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import type { ShownCell } from '@ess/view/answer.ts';
import { table } from '../../terminal/table.ts';
import { AUDIT_HEADER, auditLine } from '../audit/audit-table.ts';

export interface RuleVersion {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Null: it names none. A text where no JSON number is exact. */
  readonly version: number | string | null;
  readonly publishedAt: string;
  readonly status: string | null;
  readonly publishedBy: string | null;
  /** As its record has it; null: none. */
  readonly auditStamp: unknown;
  /** Why the record cannot be read; null: it can. */
  readonly unreadable: string | null;
}

export interface RuleAnswer {
  readonly at: string;
  readonly ruleId: string;
  readonly versions: readonly RuleVersion[];
  readonly partners: readonly ShownCell[];
  readonly attempts: readonly DeliveryAttempt[];
}

export function ruleLines({ ruleId, versions, partners, attempts }: RuleAnswer): string[] {
  return [
    ruleId,
    '',
    ...(versions.length === 0
      ? ['no record of it is kept any more']
      : table([['VERSION', 'PUBLISHED', 'STATUS', 'BY', 'PLACE', 'STAMP'], ...versions.map(versionRow)])),
    '',
    ...table([['PARTNER', 'EXPECTED', 'HOLDS', 'STATE', 'SINCE', 'WHY'], ...partners.map(partnerRow)]),
    '',
    ...(attempts.length === 0 ? ['nothing was attempted'] : [AUDIT_HEADER, ...attempts.map(auditLine)]),
  ];
}

function versionRow(one: RuleVersion): string[] {
  const { version, publishedAt, status, publishedBy, topic, partition, offset, auditStamp, unreadable } = one;
  const stamp = unreadable ?? (auditStamp === null ? '–' : JSON.stringify(auditStamp));
  return [
    String(version ?? '–'),
    publishedAt,
    status ?? '–',
    publishedBy ?? '–',
    `${topic}:${partition}:${offset}`,
    stamp,
  ];
}

const partnerRow = ({ partner, expected, acked, state, since, why }: ShownCell): string[] => [
  partner,
  String(expected ?? '–'),
  String(acked ?? '–'),
  state,
  since,
  why,
];
