// The newest version of each rule that the partner has acknowledged. It is known while one of its partitions is in a replay, so
// that no older one overwrites it in ess.delivery-state, and it can go out last; and while one is read again from the start,
// so that what was acked is not sent again.
import type { PlacedVersion } from '@ess/domain/delivery/acked-version.ts';
import { covers, isNewer } from '@ess/domain/delivery/acked-version.ts';

export class NewestAcked {
  #known: Map<string, PlacedVersion> | undefined;

  /** What to compare with; empty while nothing is replayed or read again. */
  get versions(): ReadonlyMap<string, PlacedVersion> {
    return this.#known ?? new Map();
  }

  /** Nothing is compared from now on: nothing is replayed or read again. */
  forget(): void {
    this.#known = undefined;
  }

  /** What ess.delivery-state has is told to `raise` next. */
  begin(): void {
    this.#known = new Map();
  }

  /**
   * Takes an ack in.
   * @param isOffset its version is its offset: that of another log is neither older nor newer
   * @returns false when the partner has acknowledged a newer version before
   */
  raise(ruleId: string, acked: PlacedVersion, isOffset = false): boolean {
    if (!this.#known) return true;
    const known = this.#known.get(ruleId);
    if (known && isNewer(known, acked, isOffset)) return false;
    this.#known.set(ruleId, acked);
    return true;
  }

  /** Whether the partner has acknowledged this version, or a newer one. */
  covers(ruleId: string, asked: PlacedVersion, isOffset: boolean): boolean {
    const known = this.#known?.get(ruleId);
    return known !== undefined && covers(known, asked, isOffset);
  }
}
