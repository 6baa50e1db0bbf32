// How many workers a partner should have: so many that what waits is sent within half a minute, and a number that divides the
// partitions, since another one leaves some worker with more than its share. Up at once, down only after a while.

export interface WorkerNeed {
  readonly partitions: number;
  readonly members: number;
  /** Records that could be sent now. */
  readonly sendable: number;
  /** The partner bears no more than the workers of now send: another one is of no use. */
  readonly isAtLimit: boolean;
  /** Records a second that all workers settle together, or could; 0: not known. */
  readonly perSecond: number;
}

export const WITHIN_S = 30;
/** Where nothing was measured yet. */
const PER_WORKER = 100;
const DOWN_AFTER_MS = 5 * 60_000;

/** Without looking back. */
export function neededWorkers({ partitions, members, sendable, isAtLimit, perSecond }: WorkerNeed): number {
  const perWorker = perSecond > 0 && members > 0 ? perSecond / members : PER_WORKER;
  const needed = Math.max(1, Math.ceil(sendable / (perWorker * WITHIN_S)));
  const divisors = Array.from({ length: partitions }, (_, index) => index + 1).filter((one) => partitions % one === 0);
  const most = isAtLimit ? Math.max(1, members) : partitions;
  return divisors.find((one) => one >= needed && one <= most) ?? divisors.findLast((one) => one <= most) ?? 1;
}

/** Of one partner. */
export class DesiredWorkers {
  #desired = 1;
  /** What would have been enough since this moment, by the caller's clock; the highest of it. */
  #lower: { readonly sinceMs: number; readonly highest: number } | undefined;

  /** @param nowMs of a monotonic clock */
  next(need: WorkerNeed, nowMs: number): number {
    const needed = neededWorkers(need);
    if (needed >= this.#desired) {
      this.#desired = needed;
      this.#lower = undefined;
      return needed;
    }
    const { sinceMs = nowMs, highest = 0 } = this.#lower ?? {};
    this.#lower = { sinceMs, highest: Math.max(highest, needed) };
    if (nowMs - sinceMs < DOWN_AFTER_MS) return this.#desired;
    this.#desired = this.#lower.highest;
    this.#lower = undefined;
    return this.#desired;
  }
}
