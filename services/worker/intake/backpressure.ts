// Which partitions go on with intake. What is not taken in stays in the topic, which is the buffer.
import type { Lanes } from '@ess/domain/delivery/lanes.ts';
import type { Group } from '@ess/stream/group/group.ts';
import type { Item } from '../item/item.ts';
import type { Destination, Health } from '../partner-context.ts';
import type { PartitionIntake } from './partition-intake.ts';
import type { ScopeExits } from './scope-exits.ts';
import type { SourceGate } from './source-gate.ts';

/** Values of unsettled records held in memory, over all partitions of one partner; at half of it intake goes on. */
const OPEN_BYTES_MAX = 64 * 1024 * 1024;
/** Keys to probe a held partner with, at least: were it one, a single record that always fails could hold all others back. */
const PROBE_LANES = 16;
/** Rules of one partition that `catchUp: latest` gathers in memory; beyond it a rule may go out more than once. */
const GATHERED_MAX = 50_000;

export interface BackpressureOptions {
  readonly partner: Destination & Health;
  readonly group: Pick<Group, 'isPaused' | 'pause' | 'resume'>;
  readonly intakes: ReadonlyMap<number, PartitionIntake>;
  readonly lanes: Pick<Lanes<Item>, 'size'>;
  /** Pauses partitions too, and resumes them by itself. */
  readonly source: Pick<SourceGate, 'holds'>;
  readonly scopeExits: Pick<ScopeExits, 'holds'>;
}

export class Backpressure {
  readonly #options: BackpressureOptions;
  /** Too many bytes are held in memory. */
  #isHeavy = false;
  #isOver = false;

  constructor(options: BackpressureOptions) {
    this.#options = options;
  }

  /** A replay, the source, or a question of scope may keep records of some partition waiting. */
  get waits(): boolean {
    const { intakes, source, scopeExits } = this.#options;
    return [...intakes.values()].some(
      ({ partition, replay }) => replay !== undefined || source.holds(partition) || scopeExits.holds(partition),
    );
  }

  /** Something has changed for this partition. */
  look(partition: number): void {
    const { group, intakes, source } = this.#options;
    const intake = intakes.get(partition);
    if (!intake || this.#isOver || source.holds(partition)) return;
    const isPaused = group.isPaused(partition);
    const isFull = this.#isFull(intake, isPaused);
    if (isFull && !isPaused) group.pause([partition]);
    if (!isFull && isPaused) group.resume([partition]);
  }

  lookAtAll(): void {
    for (const partition of this.#options.intakes.keys()) this.look(partition);
  }

  /** Records of this partition were taken in. */
  taken(partition: number): void {
    if (this.#weigh()) this.lookAtAll();
    else this.look(partition);
  }

  /** One of them was settled: nothing is fuller than before. A held partner may lack records to be probed with. */
  settled(partition: number): void {
    const { group, partner } = this.#options;
    if (this.#weigh() || partner.breaker.isOpen) this.lookAtAll();
    else if (group.isPaused(partition)) this.look(partition);
  }

  /** The assignment is over. */
  end(): void {
    this.#isOver = true;
  }

  /** @returns whether memory has become too full for any intake, or free again */
  #weigh(): boolean {
    let bytes = 0;
    for (const { openBytes } of this.#options.intakes.values()) bytes += openBytes;
    const wasHeavy = this.#isHeavy;
    this.#isHeavy = bytes >= (wasHeavy ? OPEN_BYTES_MAX / 2 : OPEN_BYTES_MAX);
    return this.#isHeavy !== wasHeavy;
  }

  #isFull(intake: PartitionIntake, isPaused: boolean): boolean {
    const { partner, lanes, scopeExits } = this.#options;
    const { partition, replay, watermark } = intake;
    const sendsLatest = partner.connector.deliver.catchUp === 'latest';
    if (partner.paused || this.#isHeavy) return true;
    if (replay?.keepsBack(watermark.next) || scopeExits.holds(partition)) return true;
    // A held partner's records stay in the topic, but for those it is probed with. With `latest` they are gathered, one per rule.
    if (partner.breaker.isOpen && lanes.size >= PROBE_LANES && !sendsLatest) return true;
    return intake.isFull(isPaused, sendsLatest && !replay ? GATHERED_MAX : undefined);
  }
}
