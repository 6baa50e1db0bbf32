// The newest version of each rule that the partner has acknowledged, known while one of its partitions is in a replay:
// so that no older one overwrites it in ess.delivery-state, and so that it can go out last (DESIGN §12.5).
import type { AckedVersion } from '@ess/domain/replay-window.ts';

export class NewestAcked {
  #known: Map<string, AckedVersion> | undefined;

  /** What to compare with; empty while nothing is replayed. */
  get versions(): ReadonlyMap<string, AckedVersion> {
    return this.#known ?? new Map();
  }

  /** @param known what ess.delivery-state has; undefined: no replay runs */
  load(known: Map<string, AckedVersion> | undefined): void {
    this.#known = known;
  }

  /** What other owners have put on record meanwhile: a rule whose partition has changed is acked elsewhere. */
  merge(known: ReadonlyMap<string, AckedVersion>): void {
    for (const [ruleId, acked] of known) this.raise(ruleId, acked);
  }

  /** Takes an ack in. @returns false when the partner has acknowledged a newer version before */
  raise(ruleId: string, acked: AckedVersion): boolean {
    if (!this.#known) return true;
    if ((this.#known.get(ruleId)?.version ?? Number.NEGATIVE_INFINITY) > acked.version) return false;
    this.#known.set(ruleId, acked);
    return true;
  }
}
