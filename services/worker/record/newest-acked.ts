// The newest version of each rule that the partner has acknowledged. It is known while one of its partitions is in a replay, so
// that no older one overwrites it in ess.delivery-state, and it can go out last; and while one is read again from the start,
// so that what was acked is not sent again.
import type { AckedVersion } from '@ess/domain/control/replay-window.ts';
import { NO_VERSION } from '@ess/domain/delivery/version.ts';

export class NewestAcked {
  #known: Map<string, AckedVersion> | undefined;

  /** What to compare with; empty while nothing is replayed or read again. */
  get versions(): ReadonlyMap<string, AckedVersion> {
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
  raise(ruleId: string, acked: AckedVersion, isOffset = false): boolean {
    if (!this.#known) return true;
    const known = this.#known.get(ruleId);
    if (known && isNewer(known, acked, isOffset)) return false;
    this.#known.set(ruleId, acked);
    return true;
  }

  /** Whether the partner has acknowledged this version, or a newer one. */
  covers(ruleId: string, asked: AckedVersion, isOffset: boolean): boolean {
    const known = this.#known?.get(ruleId);
    if (!known) return false;
    if (isWithoutVersion(known, asked)) return areOfOneLog(known, asked) && known.offset >= asked.offset;
    return known.version >= asked.version && (!isOffset || (asked.topicId != null && known.topicId === asked.topicId));
  }
}

function isNewer(known: AckedVersion, acked: AckedVersion, isOffset: boolean): boolean {
  if (isWithoutVersion(known, acked)) return areOfOneLog(known, acked) && known.offset > acked.offset;
  return known.version > acked.version && !(isOffset && areOfOtherLogs(known, acked));
}

/** A version says nothing of a record that has none. */
const isWithoutVersion = (...both: readonly AckedVersion[]): boolean =>
  both.some(({ version }) => version === NO_VERSION);

const areOfOneLog = (one: AckedVersion, other: AckedVersion): boolean =>
  one.topicId != null &&
  one.topicId === other.topicId &&
  one.topic === other.topic &&
  one.partition === other.partition;

const areOfOtherLogs = (one: AckedVersion, other: AckedVersion): boolean =>
  one.topicId != null && other.topicId != null && one.topicId !== other.topicId;
