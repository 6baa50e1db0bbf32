// One input partition on its way through the projector: records queue, and go out in transactions, one after the other;
// what arrives during one is the next. Exactly once rests on this order: claim the transactional id, read the committed
// position, go on from there; and on any error all of it again, because the error may have come after the commit. What Kafka
// refuses for a record's own sake it would refuse for ever: that record is looked for in smaller batches, and parked.
import { setTimeout as delay } from 'node:timers/promises';
import type { Version } from '@ess/domain/delivery/version.ts';
import type { GroupRecord, LostRange } from '@ess/stream/group/assignment.ts';
import type { TransactionalProducer, TransactionRecord } from '@ess/stream/kafkajs/transactional-producer.ts';
import { refusalIn } from '@ess/stream/write/refusal.ts';
import type { Projected, Refused } from './rule-projection.ts';

/** What waits for its transaction. `next` is the position after it. */
export type Entry =
  | { readonly kind: 'record'; readonly record: GroupRecord; readonly next: number }
  | { readonly kind: 'lost'; readonly range: LostRange; readonly next: number };

/** What writes the transactions of a lane. */
export type LaneProducer = Pick<TransactionalProducer, 'commit' | 'discard'>;

export interface LaneOptions {
  readonly partition: number;
  claim(): Promise<LaneProducer>;
  committed(): Promise<number | undefined>;
  commit(producer: LaneProducer, records: readonly TransactionRecord[], offset: number): Promise<void>;
  project(record: GroupRecord, newestOf: (ruleId: string) => Version | undefined): Projected | Refused;
  newestOf(ruleId: string): Version | undefined;
  setNewest(ruleId: string, version: Version): void;
  /** What `newestOf` knows may be behind what was written. */
  reloadNewest(): Promise<void>;
  /** Resolves when the dead letters and the ranges that were lost are on record. They may be so twice after a crash. */
  park(refused: readonly Refused[], lost: readonly LostRange[]): Promise<void>;
  /** Whether the partition is surely ours. */
  owned(): boolean;
  /** After each transaction. */
  onCommitted(records: number, next: number): void;
  onFailed(error: unknown): void;
}

const MAX_RECORDS = 1_000;
const MAX_BYTES = 600_000;
/** Under load transactions of one partition start this far apart: fewer and fuller ones, and no wait for Kafka's markers. */
const SPACING_MS = 20;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 2_000;

export class ProjectionLane {
  readonly #options: LaneOptions;
  #queue: Entry[] = [];
  #bufferedBytes = 0;
  /** Narrowed after Kafka refused a batch for a record's sake, until that one is found; then it widens again. */
  #batchLimit = MAX_RECORDS;
  /** What cannot be written, and why. */
  readonly #refused = new WeakMap<Entry, Refused>();
  #producer: LaneProducer | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  #wake: () => void = () => undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Takes the transactional id; again when called again. */
  async claim(): Promise<void> {
    await this.#producer?.discard();
    this.#producer = undefined;
    const producer = await this.#options.claim();
    if (this.#stopped) await producer.discard();
    else this.#producer = producer;
  }

  /** Commits another position. Call before `start`. @throws when it is not known to be committed: claim anew then */
  async moveTo(position: number): Promise<void> {
    if (!this.#producer) throw new Error('the transactional id is not claimed');
    await this.#options.commit(this.#producer, [], position);
  }

  /** From here on entries are projected. Call once, after `claim`. */
  start(): void {
    this.#running = this.#run();
  }

  push(entries: readonly Entry[]): void {
    this.#queue.push(...entries);
    for (const entry of entries) this.#bufferedBytes += bytesOf(entry);
    this.#wake();
  }

  /** Starts no transaction any more and waits for the one under way; past the budget it is left to the next owner's claim. */
  async stop(budgetMs: number): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await Promise.race([this.#running, delay(budgetMs, undefined, { ref: false })]);
    await this.#producer?.discard();
  }

  async #run(): Promise<void> {
    let startedAt = Number.NEGATIVE_INFINITY;
    while (!this.#stopped) {
      if (this.#queue.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const early = startedAt + SPACING_MS - performance.now();
      if (early > 0) await delay(early);
      startedAt = performance.now();
      const batch = this.#head();
      try {
        await this.#transact(batch);
      } catch (error) {
        if (this.#stopped) return;
        this.#options.onFailed(error);
        await this.#recover();
        const refusal = refusalIn(error, true);
        if (refusal !== undefined) this.#narrow(batch, refusal);
      }
    }
  }

  #narrow(batch: readonly Entry[], refusal: string): void {
    this.#batchLimit = Math.ceil(batch.length / 2);
    const [alone] = batch;
    if (batch.length > 1 || alone?.kind !== 'record') return;
    const detail = `the projection does not take it: ${refusal}`;
    this.#refused.set(alone, { record: alone.record, reason: 'projection', detail });
  }

  #head(): readonly Entry[] {
    let bytes = 0;
    let count = 0;
    for (const entry of this.#queue) {
      bytes += bytesOf(entry);
      if (count > 0 && (count >= this.#batchLimit || bytes > MAX_BYTES)) break;
      count += 1;
    }
    return this.#queue.slice(0, count);
  }

  async #transact(batch: readonly Entry[]): Promise<void> {
    const options = this.#options;
    const producer = this.#producer;
    if (!producer) throw new Error('the transactional id is not claimed');
    const outputs: TransactionRecord[] = [];
    const refused: Refused[] = [];
    const lost: LostRange[] = [];
    // The later of two versions in one batch sees the earlier one.
    const newest = new Map<string, Version>();
    for (const entry of batch) {
      if (entry.kind === 'lost') {
        lost.push(entry.range);
        continue;
      }
      const projected =
        this.#refused.get(entry) ??
        options.project(entry.record, (ruleId) => newest.get(ruleId) ?? options.newestOf(ruleId));
      if ('reason' in projected) refused.push(projected);
      else {
        outputs.push(...projected.outputs);
        if (projected.newest) newest.set(projected.newest.ruleId, projected.newest.version);
      }
    }
    if (refused.length + lost.length > 0) await options.park(refused, lost);
    if (this.#stopped) return;
    const { next } = batch.at(-1) as Entry;
    await options.commit(producer, outputs, next);
    this.#batchLimit = Math.min(this.#batchLimit * 2, MAX_RECORDS);
    this.#settled(batch.length, newest);
    options.onCommitted(batch.length, next);
  }

  #settled(count: number, newest: ReadonlyMap<string, Version>): void {
    for (const entry of this.#queue.splice(0, count)) this.#bufferedBytes -= bytesOf(entry);
    for (const [ruleId, version] of newest) this.#options.setNewest(ruleId, version);
  }

  /** Whether the batch was written is what the committed position says, once nobody can change it any more. */
  async #recover(): Promise<void> {
    for (let waitMs = RETRY_FIRST_MS; !this.#stopped; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      try {
        // A member that was frozen would take the id from the new owner, only to lose it again.
        if (this.#options.owned()) {
          await this.claim();
          const committed = (await this.#options.committed()) ?? Number.NEGATIVE_INFINITY;
          const done = this.#queue.findIndex(({ next }) => next > committed);
          const count = done < 0 ? this.#queue.length : done;
          this.#settled(count, new Map());
          await this.#options.reloadNewest();
          if (count > 0) this.#options.onCommitted(count, committed);
          return;
        }
      } catch (error) {
        this.#options.onFailed(error);
      }
      await delay(waitMs);
    }
  }
}

const bytesOf = (entry: Entry): number => (entry.kind === 'record' ? entry.record.bytes + 100 : 0);
