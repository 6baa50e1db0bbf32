// Audit rows for people: one line each.
import { shownValue } from '@ess/domain/avro/shown-value.ts';
import { sourcePosition } from '@ess/domain/delivery/audit-row.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import { fixedLine } from '../../terminal/table.ts';

const WIDTHS = [24, 14, 26, 13, 6, 4, 9, 24] as const;

export const AUDIT_HEADER = fixedLine(
  WIDTHS,
  ['AT', 'PARTNER', 'RULE', 'OUTCOME', 'STATUS', 'TRY', 'AFTER', 'POSITION'],
  'REASON',
);

export function auditLine(row: DeliveryAttempt): string {
  const { partner, ruleId, version, outcome, status, attempt, publishedAt } = row;
  const rule = ruleId === null ? '-' : version === null ? ruleId : `${ruleId} v${version}`;
  const after = outcome === 'delivered' && publishedAt !== null ? duration(row.attemptedAt - publishedAt) : '';
  const cells = [timeText(row.attemptedAt), partner, rule, outcome, status === null ? '' : String(status)];
  const more = [attempt === 0 ? '' : String(attempt), after, sourcePosition(row)];
  return fixedLine(
    WIDTHS,
    [...cells, ...more],
    [row.reason ?? '', row.replayId === null ? '' : `(${row.replayId})`].join(' ').trim(),
  );
}

/** What names the attempt elsewhere, and tells what was sent by which connector; each as far as the row has it. */
export function auditDetails({ deliveryId, traceId, worker, bodyDigest, connectorDigest }: DeliveryAttempt): string {
  const named = { id: deliveryId, trace: traceId, worker, body: bodyDigest, connector: connectorDigest };
  return `  ${Object.entries(named)
    .flatMap(([name, value]) => (value ? [`${name} ${value}`] : []))
    .join('  ')}`;
}

export function auditJson(row: DeliveryAttempt): Record<string, unknown> {
  const at = (ms: number | null) => (ms === null ? null : timeText(ms));
  return {
    ...row,
    version: shownValue(row.version),
    publishedAt: at(row.publishedAt),
    attemptedAt: at(row.attemptedAt),
  };
}

function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
