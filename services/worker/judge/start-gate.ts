// When the first record of a lane may start: the partitions are surely ours, a slot is free, the rate limit has one due.
import type { LanesOptions } from '@ess/domain/delivery/lanes.ts';
import type { Group } from '@ess/stream/group/group.ts';
import type { Item } from '../item/item.ts';
import type { Timers } from '../item/timers.ts';
import { RATE_WAIT_MAX_MS } from '../item/timers.ts';
import type { Destination, Health, Process } from '../partner-context.ts';
import { START_MIN_MS } from './ownership.ts';

export interface StartGateActions {
  /** The first record of a lane starts. */
  readonly start: (item: Item) => void;
  /** The rate limit may have something due now. */
  readonly due: () => void;
}

export class StartGate implements LanesOptions<Item> {
  readonly start: (item: Item) => void;
  readonly #partner: Destination & Health & Process;
  readonly #group: Pick<Group, 'ownedForMs' | 'partitionCount'>;
  readonly #timers: Timers;
  readonly #due: () => void;
  #isOver = false;
  /** The rate limit has nothing due; a timer asks again. */
  #isPaced = false;

  constructor(
    partner: Destination & Health & Process,
    group: Pick<Group, 'ownedForMs' | 'partitionCount'>,
    timers: Timers,
    { start, due }: StartGateActions,
  ) {
    this.#partner = partner;
    this.#group = group;
    this.#timers = timers;
    this.start = start;
    this.#due = due;
  }

  /** A request may start only while the partitions are surely ours. What is in flight when they cease to be is cut (ownership.ts). */
  get isOpen(): boolean {
    return this.startsForMs > 0;
  }

  /** For how long from now one may start, ms; not positive: none may. */
  get startsForMs(): number {
    return this.#isOver ? 0 : this.#group.ownedForMs - START_MIN_MS;
  }

  get isPaced(): boolean {
    return this.#isPaced;
  }

  /** Records in flight at once. */
  concurrency(): number {
    const { concurrency, connector, shared } = this.#partner;
    if (!this.isOpen || shared.isolation.isTaken || this.#partner.wantsQuiet) return 0;
    return concurrency.limit * (connector.deliver.batch?.maxRecords ?? 1);
  }

  /** False while the rate limit has nothing due. */
  admit(): boolean {
    const waitMs = this.#partner.rate.take(performance.now());
    if (waitMs > 0 && !this.#isPaced) {
      this.#isPaced = true;
      this.#timers.later(Math.min(waitMs, RATE_WAIT_MAX_MS), () => {
        this.#isPaced = false;
        this.#due();
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
