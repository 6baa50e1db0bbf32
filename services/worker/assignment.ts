// One assignment of partitions, top to bottom:
//   opened    what earlier owners left is read, the first commit lands          recovery.ts, committer.ts
//   take      decode -> scope -> lane; what is out of scope is settled at once  read-record.ts, scope-exits.ts, catch-up.ts
//   (turn)    a lane's head starts when a slot is free                          start-gate.ts, lane-heads.ts
//   (judged)  map, send, answer, verdict                                        attempts.ts, judge.ts, disposition.ts
//   settled   Kafka has the rows -> watermark -> commit; the lane goes on       ledger.ts, watermark, committer.ts
//   revoke    nothing new starts, what is in flight ends or is cut, last commit ownership.ts
// At a rebalance, a move of positions (replay-commands.ts) or a stop it is thrown away; the next one starts from what Kafka has.
import type {
  AssignedPartition,
  Assignment,
  GroupRecord,
  LeftLog,
  LostRange,
  Taken,
} from '@ess/stream/group/assignment.ts';
import type { Unreadable } from '@ess/stream/wire/unreadable.ts';
import { PartitionIntake } from './intake/partition-intake.ts';
import { recoverInto } from './intake/recover-into.ts';
import type { SourceGate } from './intake/source-gate.ts';
import type { Item } from './item/item.ts';
import { isFirstTelling } from './item/item.ts';
import { landed } from './judge/ownership.ts';
import { probe } from './judge/probe.ts';
import type { AssignmentGroup, PartnerContext } from './partner-context.ts';
import type { Parts } from './parts.ts';
import { joinParts } from './parts.ts';

/** What the partner wants to hear of an assignment. */
export interface AssignmentEvents {
  /** Records flow from here on. */
  readonly onAssigned: () => void;
  /** The position of a partition has jumped to where its replay began. */
  readonly onReplayOver: (intake: PartitionIntake) => void;
}

type Phase =
  /** What earlier owners left is being read; then records flow; then it has been taken away. */
  | { readonly kind: 'opening' | 'live' | 'ending' }
  /** `clean`: nothing was in flight or without its audit row. */
  | { readonly kind: 'over'; readonly clean: boolean };

export class DeliveryAssignment implements Assignment {
  readonly #partner: PartnerContext;
  readonly #group: AssignmentGroup;
  readonly #events: AssignmentEvents;
  readonly #intakes = new Map<number, PartitionIntake>();
  readonly #parts: Parts;
  #phase: Phase = { kind: 'opening' };

  constructor(partner: PartnerContext, group: AssignmentGroup, events: AssignmentEvents) {
    this.#partner = partner;
    this.#group = group;
    this.#events = events;
    this.#parts = joinParts(partner, group, this.#intakes, {
      settled: (item) => this.#settled(item),
      passed: (intake) => this.#passed(intake),
      counted: (item, reason) => this.#counted(item, reason),
      replayOver: (intake) => this.#replayOver(intake),
      isLive: () => this.isLive,
    });
    if (partner.paused || partner.breaker.isOpen) this.#parts.lanes.hold();
    if (partner.breaker.isOpen) partner.probeAgain();
  }

  // ── opened ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  assigned(partitions: readonly AssignedPartition[], gone: readonly LeftLog[] = []): Promise<void> {
    return this.#parts.source.opened(() => this.#begin(partitions, gone));
  }

  async #begin(partitions: readonly AssignedPartition[], gone: readonly LeftLog[]): Promise<void> {
    const { ledger, log, shared } = this.#partner;
    for (const assigned of partitions) this.#intakes.set(assigned.partition, new PartitionIntake(assigned));
    const intakes = [...this.#intakes.values()];
    ledger.topicId = partitions[0]?.topicId ?? null;
    const kept = intakes.filter(({ lastOwner }) => lastOwner === shared.workerId);
    ledger.inForce.assigned(new Set(kept.map(({ partition }) => partition)));
    await recoverInto(this.#intakes, this.#partner);
    const left = await this.#parts.replays.open(intakes);
    if (this.#isOver) return;
    await this.#parts.intake.leftLogs([...gone, ...partitions.flatMap((one) => one.left ?? []), ...left]);
    if (this.#isOver) return;
    this.#phase = { kind: 'live' };
    log.info({ partitions: partitions.map(({ partition }) => partition) }, 'partitions.assigned');
    this.#parts.gathering.setBounds();
    this.#parts.gate.shareRate(this.#intakes.size);
    this.#parts.watchOwnership();
    await this.#parts.committer.start();
    if (this.#isOver) return;
    this.#parts.backpressure.lookAtAll();
    for (const intake of intakes) this.#parts.replays.check(intake);
    this.#events.onAssigned();
    this.#parts.redrive.wake();
  }

  // ── take ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async take(partition: number, records: readonly GroupRecord[], next: number): Promise<Taken> {
    const intake = this.#intakes.get(partition);
    if (!intake || this.#isOver) return 'none';
    if (!(await this.#parts.source.admits(partition, records)) || this.#isOver) return 'none';
    const skipped: Item[] = [];
    let reached = Math.min(next, intake.replay?.limit ?? next);
    for (const record of records) {
      if (record.offset >= reached) break;
      // A fetch that began before a jump brings what is behind us.
      if (record.offset < intake.watermark.next || this.#parts.intake.take(intake, record, skipped)) continue;
      reached = record.offset;
    }
    this.#partner.shared.atWork.end();
    this.#parts.source.reached(partition, reached);
    intake.watermark.advance(reached);
    this.#parts.intake.taken();
    for (const gathered of this.#parts.catchUp.reached(partition, reached))
      this.#parts.lanes.push(gathered.key, gathered);
    if (skipped.length > 0) this.#parts.intake.skip(intake, skipped);
    this.#parts.committer.changed(partition);
    this.#parts.backpressure.taken(partition);
    if (intake.replay) this.#parts.replays.check(intake);
    return reached === next ? 'all' : { upTo: reached };
  }

  lost(range: LostRange): void {
    this.#parts.intake.lost(this.#intakes.get(range.partition), range);
  }

  unreadable(partition: number, stretch: Unreadable): void {
    if (!this.#isOver && this.#intakes.has(partition)) this.#parts.source.unreadable(partition, stretch);
  }

  // ── settled ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Kafka has what there is to say about a record. */
  #settled(item: Item): void {
    const { shared, name } = this.#partner;
    this.#parts.traces?.end(item, item.delivered ? 'delivered' : item.parked ? 'deadLettered' : 'passed');
    if (item.delivered) this.#delivered(item);
    this.#partner.settled();
    shared.stands.settled(name, item.topic, item.partition, item.offset);
    if (item.pull) return item.pull.settled(item);
    const intake = this.#intakes.get(item.partition);
    if (!intake) return;
    intake.settled(item);
    if (intake.replay) this.#parts.replays.settled(intake, item);
    this.#parts.committer.changed(item.partition);
    this.#parts.backpressure.settled(item.partition);
  }

  #delivered(item: Item): void {
    const { metrics, shared, name } = this.#partner;
    this.#parts.redrive.acked(item);
    if (isFirstTelling(item)) metrics.delivered(item, performance.now());
    else shared.metrics[item.redriven ? 'redriven' : 'replayed'].inc({ partner: name });
  }

  #counted(item: Item, reason: string): void {
    if (item.pull) return; // its partition is past it
    this.#intakes.get(item.partition)?.attempted(item, reason);
    this.#parts.committer.changed(item.partition);
  }

  #passed(intake: PartitionIntake): void {
    this.#parts.replays.check(intake);
    this.#parts.committer.changed(intake.partition);
  }

  #replayOver(intake: PartitionIntake): void {
    this.#parts.backpressure.look(intake.partition);
    this.#parts.committer.changed(intake.partition);
    if (intake.replay) this.#events.onReplayOver(intake);
  }

  // ── what the partner says meanwhile ───────────────────────────────────────────────────────────────────────────────────

  /** The partner went from held or paused to flowing, or back. */
  holdChanged(): void {
    if (this.#isOver) return; // its lanes are held for good
    this.#parts.gathering.setBounds();
    this.#parts.backpressure.lookAtAll();
    if (!this.#partner.breaker.isOpen && !this.#partner.paused) return this.#parts.lanes.resume();
    this.#parts.lanes.hold();
    this.#parts.attempts.recall();
  }

  /** What has not gone out is mapped by the new connector, and goes where that says. */
  connectorChanged(): void {
    if (this.#isOver) return;
    this.#parts.attempts.recall();
    this.#parts.gathering.setBounds();
    this.#parts.gate.shareRate(this.#intakes.size);
  }

  /** Starts one waiting record although the partner is held. @returns whether there was one to start */
  probe(): boolean {
    return probe({ partner: this.#partner, ...this.#parts });
  }

  /** For how long a request that waits for its connection may still begin, ms; not positive: it may not. */
  get startsForMs(): number {
    return this.#parts.gate.startsForMs;
  }

  /** The partitions are surely ours for longer: what waited for that may start. */
  pump(): void {
    this.#parts.lanes.pump();
  }

  /** There may be dead letters to send again, or not any more. */
  wakeRedrive(): void {
    this.#parts.redrive.wake();
  }

  /** The replay of this partition is through by what ess.control says, whatever the metadata does. */
  skipReplay(intake: PartitionIntake): void {
    this.#parts.replays.skip(intake);
  }

  // ── how it stands ─────────────────────────────────────────────────────────────────────────────────────────────────────

  get inflight(): number {
    return this.#parts.attempts.inflight;
  }

  /** By partition. */
  get intakes(): ReadonlyMap<number, PartitionIntake> {
    return this.#intakes;
  }

  /** Records flow, and it is not over. */
  get isLive(): boolean {
    return this.#phase.kind === 'live';
  }

  /** Whether nothing was in flight or without its audit row when it ended. */
  get endedClean(): boolean {
    return this.#phase.kind === 'over' && this.#phase.clean;
  }

  /** When the assignment began, ms since 1970. */
  get startedAtMs(): number {
    return this.#parts.committer.startedAtMs;
  }

  /** Since when a partition's source cannot be taken in, and why. */
  get sourceHold(): SourceGate['hold'] {
    return this.#parts.source.hold;
  }

  /** Something is allowed to keep records waiting: nothing of it is a stall. */
  get waits(): boolean {
    const { breaker, paused, concurrency } = this.#partner;
    const areSlotsTaken = this.inflight >= concurrency.limit;
    const { gate, backpressure } = this.#parts;
    return this.#isOver || breaker.isOpen || paused || areSlotsTaken || backpressure.waits || gate.isPaced;
  }

  get #isOver(): boolean {
    return this.#phase.kind === 'ending' || this.#phase.kind === 'over';
  }

  settledTo(): ReadonlyMap<number, number> {
    return new Map([...this.#intakes.values()].map(({ partition, watermark }) => [partition, watermark.position]));
  }

  // ── revoked ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  async revoke(): Promise<void> {
    const { connector, log, shared } = this.#partner;
    const wasLive = this.isLive;
    this.#phase = { kind: 'ending' };
    const { lanes, gate, backpressure, disposition, redrive, attempts, replays, timers, laneHeads, rows } = this.#parts;
    lanes.hold();
    for (const part of [gate, backpressure, disposition, redrive, attempts, replays, timers, laneHeads]) part.end();
    const untilMs = performance.now() + shared.sessionTimeoutMs;
    const { atRebalance } = connector.deliver;
    const ownedForMs = () =>
      atRebalance === 'wait' ? this.#group.ownedForMs : Math.min(this.#group.ownedForMs, untilMs - performance.now());
    const clean = await landed(attempts, rows, ownedForMs, shared.sessionTimeoutMs);
    this.#phase = { kind: 'over', clean };
    this.#parts.traces?.endAll();
    // Before the recovery is through we know less than Kafka does: a commit of ours would hide the crash from the next owner.
    if (wasLive) await this.#parts.committer.finish(clean);
    log.info({ clean }, 'partitions.revoked');
  }
}
