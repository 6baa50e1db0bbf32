// A replay of one partition as its owner works on it (domain/control/replay-window.ts says what it is):
//   reading -> the selected records below `until` are on their way
//   closing -> all of them are settled; the newest acked versions go out last
//   over    -> the position has jumped; what is left is to have that on record

import type { ReplayWindow } from '@ess/domain/control/replay-window.ts';
import { selects } from '@ess/domain/control/replay-window.ts';
import { RateLimit } from '@ess/domain/delivery/rate-limit.ts';
import type { Version } from '@ess/domain/delivery/version.ts';
import { NO_VERSION } from '@ess/domain/delivery/version.ts';
import type { Item } from './item.ts';

export class PartitionReplay {
  readonly window: ReplayWindow;
  /** Whether nothing of it can have been sent before this assignment. */
  readonly fresh: boolean;
  /** By rule: the version that this replay has delivered last. */
  readonly sent = new Map<string, Version>();
  /** What marks the items that it sends. */
  readonly origin: { readonly replayId: string };
  /** Aborted when it is through by what others have put on record: it sends nothing more. */
  readonly skipped = new AbortController();
  phase: 'reading' | 'closing' | 'over';
  /** Waits for its rate limit. */
  paced = false;
  delivered: number;
  readonly #rate: RateLimit;

  constructor(window: ReplayWindow, fresh: boolean) {
    this.window = window;
    this.origin = { replayId: window.id };
    this.fresh = fresh;
    this.phase = window.ended ? 'over' : 'reading';
    this.delivered = window.delivered;
    this.#rate = new RateLimit(window.ratePerSecond ?? Number.POSITIVE_INFINITY);
  }

  /** Intake goes no further than this offset while the replay lasts. */
  get limit(): number {
    return this.phase === 'over' ? Number.POSITIVE_INFINITY : this.window.until;
  }

  /** Whether the partition takes nothing in for now. @param next what it would take in */
  keepsBack(next: number): boolean {
    return this.paced || this.phase === 'closing' || next >= this.limit;
  }

  /** Mixed into webhook-ids, when that was asked for. */
  get idSuffix(): string | undefined {
    return this.window.newIds ? this.window.id : undefined;
  }

  selects({ key, ruleId }: Item): boolean {
    return selects(this.window, key, ruleId);
  }

  /** What to commit of it. */
  get snapshot(): ReplayWindow {
    return { ...this.window, ended: this.phase === 'over', delivered: this.delivered };
  }

  /** @returns 0 when a record may be sent now, else the ms until one may */
  admits(nowMs: number): number {
    return this.#rate.take(nowMs);
  }

  /** The partner has it. */
  noted(item: Item): void {
    this.delivered += 1;
    if (item.ruleId !== null) this.sent.set(item.ruleId, item.version ?? NO_VERSION);
  }
}
