// What a worker knows of one partition during one assignment: its watermark, and what is open. It also knows what an earlier
// owner had settled or attempted, from the commit metadata and, after a crash, from that owner's audit rows.

import type { CommitMetadata, OwnerHealth, PartnerHealth } from '@ess/domain/control/commit-metadata.ts';
import { decodeMetadata, encodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import { PositionHistory } from '@ess/domain/control/lag-trend.ts';
import type { ReplayWindow } from '@ess/domain/control/replay-window.ts';
import type { TopicLog } from '@ess/domain/control/topic-log.ts';
import type { Stand } from '@ess/domain/delivery/stands.ts';
import { Watermark } from '@ess/domain/delivery/watermark.ts';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import type { AssignedPartition } from '@ess/stream/group/assignment.ts';
import type { Item } from '../item/item.ts';
import { PartitionReplay } from '../item/partition-replay.ts';
import type { CrashedOwner } from '../record/recovery.ts';

/** So many travel in the metadata, which has room for 4 kB; what is forgotten stops one more process. */
const STANDS_MAX = 8;
/** Unsettled records held in memory per partition. */
const OPEN_MAX = 2_000;

/** How an earlier owner had sent what the partner has acked, as its audit row says; null: it does not say. */
export type SentBefore = Pick<DeliveryAttempt, 'bodyDigest' | 'connectorDigest'>;

export class PartitionIntake {
  readonly partition: number;
  readonly watermark: Watermark;
  /** There is metadata beside the committed offset that is not ours or damaged: the offset alone is obeyed. */
  readonly isForeign: boolean;
  readonly #inherited: CommitMetadata | undefined;
  /** Offsets from the audit rows of a crashed owner; with how it was sent where the partner has it. */
  readonly #recovered = new Map<number, SentBefore | undefined>();
  /** Unsettled records in lanes. */
  #open = 0;
  #openBytes = 0;
  readonly #attempted = new Map<number, number>();
  /** Attempts by offset, from the audit rows of a crashed owner. */
  readonly #recoveredAttempts = new Map<number, number>();
  #changes = 0;
  /** The replay that the partition is in. */
  replay: PartitionReplay | undefined;
  /** The position last committed, and since when it is that. */
  #moved = { position: -1, atMs: 0 };
  readonly #history: PositionHistory;
  /** Since when some of the open records have been tried again, and why the last one failed. */
  #retrying: OwnerHealth['retrying'];
  readonly #start: AssignedPartition;
  #ackedUntil: number | undefined;

  constructor(assigned: AssignedPartition) {
    const { partition, position, metadata } = assigned;
    this.#start = assigned;
    this.partition = partition;
    this.watermark = new Watermark(position);
    const inherited = decodeMetadata(position, metadata);
    this.#inherited = inherited;
    this.#ackedUntil = assigned.startedOverAt ?? inherited?.ackedUntil;
    this.isForeign = Boolean(metadata) && inherited === undefined;
    const { replay, clean, settled } = inherited ?? {};
    this.#moved = { position, atMs: inherited?.health?.movedAtMs ?? Date.now() };
    this.#history = new PositionHistory(inherited?.health?.before);
    this.#retrying = inherited?.health?.retrying;
    if (!replay) return;
    const begun = position > replay.target || replay.stop !== null || settled?.some(([first]) => first < replay.resume);
    // Whoever moved the positions went by a clock of his own. What has been sent is looked for since then.
    const movedAtMs = Math.min(replay.movedAtMs, Date.now());
    this.replay = new PartitionReplay({ ...replay, movedAtMs }, clean === true && !begun && !replay.current);
  }

  /**
   * The group had no position in this log: records before this offset may be such as the partner has acked before. Undefined
   * once the position has passed it.
   */
  get ackedUntil(): number | undefined {
    if (this.#ackedUntil !== undefined && this.watermark.position >= this.#ackedUntil) this.#ackedUntil = undefined;
    return this.#ackedUntil;
  }

  /** What the group had committed belongs to another log: that is told already. */
  get isLeft(): boolean {
    return this.#start.left !== undefined;
  }

  /** The group had no position of its own in this log. */
  get startedOver(): boolean {
    return this.#start.startedOverAt !== undefined;
  }

  /** The partner has acked nothing at all. */
  nothingAcked(): void {
    this.#ackedUntil = undefined;
  }

  /** Grows with whatever happens to the partition. */
  get activity(): number {
    return this.#changes + this.watermark.next + this.watermark.position;
  }

  /** Size of the unsettled records. */
  get openBytes(): number {
    return this.#openBytes;
  }

  /** When the oldest unsettled record was published, ms since 1970. */
  get oldestMs(): number | undefined {
    return this.watermark.oldestMs;
  }

  /** @param max unsettled records to hold; a paused intake goes on at half of it */
  isFull(paused: boolean, max = OPEN_MAX): boolean {
    return this.#open >= (paused ? max / 2 : max);
  }

  /** Who committed last; undefined when that was none of ours. */
  get lastOwner(): string | undefined {
    return this.#inherited?.worker;
  }

  /** The owner before us, if it did not leave in good order. */
  crashedOwner(partner: string, topic: string): CrashedOwner[] {
    const before = this.#inherited;
    if (!before || before.clean) return [];
    const { worker, committedAtMs, epochStartedAtMs: assignmentStartedAtMs, replay } = before;
    const partitions = new Set([this.partition]);
    const owner = { partner, topic, worker, committedAtMs, assignmentStartedAtMs, partitions };
    return [replay ? { ...owner, replay } : owner];
  }

  /** @param sent there when the partner has it */
  recovered(offset: number, sent: SentBefore | undefined): void {
    this.#recovered.set(offset, sent);
  }

  /** What an earlier owner did with this record. How it was sent: the partner has it, and the state row may be missing. */
  before(offset: number): 'open' | 'settled' | SentBefore {
    if (this.#recovered.has(offset)) {
      const sent = this.#recovered.get(offset);
      this.#recovered.delete(offset);
      return sent ?? 'settled';
    }
    const inherited = this.#inherited?.settled.some(([first, last]) => offset >= first && offset <= last);
    return inherited ? 'settled' : 'open';
  }

  /** An attempt that the crashed owner counted, maybe after its last commit. */
  recoveredAttempt(offset: number, attempt: number): void {
    this.#recoveredAttempts.set(offset, Math.max(attempt, this.#recoveredAttempts.get(offset) ?? 0));
  }

  attemptsUsed(offset: number): number {
    const committed = this.#inherited?.attempts.find(([candidate]) => candidate === offset)?.[1] ?? 0;
    // Taken in before, and put back: it was not its time.
    const before = this.#attempted.get(offset) ?? 0;
    const used = Math.max(committed, before, this.#recoveredAttempts.get(offset) ?? 0);
    this.#recoveredAttempts.delete(offset);
    if (used > 0) this.#attempted.set(offset, used);
    return used;
  }

  opened(item: Item): void {
    this.#open += 1;
    this.#openBytes += item.record.bytes;
  }

  /** An attempt has failed for this reason, and the record is to be tried again. */
  attempted(item: Item, reason: string): void {
    this.#changes += 1;
    const { sinceMs = Date.now() } = (this.#attempted.size > 0 && this.#retrying) || {};
    this.#attempted.set(item.offset, item.attempts);
    this.#retrying = { sinceMs, reason };
  }

  /** A record is settled that was never open. */
  passed(offset: number): void {
    this.#attempted.delete(offset);
    this.watermark.settle(offset);
  }

  settled(item: Item): void {
    this.#changes += 1;
    this.#attempted.delete(item.offset);
    if (!this.watermark.settle(item.offset)) return;
    this.#open -= 1;
    this.#openBytes -= item.record.bytes;
  }

  /** Records that have stopped a process, as the owner before us knew them. */
  get inheritedStands(): readonly Stand[] {
    return this.#inherited?.stands ?? [];
  }

  /** What to commit now. */
  commit(
    worker: string,
    assignmentStartedAtMs: number,
    clean: boolean,
    health?: PartnerHealth,
    stands: readonly Stand[] = [],
  ): { partition: number; offset: number; metadata: string } {
    const { position } = this.watermark;
    const nowMs = Date.now();
    if (position !== this.#moved.position) this.#moved = { position, atMs: nowMs };
    const before = this.#history.note(nowMs, position);
    const retrying = this.#attempted.size > 0 && this.#retrying ? { retrying: this.#retrying } : {};
    const { ackedUntil } = this;
    return this.#commit(position, {
      worker,
      epochStartedAtMs: assignmentStartedAtMs,
      clean,
      ...(this.replay ? { replay: this.replay.snapshot } : {}),
      ...(health ? { health: { movedAtMs: this.#moved.atMs, ...health, ...retrying, before } } : {}),
      ...(stands.length > 0 ? { stands: stands.slice(0, STANDS_MAX) } : {}),
      ...(ackedUntil === undefined ? {} : { ackedUntil }),
    });
  }

  /** What to commit so that the next assignment is in this replay. */
  commitReplay(
    worker: string,
    assignmentStartedAtMs: number,
    clean: boolean,
    replay: ReplayWindow,
  ): { partition: number; offset: number; metadata: string } {
    const position = replay.stop === null ? replay.target : this.watermark.position;
    return this.#commit(position, { worker, epochStartedAtMs: assignmentStartedAtMs, clean, replay });
  }

  #commit(
    position: number,
    facts: Omit<CommitMetadata, 'settled' | 'attempts' | 'committedAtMs'>,
  ): { partition: number; offset: number; metadata: string } {
    const settled = [...this.watermark.settledAbove(), ...this.#notYetSeen()];
    const attempts = [...this.#attempted, ...this.#attemptsNotYetSeen()].sort(([a], [b]) => a - b);
    const log = this.#logAt(position);
    const metadata = encodeMetadata(position, {
      settled,
      attempts,
      committedAtMs: Date.now(),
      ...facts,
      ...(log ? { log } : {}),
    });
    return { partition: this.partition, offset: position, metadata };
  }

  /** What is known of the log before this position. */
  #logAt(position: number): TopicLog | undefined {
    const before = this.#inherited?.log;
    const id = this.#start.topicId ?? before?.id;
    const inherited = position === this.#start.position ? before?.at : undefined;
    const at = position === this.watermark.position ? (this.watermark.timeBefore ?? inherited) : undefined;
    if (id === undefined && at === undefined) return undefined;
    return { ...(id === undefined ? {} : { id }), ...(at === undefined ? {} : { at }) };
  }

  /** What was inherited about records that have not been taken in again must not be forgotten by our first commits. */
  #notYetSeen(): Array<readonly [number, number]> {
    const { next } = this.watermark;
    const inherited = (this.#inherited?.settled ?? []).filter(([, last]) => last >= next);
    const recovered = [...this.#recovered.keys()]
      .filter((offset) => offset >= next)
      .map((offset) => [offset, offset] as const);
    return merge([...inherited.map(([first, last]) => [Math.max(first, next), last] as const), ...recovered]);
  }

  #attemptsNotYetSeen(): Array<readonly [number, number]> {
    return (this.#inherited?.attempts ?? []).filter(([offset]) => offset >= this.watermark.next);
  }
}

/** Ascending, disjoint; neighbours joined. */
function merge(ranges: ReadonlyArray<readonly [number, number]>): Array<readonly [number, number]> {
  const merged: Array<[number, number]> = [];
  for (const [first, last] of [...ranges].sort(([a], [b]) => a - b)) {
    const open = merged.at(-1);
    if (open && first <= open[1] + 1) open[1] = Math.max(open[1], last);
    else merged.push([first, last]);
  }
  return merged;
}
