// What happened, as the page shows it. The types are shared by server and page; nothing here runs in the browser.
import type { AttemptOutcome } from '@ess/schemas/generated/types.ts';

export interface ShownAttempt {
  /** Names the row: partition and offset in ess.audit. */
  readonly key: string;
  /** ISO 8601, as all times here. */
  readonly at: string;
  readonly publishedAt: string | null;
  readonly partner: string;
  readonly ruleId: string | null;
  readonly version: number | string | null;
  readonly outcome: AttemptOutcome;
  readonly attempt: number;
  readonly status: number | null;
  readonly durationMs: number | null;
  readonly reason: string | null;
  readonly eventId: string | null;
  readonly deliveryId: string;
  /** Source position: topic:partition:offset. */
  readonly position: string;
  readonly worker: string;
  readonly replayId: string | null;
  readonly bodyDigest: string | null;
}

export interface ShownAttempts {
  /** Newest first. */
  readonly attempts: readonly ShownAttempt[];
  /** The `after` of the next question; null: nothing is left. */
  readonly next: string | null;
  /** How far back this piece looked; null: as far as the index reaches. */
  readonly lookedBackTo: string | null;
  /** How far back the index reaches; null: it has no row yet. */
  readonly reachesBackTo: string | null;
}
