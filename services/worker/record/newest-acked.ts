// The newest version of each rule that the partner has acknowledged. It is known while one of its partitions is in a replay.
// So no older one overwrites it in ess.delivery-state, and it can go out last.
import type { AckedVersion } from '@ess/domain/control/replay-window.ts';

export class NewestAcked {
  #known: Map<string, AckedVersion> | undefined;

  /** What to compare with; empty while nothing is replayed. */
  get versions(): ReadonlyMap<string, AckedVersion> {
    return this.#known ?? new Map();
  }

  /** Nothing is compared from now on: no replay runs. */
  forget(): void {
    this.#known = undefined;
  }

  /** A replay begins: what ess.delivery-state has is told to `raise` next. */
  begin(): void {
    this.#known = new Map();
  }

  /** Takes an ack in. @returns false when the partner has acknowledged a newer version before */
  raise(ruleId: string, acked: AckedVersion): boolean {
    if (!this.#known) return true;
    if ((this.#known.get(ruleId)?.version ?? Number.NEGATIVE_INFINITY) > acked.version) return false;
    this.#known.set(ruleId, acked);
    return true;
  }
}
