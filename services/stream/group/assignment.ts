// What a group tells the program that takes its records, about one assignment.
import type { ReadRecord } from '../wire/record-batches.ts';
import type { Unreadable } from '../wire/unreadable.ts';

/** As it was fetched: what is asked for is decoded then. */
export type GroupRecord = Pick<
  ReadRecord,
  'partition' | 'offset' | 'timestampMs' | 'bytes' | 'key' | 'value' | 'headers' | 'batch'
>;

export interface AssignedPartition {
  readonly partition: number;
  /** Committed offset, or the log start when the group has none, or has one of another log. */
  readonly position: number;
  /** Null when there is none, or when it is of another log. */
  readonly metadata: string | null;
  /** Id of the topic as it is now; absent where brokers have none. */
  readonly topicId?: string;
  /** Where the log ended when the group had no position in it, or one that a mirror has translated from another cluster. */
  readonly startedOverAt?: number;
  /** Set when what the group has committed belongs to another log. */
  readonly left?: LeftLog;
}

/** A topic was deleted and created again, restored or mirrored: positions of before mean other records. */
export interface LeftLog {
  readonly partition: number;
  /** What the group had committed. */
  readonly position: number;
  /** How it is known. */
  readonly why: string;
}

/** Offsets [from, to) were deleted by retention before this group read them. */
export interface LostRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** How much of a batch was taken in. `upTo`: what is below this offset, and the partition goes on there. */
export type Taken = 'all' | 'none' | { readonly upTo: number };

/** The group has a new one opened after every join. Once `revoke` was called, the old one is told nothing more. */
export interface Assignment {
  /** Fences earlier members. Called before the committed offsets are read, and again when reading them failed. */
  claim?(partitions: readonly number[]): Promise<void>;
  /** The partitions are ours from here on; called once, before the first batch. @param gone partitions that the topic has no more */
  assigned(partitions: readonly AssignedPartition[], gone?: readonly LeftLog[]): Promise<void> | void;
  /**
   * Takes records in at once; must not wait for their delivery. `next` is the offset after the batch, holes included.
   * `none` refuses the batch: it is fetched again after `resume`.
   */
  take(partition: number, records: readonly GroupRecord[], next: number): Promise<Taken> | Taken;
  lost(range: LostRange): void;
  /** What comes next cannot be read: the partition is to be paused, and stays where it is. Called again when it was resumed. */
  unreadable(partition: number, range: Unreadable): void;
  /** By partition, the offset below which everything is settled. */
  settledTo?(): ReadonlyMap<number, number>;
  /** The assignment ends: start nothing new. Resolves when what was in flight has settled and is committed, or was cut. */
  revoke(): Promise<void>;
}
