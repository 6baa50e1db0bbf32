// Against silent stalls: "group stable, heartbeats fine, nothing moves". A partition that has records to settle, is held by
// nobody and stands still is reported, and its consumer is started anew, once. If that does not help, a person has to look. No test of ours knows a way into such a stall; comparable systems all found one.
import type { Log } from '@ess/runtime/log/log.ts';
import type { WorkerMetrics } from '@ess/runtime/metrics/worker-metrics.ts';

/** A partition as it is now. */
export interface WatchedPartition {
  readonly partition: number;
  /** Records after the position. */
  readonly lag: number;
  readonly position: number;
  /** Grows with whatever happens to the partition: records taken in, attempts, settlements, the position. */
  readonly activity: number;
}

export interface Watched {
  readonly name: string;
  /** Something is allowed to make it wait: held, paused, a replay, the registry away, every slot taken. */
  readonly waits: boolean;
  /** So long it may stand still, in ms: longer than any wait between two attempts. */
  readonly stillMs: number;
  readonly partitions: readonly WatchedPartition[];
  restart(): Promise<void>;
}

interface Seen {
  activity: number;
  sinceMs: number;
  /** The stall was told; once is enough until something moves. */
  told: boolean;
}

export class Watchdog {
  readonly #log: Log;
  readonly #metrics: Pick<WorkerMetrics, 'stalls' | 'repairs'>;
  readonly #seen = new Map<string, Map<number, Seen>>();
  /** Partners whose consumer was started anew, and the positions that have not moved since. */
  readonly #restarted = new Map<string, ReadonlyMap<number, number>>();

  constructor(log: Log, metrics: Pick<WorkerMetrics, 'stalls' | 'repairs'>) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** To be called every few seconds. @param nowMs monotonic */
  look(watched: Watched, nowMs: number): void {
    const { name, waits, partitions } = watched;
    const before = this.#seen.get(name) ?? new Map<number, Seen>();
    const now = new Map<number, Seen>();
    for (const { partition, lag, activity } of partitions) {
      const known = before.get(partition);
      const moved = known !== undefined && known.activity !== activity;
      const still = known !== undefined && !moved && !waits && lag > 0;
      now.set(partition, still ? known : { activity, sinceMs: nowMs, told: false });
    }
    this.#seen.set(name, now);
    const stuck = this.#restarted.get(name);
    if (stuck && partitions.every(({ partition, position }) => position !== stuck.get(partition)))
      this.#restarted.delete(name);
    const stalled = partitions.filter(({ partition }) => {
      const seen = now.get(partition);
      return seen && !seen.told && nowMs - seen.sinceMs >= watched.stillMs;
    });
    for (const { partition } of stalled) (now.get(partition) as Seen).told = true;
    if (stalled.length > 0) this.#act(watched, stalled);
  }

  #act({ name, stillMs, restart }: Watched, stalled: readonly WatchedPartition[]): void {
    const partitions = stalled.map(({ partition }) => partition);
    this.#metrics.stalls.inc({ partner: name });
    const again = this.#restarted.has(name);
    const action = again ? 'none: starting it anew has not helped' : 'its consumer is started anew';
    this.#log.error({ partner: name, partitions, stillForMs: stillMs, action }, 'consumer.stalled');
    if (again) return;
    this.#restarted.set(name, new Map(stalled.map(({ partition, position }) => [partition, position])));
    restart().then(
      () => this.#metrics.repairs.inc({ partner: name, repair: 'restarted' }),
      (error) => this.#log.error({ partner: name, error: String(error) }, 'consumer.restart-failed'),
    );
  }
}
