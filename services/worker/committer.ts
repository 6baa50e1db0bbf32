// Commits watermarks: one commit in flight, and the next one as soon as something has changed. Every 5 s all of them are
// committed even if nothing has changed: a commit by kafkajs itself or by another tool would otherwise stand.
import type { PartnerHealth } from '@ess/domain/control/commit-metadata.ts';
import type { Stand } from '@ess/domain/delivery/stands.ts';
import type { Group } from '@ess/stream/group/group.ts';
import type { StreamLog } from '@ess/stream/kafkajs/client.ts';
import { within } from '@ess/stream/kafkajs/within.ts';
import type { PartitionIntake } from './intake/partition-intake.ts';
import type { DeliveryStates } from './record/delivery-states.ts';

const REPEAT_MS = 5_000;
const RETRY_MS = 500;
/** A commit that waits longer for the state rows is given up: a rebalance must not wait for it beyond the session. */
const STATES_TIMEOUT_MS = 1_000;

export interface CommitterOptions {
  readonly states: Pick<DeliveryStates, 'flush'>;
  readonly workerId: string;
  readonly log: Pick<StreamLog, 'debug'>;
  readonly health?: () => PartnerHealth;
  /** What the next owner of the partition must know of records that have stopped a process. */
  readonly stands?: (partition: number) => readonly Stand[];
  /**
   * Collects what settles close together: fewer commits, and one delivery-state row for versions that follow each other. A
   * crash within it costs a look into the audit topic, no duplicate.
   */
  readonly gatherMs: number;
}

export class Committer {
  readonly #group: Pick<Group, 'ownedForMs' | 'commit'>;
  readonly #intake: ReadonlyMap<number, Pick<PartitionIntake, 'commit'>>;
  readonly #options: CommitterOptions;
  readonly startedAtMs = Date.now();
  readonly #dirty = new Set<number>();
  readonly #landed = Promise.withResolvers<void>();
  #timer: NodeJS.Timeout | undefined;
  #repeat: NodeJS.Timeout | undefined;
  #committing: Promise<void> | undefined;
  #finished = false;

  constructor(
    group: Pick<Group, 'ownedForMs' | 'commit'>,
    intake: ReadonlyMap<number, Pick<PartitionIntake, 'commit'>>,
    options: CommitterOptions,
  ) {
    this.#group = group;
    this.#intake = intake;
    this.#options = options;
  }

  /**
   * Resolves when the first commit has landed, or the assignment is over. Until then nothing may be sent. After a crash the
   * next owner would take us for the owner before, and would send again what we had on record.
   */
  async start(): Promise<void> {
    if (this.#finished) return;
    const all = () => {
      for (const partition of this.#intake.keys()) this.#dirty.add(partition);
      this.#schedule(0);
    };
    this.#repeat = setInterval(all, REPEAT_MS);
    all();
    await this.#landed.promise;
  }

  changed(partition: number): void {
    this.#dirty.add(partition);
    this.#schedule(this.#options.gatherMs);
  }

  /** The last commit of the assignment. @param clean nothing was left in flight or without its audit row */
  async finish(clean: boolean): Promise<void> {
    this.#finished = true;
    this.#landed.resolve();
    clearInterval(this.#repeat);
    clearTimeout(this.#timer);
    await this.#committing;
    for (const partition of this.#intake.keys()) this.#dirty.add(partition);
    await this.#commit(clean);
  }

  #schedule(waitMs: number): void {
    if (this.#finished || this.#timer || this.#committing) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#committing = this.#commit(false).finally(() => {
        this.#committing = undefined;
        if (this.#dirty.size > 0) this.#schedule(this.#options.gatherMs);
      });
    }, waitMs);
  }

  async #commit(clean: boolean): Promise<void> {
    const partitions = [...this.#dirty];
    this.#dirty.clear();
    // Nothing may be written for partitions that may already be another member's.
    if (!clean && this.#group.ownedForMs <= 0 && !this.#finished) return;
    const health = this.#options.health?.();
    const offsets = partitions.flatMap(
      (partition) =>
        this.#intake
          .get(partition)
          ?.commit(this.#options.workerId, this.startedAtMs, clean, health, this.#options.stands?.(partition)) ?? [],
    );
    try {
      // After the offsets were taken: what settles meanwhile belongs to the next commit.
      await this.#statesWritten();
      await this.#group.commit(offsets);
      this.#landed.resolve();
    } catch (error) {
      this.#options.log.debug({ error: String(error) }, 'commit.refused');
      for (const partition of partitions) this.#dirty.add(partition);
      await new Promise((resolve) => setTimeout(resolve, this.#finished ? 0 : RETRY_MS));
    }
  }

  async #statesWritten(): Promise<void> {
    if (!(await within(this.#options.states.flush(), STATES_TIMEOUT_MS)))
      throw new Error('the state rows are not acknowledged yet');
  }
}
