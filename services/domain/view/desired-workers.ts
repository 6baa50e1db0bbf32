// How many workers a partner should have: so many that what waits is sent within half a minute, and a number that divides the
// partitions, since another one leaves some worker with more than its share. Up at once, down only after a while.

export interface WorkerNeed {
  readonly partitions: number;
  readonly members: number;
  /** Records that one more worker could send now. */
  readonly actionableLag: number;
  /** Records a second that all workers settle together, or could; 0: not known. */
  readonly perSecond: number;
}

const WITHIN_S = 30;
/** Where nothing was measured yet. */
const PER_WORKER = 100;
const DOWN_AFTER_MS = 5 * 60_000;

/** Without looking back. */
export function neededWorkers({ partitions, members, actionableLag, perSecond }: WorkerNeed): number {
  const perWorker = perSecond > 0 && members > 0 ? perSecond / members : PER_WORKER;
  const needed = Math.ceil(actionableLag / (perWorker * WITHIN_S));
  for (let workers = Math.max(1, needed); workers < partitions; workers += 1)
    if (partitions % workers === 0) return workers;
  return Math.max(1, partitions);
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
