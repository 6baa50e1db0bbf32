// When the first record of a lane may start: while the partitions are surely ours, a slot is free and the rate limit has one due.
import type { Group } from '@ess/stream/group/group.ts';
import type { Timers } from '../item/timers.ts';
import type { Destination, Health, Process } from '../partner-context.ts';

export class StartGate {
  readonly #partner: Destination & Health & Process;
  readonly #group: Pick<Group, 'ownedForMs' | 'partitionCount'>;
  readonly #timers: Timers;
  readonly #onDue: () => void;
  #isOver = false;
  /** The rate limit has nothing due; a timer asks again. */
  #isPaced = false;

  /** @param onDue the rate limit may have something due now */
  constructor(
    partner: Destination & Health & Process,
    group: Pick<Group, 'ownedForMs' | 'partitionCount'>,
    timers: Timers,
    onDue: () => void,
  ) {
    this.#partner = partner;
    this.#group = group;
    this.#timers = timers;
    this.#onDue = onDue;
  }

  /** A request may start only if it is surely over before another member could own the partition. */
  get isOpen(): boolean {
    return !this.#isOver && this.#group.ownedForMs > this.#partner.connector.deliver.timeoutMs;
  }

  get isPaced(): boolean {
    return this.#isPaced;
  }

  /** Records in flight at once. */
  get slots(): number {
    const { concurrency, connector, shared } = this.#partner;
    if (!this.isOpen || shared.isolation.isTaken) return 0;
    return concurrency.limit * (connector.deliver.batch?.maxRecords ?? 1);
  }

  /** False while the rate limit has nothing due. */
  admits(): boolean {
    const waitMs = this.#partner.rate.take(performance.now());
    if (waitMs > 0 && !this.#isPaced) {
      this.#isPaced = true;
      this.#timers.later(waitMs, () => {
        this.#isPaced = false;
        this.#onDue();
      });
    }
    return waitMs === 0;
  }

  /** The limit is the partner's; each process takes the share of the partitions that it owns. */
  shareRate(partitions: number): void {
    const { perSecond = Number.POSITIVE_INFINITY } = this.#partner.connector.deliver.rateLimit ?? {};
    this.#partner.rate.perSecond = (perSecond * partitions) / Math.max(1, this.#group.partitionCount);
  }

  /** The assignment is over: nothing starts any more. */
  end(): void {
    this.#isOver = true;
  }
}
