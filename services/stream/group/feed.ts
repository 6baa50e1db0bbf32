// What one assignment is fed: opened from what Kafka has, then batch by batch from the fetch to the assignment's `take`.
//  - A batch counts only where it is expected. If an old seek led elsewhere, the partition is sought again. If kafkajs jumped to
//    a log start that had moved past us, what lies between is told as lost.
//  - A position that the log does not have is looked at: retention has passed it, or it belongs to another log. Then, and when
//    the topic has another id, the assignment is opened anew.
//  - An assignment may take a batch in part and pause the partition. The remainder is kept for `resume`: fetching it again would
//    cost its decoding again.
//  - A feed ends with its assignment, which is told nothing more. The next one starts from what Kafka has.

import { setTimeout as delay } from 'node:timers/promises';
import type { StreamLog } from '../kafkajs/client.ts';
import type { Assignment, GroupRecord, Taken } from './assignment.ts';
import type { FetchedBatch } from './fetched-batch.ts';
import { recordsOf } from './fetched-batch.ts';
import type { Fetches } from './fetches.ts';
import type { StoodAt } from './start-positions.ts';

export interface FeedOptions {
  readonly assignment: Assignment;
  readonly partitions: readonly number[];
  readonly fetches: Fetches;
  /** Where the assignment before this one was. */
  readonly before?: StoodAt | undefined;
  readonly groupId: string;
  readonly log: Pick<StreamLog, 'warn' | 'error'>;
  /** How long to rest, ms, once a partition's end is reached. */
  readonly restMs: number;
  readonly onOpen: () => void;
  /** The positions belong to another log. */
  readonly onLeft: () => void;
}

/** What the assignment has not taken yet of a batch, while it has the partition paused. */
interface Remainder {
  readonly records: readonly GroupRecord[];
  readonly from: number;
  readonly next: number;
  /** Being taken. */
  offered: boolean;
}

/** A handler that waits longer would keep this member from its heartbeat. */
const READY_WAIT_MS = 2_000;
const OPEN_RETRY_MS = 200;

export class Feed {
  readonly #options: FeedOptions;
  readonly #assignment: Assignment;
  readonly #fetches: Fetches;
  readonly #paused = new Set<number>();
  readonly #remainders = new Map<number, Remainder>();
  /** The offset that is taken next, by partition. */
  #positions = new Map<number, number>();
  #highWatermarks = new Map<number, number>();
  /** Of the topic when the positions were read. */
  #topicId: string | undefined;
  #hasOpened = false;
  /** Partitions whose bounds are being asked for. */
  readonly #outOfRange = new Set<number>();
  #opened: Promise<boolean> = Promise.resolve(false);
  #phase: 'opening' | 'open' | 'over' = 'opening';

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#assignment = options.assignment;
    this.#fetches = options.fetches;
  }

  get assignment(): Assignment {
    return this.#assignment;
  }

  get isOver(): boolean {
    return this.#phase === 'over';
  }

  /** Undefined before it has opened. */
  get stoodAt(): StoodAt | undefined {
    return this.#hasOpened ? { topicId: this.#topicId, positions: this.#positions } : this.#options.before;
  }

  /** Log end of a partition as last seen by a fetch. */
  highWatermark(partition: number): number | undefined {
    return this.#highWatermarks.get(partition);
  }

  isPaused(partition: number): boolean {
    return this.#paused.has(partition);
  }

  // ── open, end ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** @param seeks kafkajs has fetched beyond the committed offsets, which it reads by itself only after a join */
  open(seeks: boolean): void {
    this.#opened = this.#openAtLast(seeks);
  }

  /** Kafka may be half away right after a join: asks until it answers or the assignment is over. */
  async #openAtLast(seeks: boolean): Promise<boolean> {
    const { groupId, log } = this.#options;
    while (!this.isOver) {
      try {
        return await this.#open(seeks);
      } catch (error) {
        log.warn({ group: groupId, error: String(error) }, 'consumer.waits');
        await delay(OPEN_RETRY_MS);
      }
    }
    return false;
  }

  async #open(seeks: boolean): Promise<boolean> {
    const { partitions, before, onOpen } = this.#options;
    await this.#assignment.claim?.(partitions);
    const { assigned, gone, lost, next, highWatermarks, topicId } = await this.#fetches.startPositions(
      partitions,
      before,
    );
    if (this.isOver) return false;
    this.#topicId = topicId;
    this.#hasOpened = true;
    this.#positions = next;
    this.#highWatermarks = highWatermarks;
    await this.#assignment.assigned(assigned, gone);
    if (this.isOver) return false;
    for (const range of lost) {
      this.#assignment.lost(range);
      this.#fetches.seek(range.partition, range.to);
    }
    // After a join kafkajs goes by what is committed.
    const sought = seeks ? next.keys() : assigned.filter(({ left }) => left).map(({ partition }) => partition);
    for (const partition of sought) this.#fetches.seek(partition, next.get(partition) ?? 0);
    // A pause survives a rebalance inside kafkajs: our own view started empty.
    this.resume([...next.keys()].filter((partition) => !this.#paused.has(partition)));
    this.#phase = 'open';
    onOpen();
    return true;
  }

  /** @returns when the assignment has settled (see Assignment.revoke) */
  end(): Promise<void> {
    this.#phase = 'over';
    this.#remainders.clear();
    return this.#assignment.revoke();
  }

  // ── a batch ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  async fetched(batch: FetchedBatch): Promise<void> {
    const { partition } = batch;
    if (this.#phase === 'opening') await Promise.race([this.#opened, delay(READY_WAIT_MS, undefined, { ref: false })]);
    const first = batch.fetchedOffset ?? batch.firstOffset();
    if (this.#phase !== 'open') {
      if (first !== null) this.#fetches.seek(partition, Number(first));
      return;
    }
    const expected = this.#position(partition);
    if (this.#remainders.has(partition)) return this.#fetches.seek(partition, expected); // fetched before the pause
    this.#highWatermarks.set(partition, Number(batch.highWatermark));
    const from = Number(first ?? expected);
    if (from === expected || (await this.#hasMovedTo(from, partition))) await this.#take(batch);
    else this.#fetches.seek(partition, this.#position(partition));
  }

  /** @returns whether kafkajs jumped there with the log start; otherwise an old seek took effect */
  async #hasMovedTo(offset: number, partition: number): Promise<boolean> {
    const { start } = await this.#fetches.bounds(partition);
    if (this.isOver) return false;
    this.#pastLost(partition, start);
    return offset === this.#position(partition);
  }

  #pastLost(partition: number, start: number): void {
    const from = this.#position(partition);
    if (start <= from) return;
    this.#assignment.lost({ partition, from, to: start });
    this.#positions.set(partition, start);
  }

  // ── the log is not where the position is ──────────────────────────────────────────────────────────────────────────────

  /** The id of the topic, as Kafka has it now. */
  topicIs(id: string): void {
    if (this.#phase === 'open' && this.#topicId !== undefined && this.#topicId !== id) this.#options.onLeft();
  }

  /** Kafka has nothing at the offset that was fetched, and would say so as often as it is asked. */
  outOfRange(partition: number): void {
    if (this.#phase !== 'open' || this.#remainders.has(partition) || this.#outOfRange.has(partition)) return;
    this.#outOfRange.add(partition);
    this.#fetches.pause([partition]);
    this.#lookAtBounds(partition)
      .catch((error) => this.#told(error))
      .finally(() => this.#outOfRange.delete(partition));
  }

  async #lookAtBounds(partition: number): Promise<void> {
    try {
      const { start, end } = await this.#fetches.bounds(partition);
      if (this.isOver) return;
      if (this.#position(partition) > end) return this.#options.onLeft();
      this.#pastLost(partition, start);
      this.#fetches.seek(partition, this.#position(partition));
    } finally {
      await delay(OPEN_RETRY_MS, undefined, { ref: false });
      if (!this.isOver && !this.#paused.has(partition)) this.#fetches.resume([partition]);
    }
  }

  async #take(batch: FetchedBatch): Promise<void> {
    const { partition } = batch;
    const from = this.#position(partition);
    const records = recordsOf(batch, from);
    const next = Number(batch.lastOffset()) + 1;
    const taken = await this.#assignment.take(partition, records, next);
    if (this.#keepsRemainder(partition, records, next, taken)) return void this.#positions.set(partition, next);
    this.#goOn(partition, from, next, taken);
    const { restMs } = this.#options;
    if (restMs > 0 && next >= Number(batch.highWatermark) && !this.isOver) await delay(restMs);
  }

  /** The partition goes on where the assignment said that it had come to. */
  #goOn(partition: number, from: number, next: number, taken: Taken): void {
    const reached = taken === 'all' ? Math.max(from, next) : taken === 'none' ? from : taken.upTo;
    this.#positions.set(partition, reached);
    if (reached < next) this.#fetches.seek(partition, reached);
  }

  #position(partition: number): number {
    return this.#positions.get(partition) ?? 0;
  }

  // ── pause, resume, seek ───────────────────────────────────────────────────────────────────────────────────────────────

  pause(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.add(partition);
    this.#fetches.pause(partitions);
  }

  resume(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.delete(partition);
    this.#fetches.resume(partitions.filter((partition) => !this.#remainders.has(partition)));
    for (const partition of partitions)
      if (this.#remainders.has(partition)) this.#offerRemainder(partition).catch((error) => this.#told(error));
  }

  /** The partition goes on at `offset`, backwards or forwards, unless the assignment ends first. */
  async seek(partition: number, offset: number): Promise<void> {
    if (!(await this.#opened) || this.isOver) return;
    if (this.#remainders.delete(partition) && !this.#paused.has(partition)) this.#fetches.resume([partition]);
    this.#positions.set(partition, offset);
    this.#fetches.seek(partition, offset);
  }

  /** @returns whether the partition was paused in the middle of the batch, so that what is left of it waits for `resume` */
  #keepsRemainder(partition: number, records: readonly GroupRecord[], next: number, taken: Taken): boolean {
    if (typeof taken === 'string' || this.isOver || !this.#paused.has(partition)) return false;
    const left = records.filter(({ offset }) => offset >= taken.upTo);
    this.#remainders.set(partition, { records: left, from: taken.upTo, next, offered: false });
    return true;
  }

  async #offerRemainder(partition: number): Promise<void> {
    const remainder = this.#remainders.get(partition);
    await this.#opened; // the caller of `resume` is in the middle of something
    if (!remainder || remainder.offered || this.#remainders.get(partition) !== remainder) return;
    remainder.offered = true;
    const { records, from, next } = remainder;
    const taken = await this.#assignment.take(partition, records, next);
    if (this.#remainders.get(partition) !== remainder || this.#keepsRemainder(partition, records, next, taken)) return;
    this.#remainders.delete(partition);
    this.#goOn(partition, from, next, taken);
    if (!this.#paused.has(partition)) this.#fetches.resume([partition]);
  }

  /** Nobody waits for what failed here. The worker's watchdog finds a partition that stands still because of it. */
  #told(error: unknown): void {
    this.#options.log.error({ error: String(error), group: this.#options.groupId }, 'consumer.intake-failed');
  }
}
