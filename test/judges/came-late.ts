// A request that lay in the connection: its bytes were with the partner when the worker gave up waiting, and the partner reads them
// when it comes to itself, in any order. They cannot be taken back, so it was not sent again.
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';

/** A row of the audit topic, and when Kafka had it. */
export type AttemptRow = Pick<DeliveryAttempt, 'outcome' | 'attempt' | 'reason' | 'status'> & {
  readonly writtenAtMs: number;
};

/**
 * Its row says so before the one of the ack does; what is sent anew has a row that comes after it.
 * @param rows of this delivery, in the order in which they were written
 */
export function cameLate(rows: readonly AttemptRow[], { attempt, atMs }: { attempt: number; atMs: number }): boolean {
  // Rows that leave together have the same time; their order tells.
  const delivered = rows.findIndex(({ outcome }) => outcome === 'delivered');
  const same = rows.filter((row) => row.attempt === attempt);
  const timedOut = same.some((row) =>
    delivered >= 0
      ? row.reason === 'ETIMEDOUT' && rows.indexOf(row) < delivered
      : // The row of a last attempt says that there was none left.
        row.reason === 'ETIMEDOUT' || (row.reason === 'exhausted' && row.status === null),
  );
  return timedOut && same.every(({ writtenAtMs }) => writtenAtMs < atMs);
}
