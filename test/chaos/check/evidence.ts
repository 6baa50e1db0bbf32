// What the checker may look at: the partner's own log, and what is in Kafka. Nothing here comes from a worker's memory,
// and nothing of the checker is shared with a worker but the codec that reads the bytes.
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';

/** A record of the source topic. */
export interface SourceRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string;
  /** Absent: it cannot be read, and belongs on the dead letters of every partner. */
  readonly rule?: { readonly version: number; readonly scope: string; readonly withdrawn: boolean };
}

/** A request as the partner saw it. `order` and `answeredOrder` count arrivals and answers together, at this partner. */
export interface Receipt {
  readonly id: string;
  readonly order: number;
  readonly atMs: number;
  readonly version: number;
  readonly attempt: number;
  /** 0: it was never answered. */
  readonly status: number;
  readonly answeredOrder: number;
  readonly answeredAtMs: number;
}

/** An audit row, and when Kafka had it. */
export type Row = DeliveryAttempt & { readonly writtenAtMs: number };

export interface Parked {
  readonly partition: number;
  readonly offset: number;
  readonly reason: string;
  readonly writtenAtMs: number;
}

/** A committed offset with what its metadata says, and when Kafka had it. */
export interface Commit {
  readonly partition: number;
  readonly offset: number;
  readonly atMs: number;
  readonly settled: ReadonlyArray<readonly [first: number, last: number]>;
  /** When the committer's assignment began; absent: the metadata is not ours. */
  readonly epochStartedAtMs?: number;
}

/** Something that the runner did to the workers. */
export interface Ended {
  readonly atMs: number;
  readonly how: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP';
}

export interface PartnerEvidence {
  readonly name: string;
  readonly inScope: (scope: string) => boolean;
  readonly receipts: readonly Receipt[];
  readonly rows: readonly Row[];
  readonly parked: readonly Parked[];
  readonly commits: readonly Commit[];
}

export interface Evidence {
  readonly clusterId: string;
  readonly topic: string;
  /** In the order of their offsets, partition by partition. */
  readonly records: readonly SourceRecord[];
  /** Log end of each partition. */
  readonly ends: ReadonlyMap<number, number>;
  readonly partners: readonly PartnerEvidence[];
  readonly workersEnded: readonly Ended[];
}

export interface Violation {
  /** `view`: what the lock-step view told. */
  readonly guarantee: 1 | 2 | 4 | 5 | 6 | 'view';
  readonly partner: string;
  readonly what: string;
  /** The record that it is about. */
  readonly at?: { readonly partition: number; readonly offset: number };
}

export const SETTLING: ReadonlySet<string> = new Set(['delivered', 'skipped', 'superseded', 'deadLettered']);
export const isAck = ({ status }: Receipt): boolean => status >= 200 && status < 300;
