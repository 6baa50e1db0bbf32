// A row of the audit, as the page is told of it.
import { shownValue } from '@ess/domain/avro/shown-value.ts';
import { sourcePosition } from '@ess/domain/delivery/audit-row.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import type { Audited } from '@ess/view/audit/decoded-rows.ts';
import type { ShownAttempt } from '../facts/attempts.ts';
import { attemptForGuest } from '../facts/guest.ts';
import type { Subject } from '../rights/subject.ts';

export const shownTo =
  (subject: Subject) =>
  (row: Audited): ShownAttempt => {
    const shown = shownAttempt(row);
    return subject.isGuestAt(shown.partner) ? attemptForGuest(shown) : shown;
  };

function shownAttempt({ row, record: { partition, offset } }: Audited): ShownAttempt {
  const { partner, ruleId, version, outcome, attempt, status, durationMs, reason, eventId, deliveryId } = row;
  return {
    key: `${partition}:${offset}`,
    at: timeText(row.attemptedAt),
    publishedAt: row.publishedAt === null ? null : timeText(row.publishedAt),
    ...{
      partner,
      ruleId,
      version: shownValue(version) as number | string | null,
      outcome,
      attempt,
      status,
      durationMs,
      reason,
    },
    ...{ eventId, deliveryId, worker: row.worker, replayId: row.replayId, bodyDigest: row.bodyDigest },
    position: sourcePosition(row),
  };
}
