// Holds intake while the schema registry is away: its trouble is not the records' fault. And at a place in the source that cannot
// be read, its bytes or the topic's own schema: that partition waits for a person, everything else goes on. And while nobody can
// say whether the partitions are still ours.
import { EssError } from '@ess/domain/text/error.ts';
import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import type { Group } from '@ess/stream/group/group.ts';
import { bytesRemedy, SCHEMA_RETRY_MS, schemaRemedy, UNREADABLE_RETRY_MS } from '@ess/stream/group/source-trouble.ts';
import { within } from '@ess/stream/kafkajs/within.ts';
import type { Decoded } from '@ess/stream/registry/codec.ts';
import type { Unreadable } from '@ess/stream/wire/unreadable.ts';
import { DOUBT_MS } from '../item/timers.ts';
import type { PartnerContext } from '../partner-context.ts';

/** A registry that hangs must not keep the handler, and with it the heartbeat. */
const PREPARE_TIMEOUT_MS = 2_000;
const RETRY_MS = 500;

interface Hold {
  readonly sinceMs: number;
  readonly reason: string;
  /** The offset that cannot be read; absent: nothing can. */
  readonly at?: number;
}

type SourceGroup = Pick<Group, 'pause' | 'resume' | 'ownedForMs'>;

export class SourceGate {
  readonly #partner: PartnerContext;
  readonly #group: SourceGroup;
  readonly #later: (waitMs: number, then: () => void) => void;
  readonly #held = new Map<number, Hold>();
  #waitsToBegin = false;

  /** @param later not at all when the assignment is over by then */
  constructor(partner: PartnerContext, group: SourceGroup, later: (waitMs: number, then: () => void) => void) {
    this.#partner = partner;
    this.#group = group;
    this.#later = later;
  }

  /** Whether the partition is paused for it. */
  holds(partition: number): boolean {
    return this.#held.has(partition);
  }

  /** Since when a partition waits, and for what; undefined when none does. */
  get hold(): Hold | undefined {
    return this.#held.values().next().value;
  }

  /**
   * While the registry is away, what earlier owners left cannot be read: that is told once.
   * @throws what `begin` throws: the group tries again
   */
  async opened(begin: () => Promise<void>): Promise<void> {
    const { log, shared, name } = this.#partner;
    try {
      await begin();
    } catch (error) {
      if (error instanceof EssError && error.code === 'ESS_REGISTRY') {
        if (!this.#waitsToBegin) log.warn({ error: error.message }, 'source.held');
        this.#waitsToBegin = true;
        shared.metrics.sourceHeld.set({ partner: name }, 1);
      }
      throw error;
    }
    this.#changed();
    this.#waitsToBegin = false;
  }

  /** What comes next cannot be read. */
  unreadable(partition: number, { offset, next, why }: Unreadable): void {
    const { name, connector, log } = this.#partner;
    const { topic } = connector.source;
    const reason = `source: ${topic} ${partition}:${offset} cannot be read: ${why}`;
    const remedy = bytesRemedy({ topic, partition, next, group: `ess.${name}`, members: 'workers' });
    if (this.#hold(partition, { reason, at: offset }, UNREADABLE_RETRY_MS)?.reason !== reason)
      log.error({ topic, partition, offset, next, error: reason, remedy }, 'source.held');
  }

  /** @returns whether the record has to wait for its schema, which is the topic's own: the partition is paused, and asked for again */
  waitsForSchema({ partition, offset, value }: GroupRecord, decoded: Decoded): boolean {
    const { name, connector, log, shared } = this.#partner;
    const { topic, subject } = connector.source;
    if (decoded.ok || decoded.reason !== 'unreadable-schema' || !shared.codec.holdsSource(topic, value, subject))
      return false;
    const reason = `source: ${topic} ${partition}:${offset}: ${decoded.detail}`;
    const passing = { topic, subject, partition, next: offset + 1, group: `ess.${name}`, members: 'workers' } as const;
    const remedy = schemaRemedy(passing);
    if (this.#hold(partition, { reason, at: offset }, SCHEMA_RETRY_MS)?.reason !== reason)
      log.error({ topic, partition, offset, error: reason, remedy }, 'source.held');
    return true;
  }

  /** Everything below this offset was taken in. */
  reached(partition: number, next: number): void {
    if ((this.#held.get(partition)?.at ?? next) < next) this.#release(partition);
  }

  /** @returns whether the batch is ours and every schema of it at hand; if not, the partition is paused and asked for again */
  async admits(partition: number, records: readonly GroupRecord[]): Promise<boolean> {
    if (this.#isInDoubt(partition)) return false;
    const { codec } = this.#partner.shared;
    const values = records.map(({ value }) => value);
    const failure = codec.isPrepared(values) ? undefined : await withinTimeout(codec.prepare(values));
    if (failure !== undefined && !(failure instanceof EssError)) throw failure;
    if (failure) {
      if (!this.#hold(partition, { reason: failure.message }, RETRY_MS))
        this.#partner.log.warn({ error: failure.message, partition }, 'source.held');
    } else if (this.#held.has(partition) && this.#held.get(partition)?.at === undefined) this.#release(partition);
    return failure === undefined;
  }

  /** Fetches need no membership: what comes in after the session may have ended is refused, and asked for again later. */
  #isInDoubt(partition: number): boolean {
    if (this.#group.ownedForMs > 0) return false;
    this.#askLater(partition, DOUBT_MS);
    return true;
  }

  /** @returns what it was held for before, if it was */
  #hold(partition: number, what: Omit<Hold, 'sinceMs'>, retryMs: number): Hold | undefined {
    const before = this.#held.get(partition);
    this.#held.set(partition, { sinceMs: before?.sinceMs ?? Date.now(), ...what });
    this.#changed();
    this.#askLater(partition, retryMs);
    return before;
  }

  /** The partition is paused, and asked for again after a while. */
  #askLater(partition: number, waitMs: number): void {
    this.#group.pause([partition]);
    this.#later(waitMs, () => this.#group.resume([partition]));
  }

  #release(partition: number): void {
    this.#held.delete(partition);
    this.#changed();
  }

  #changed(): void {
    this.#partner.shared.metrics.sourceHeld.set({ partner: this.#partner.name }, this.#held.size > 0 ? 1 : 0);
  }
}

/** @returns what went wrong, if anything did */
async function withinTimeout(prepared: Promise<void>): Promise<unknown> {
  try {
    if (await within(prepared, PREPARE_TIMEOUT_MS)) return undefined;
    return new EssError('ESS_REGISTRY', 'the schema registry does not answer in time');
  } catch (error) {
    return error;
  }
}
