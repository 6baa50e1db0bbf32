// Orders as the page shows them: what a replay would do, how far what runs is, and what waits for a second person.

/** How many records there are of a stretch of time, over the whole topic. */
export interface TimelineBar {
  /** ISO 8601; it ends where the next one begins. */
  readonly from: string;
  readonly records: number;
}

export interface Timeline {
  readonly topic: string;
  readonly bars: readonly TimelineBar[];
  /** Where the last bar ends. */
  readonly to: string;
}

export interface PlannedPartition {
  readonly partition: number;
  readonly before: number;
  readonly after: number;
  readonly until: number;
  readonly records: number;
  readonly inScope: number;
  readonly superseded: number;
  /** The time of the first record, when retention has taken some that were asked for. */
  readonly cutTo: string | null;
}

export interface PlannedReplay {
  readonly partitions: readonly PlannedPartition[];
  readonly records: number;
  readonly inScope: number;
  readonly superseded: number;
  /** Null: no worker has measured yet. */
  readonly etaSeconds: number | null;
  /** There may be more records than these: nobody counted further. */
  readonly isMore?: true;
}

/** What a replay would do, frozen: under its id it runs. */
export interface ReplayPlan {
  readonly id: string;
  readonly partner: string;
  readonly preview: PlannedReplay;
  /** How large it is to the two-person rule. */
  readonly size: number;
  /** Why a second person has to approve it; null: nobody has to. */
  readonly needs: string | null;
}

export interface Given {
  readonly id: string;
  readonly status: 'given' | 'proposed';
}

export interface ShownReplay {
  readonly id: string;
  readonly partner: string;
  readonly status: string;
  readonly by: string;
  readonly reason: string | null;
  readonly at: string;
  /** 0 to 1. */
  readonly done: number;
  readonly records: number;
  readonly partitions: readonly ShownPart[];
}

/** How far an order is in one partition, as its worker says. */
export interface ShownPart {
  readonly partition: number;
  readonly state: string;
  readonly records: number;
  readonly worker: string | null;
  /** The worker would not do it, by `detail`. */
  readonly refused: boolean;
  readonly detail: string | null;
}

export interface ShownReplays {
  /** The newest of them, newest first. */
  readonly replays: readonly ShownReplay[];
  readonly total: number;
}

export interface ShownRedrive {
  readonly id: string;
  readonly partner: string;
  readonly kind: 'redrive' | 'drop';
  readonly status: string;
  readonly by: string;
  readonly reason: string | null;
  readonly at: string;
  readonly selected: number;
  readonly redriven: number;
  readonly failed: number;
  readonly passed: number;
  readonly partitions: readonly ShownPart[];
}

export interface ShownRedrives {
  /** The newest of them, newest first. */
  readonly redrives: readonly ShownRedrive[];
  readonly total: number;
}

export interface ShownProposal {
  readonly id: string;
  readonly partner: string;
  readonly kind: 'replay' | 'redrive' | 'drop';
  readonly status: string;
  readonly by: string;
  readonly reason: string | null;
  readonly at: string;
  readonly expiresAt: string;
  readonly records: number;
  readonly digest: string;
  /** Why it cannot be approved any more as things are; null: it is what was proposed. */
  readonly changed: string | null;
  /** What it would do, in words. */
  readonly what: readonly string[];
  readonly approvedBy: string | null;
  /** Whether who asks may approve it, or take it back. */
  readonly mayApprove: boolean;
  readonly mayWithdraw: boolean;
}

export interface ShownProposals {
  /** Those that wait, then what is over; each newest first. */
  readonly proposals: readonly ShownProposal[];
  readonly total: number;
  readonly waiting: number;
}
