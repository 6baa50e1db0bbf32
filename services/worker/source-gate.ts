// Holds intake while the schema registry is away: its trouble is not the records' fault (DESIGN §12.3).
import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/error.ts';
import type { Group, GroupRecord } from '@ess/stream/group.ts';
import type { Owner } from './owner.ts';

/** A registry that hangs must not keep the handler, and with it the heartbeat. */
const PREPARE_TIMEOUT_MS = 2_000;
const RETRY_MS = 500;

export class SourceGate {
  readonly #owner: Owner;
  readonly #group: Group;
  readonly #later: (waitMs: number, then: () => void) => void;
  readonly #held = new Set<number>();

  /** @param later not at all when the assignment is over by then */
  constructor(owner: Owner, group: Group, later: (waitMs: number, then: () => void) => void) {
    this.#owner = owner;
    this.#group = group;
    this.#later = later;
  }

  /** Whether the partition is paused for it. */
  holds(partition: number): boolean {
    return this.#held.has(partition);
  }

  /** @returns whether every schema of the batch is at hand; if not, the partition is paused and asked for again */
  async admits(partition: number, records: readonly GroupRecord[]): Promise<boolean> {
    const { codec } = this.#owner.shared;
    const values = records.map(({ value }) => value);
    const failure = codec.isPrepared(values) ? undefined : await withinTimeout(codec.prepare(values));
    if (failure !== undefined && !(failure instanceof EssError)) throw failure;
    if (failure) this.#hold(partition, failure);
    else if (this.#held.delete(partition)) this.#changed();
    return failure === undefined;
  }

  #hold(partition: number, failure: EssError): void {
    if (!this.#held.has(partition)) this.#owner.log.warn({ error: failure.message, partition }, 'source.held');
    this.#held.add(partition);
    this.#changed();
    this.#group.pause([partition]);
    this.#later(RETRY_MS, () => this.#group.resume([partition]));
  }

  #changed(): void {
    this.#owner.shared.metrics.sourceHeld.set({ partner: this.#owner.name }, this.#held.size > 0 ? 1 : 0);
  }
}

/** @returns what went wrong, if anything did */
async function withinTimeout(prepared: Promise<void>): Promise<unknown> {
  const late = delay(PREPARE_TIMEOUT_MS, undefined, { ref: false }).then(() => {
    throw new EssError('ESS_REGISTRY', 'the schema registry does not answer in time');
  });
  return Promise.race([prepared, late]).then(
    () => undefined,
    (error: unknown) => error,
  );
}
