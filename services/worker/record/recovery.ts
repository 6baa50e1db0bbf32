// After a crash the last commit is older than the last audit row. This reads the audit rows that the crashed owner wrote
// since. So only what was in flight or not yet audited is sent again (guarantee 4). A graceful leave needs none.

import type { Stand } from '@ess/domain/delivery/stands.ts';
import { standOf } from '@ess/domain/delivery/stands.ts';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import { AUDIT_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';

export interface CrashedOwner {
  readonly partner: string;
  readonly topic: string;
  readonly worker: string;
  /** When that owner's assignment began, on its own clock. */
  readonly assignmentStartedAtMs: number;
  readonly committedAtMs: number;
  readonly partitions: ReadonlySet<number>;
  /** What it settled below `resume` counts only if it was for this replay: it may have had the same record settled before. */
  readonly replay?: { readonly id: string; readonly resume: number };
}

/**
 * Calls `said` with the row of each record that the crashed owner had settled, and of each attempt that it had counted. Calls `stood` for
 * each record of its partitions at which a process stood still, whichever process that was (domain/delivery/stands.ts).
 */
export type RecoverSettled = (
  owners: readonly CrashedOwner[],
  said: (row: DeliveryAttempt) => void,
  stood: (topic: string, partition: number, stand: Stand) => void,
) => Promise<void>;

/** An audit row can be older than a commit that does not cover it, by as long as its batch waited for Kafka. */
const MARGIN_MS = 20_000;
const SETTLES: ReadonlySet<DeliveryAttempt['outcome']> = new Set([
  'delivered',
  'skipped',
  'superseded',
  'deadLettered',
]);

export function auditRecovery(kafka: Kafka, codec: Codec): RecoverSettled {
  return async (owners, said, stood) => {
    const sinceMs = Math.min(...owners.map(({ committedAtMs }) => committedAtMs)) - MARGIN_MS;
    const written = read(kafka, { topic: AUDIT_TOPIC, sinceMs, beside: 'live' });
    for await (const batch of rows(codec, AUDIT_TOPIC, written))
      for (const { row } of batch) recoverRow(row, owners, said, stood);
  };
}

/** What one audit row says, if it is one of theirs. */
export function recoverRow(row: DeliveryAttempt, ...[owners, said, stood]: Parameters<RecoverSettled>): void {
  const stand = standOf(row);
  if (stand) {
    const { topic, partition } = row;
    if (owners.some((owner) => concerns(row, stand, owner))) stood(topic, partition, stand);
    return;
  }
  const mine = owners.some(
    (owner) =>
      owner.partner === row.partner &&
      owner.topic === row.topic &&
      owner.worker === row.worker &&
      owner.partitions.has(row.partition) &&
      row.replayId === (owner.replay && row.offset < owner.replay.resume ? owner.replay.id : null) &&
      row.attemptedAt >= owner.assignmentStartedAtMs,
  );
  if (mine && (SETTLES.has(row.outcome) || row.outcome === 'retried')) said(row);
}

/** What stood while it was read would have stood for any partner. Records of other topics are those of a replay. */
function concerns(row: DeliveryAttempt, stand: Stand, { partner, topic, partitions }: CrashedOwner): boolean {
  if (row.topic !== topic) return row.partner === partner;
  return partitions.has(row.partition) && (stand.partner === null || stand.partner === partner);
}
