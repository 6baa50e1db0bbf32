// One assignment of partitions, from intake to commit:
//   take:    decode -> scope -> lane     records come in; what is out of scope is settled at once
//   begin:   attempts.ts                 a lane's head starts when a slot is free
//   settle:  rows acknowledged by Kafka -> watermark -> commit; only then does the lane go on
// At a rebalance, a move of positions (moves.ts) or a stop it is revoked and thrown away; the next one starts from what
// Kafka has.
import { setTimeout as delay } from 'node:timers/promises';
import { deliveryId } from '@ess/domain/delivery-id.ts';
import { Lanes } from '@ess/domain/lanes.ts';
import type { AssignedPartition, Epoch, Group, GroupRecord, LostRange } from '@ess/stream/group.ts';
import type { Unreadable } from '@ess/stream/unreadable.ts';
import type { Verdicts } from './attempts.ts';
import { Attempts } from './attempts.ts';
import { CatchUp } from './catch-up.ts';
import { Committer } from './committer.ts';
import { EpochReplays, RATE_WAIT_MAX_MS } from './epoch-replays.ts';
import type { Item } from './item.ts';
import { makeItem } from './item.ts';
import { Leaving } from './leaving.ts';
import type { Owner } from './owner.ts';
import { PartitionIntake } from './partition-intake.ts';
import type { PartitionReplay } from './partition-replay.ts';
import { readRecord } from './read-record.ts';
import { Redrive } from './redrive.ts';
import { SourceGate } from './source-gate.ts';

/** What is left of the session, after the cut, for the last audit rows, the last commit and the join. */
const REVOKE_RESERVE_MS = 3_000;
/** A heartbeat is answered, or the membership is known to be lost, within about as long. */
const DOUBT_RETRY_MS = 500;
/** Requests on their way end one after the other. */
const ALONE_AGAIN_MS = 20;
/** Values of unsettled records held in memory, over all partitions of one partner; at half of it intake goes on. */
const OPEN_BYTES_MAX = 64 * 1024 * 1024;
/** Keys to probe a held partner with, at least: were it one, a single record that always fails could hold all others back. */
const PROBE_LANES = 16;
/** Rules of one partition that `catchUp: latest` gathers in memory; beyond it a rule may go out more than once. */
const GATHERED_MAX = 50_000;

const FOREIGN =
  'metadata ignored: not ours, or damaged; the offset alone is obeyed, what was settled above it goes again';

/** What the partner wants to hear of an assignment. */
export interface EpochHooks {
  /** Records flow from here on. */
  readonly onAssigned: () => void;
  /** The position of a partition has jumped to where its replay began. */
  readonly onReplayOver: (intake: PartitionIntake) => void;
}

export class DeliveryEpoch implements Epoch, Verdicts {
  readonly #owner: Owner;
  readonly #group: Group;
  readonly #hooks: EpochHooks;
  readonly #intake = new Map<number, PartitionIntake>();
  readonly #lanes: Lanes<Item>;
  readonly #attempts: Attempts;
  readonly #committer: Committer;
  readonly #catchUp: CatchUp;
  readonly redrive: Redrive;
  readonly #replays: EpochReplays;
  readonly #leaving: Leaving;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Those among them that wait to try a record again. */
  readonly #retries = new Set<NodeJS.Timeout>();
  readonly #source: SourceGate;
  #rateWait = false;
  /** Too many bytes are held in memory. */
  #heavy = false;
  #unacknowledged = 0;
  #revoked = false;
  #recovered = false;
  #clean = false;
  #onQuiet: (() => void) | undefined;
  /** What last asked to be at work alone. */
  #suspect: Item | undefined;

  constructor(owner: Owner, group: Group, hooks: EpochHooks) {
    this.#owner = owner;
    this.#hooks = hooks;
    this.#group = group;
    this.#attempts = new Attempts(owner, this);
    this.#source = new SourceGate(owner, group, (waitMs, then) => void this.#later(waitMs, then));
    const { workerId, gatherMs } = owner.shared;
    const { log } = owner;
    const health = () => owner.health;
    this.#committer = new Committer(group, this.#intake, {
      states: owner.ledger.states,
      workerId,
      log,
      health,
      gatherMs,
      stands: (partition) => owner.shared.stands.of(owner.name, owner.connector.source.topic, partition),
    });
    this.#lanes = new Lanes<Item>({
      concurrency: () =>
        this.#maySend() && !owner.shared.alone.isTaken
          ? owner.concurrency.limit * (owner.connector.deliver.batch?.maxRecords ?? 1)
          : 0,
      admit: () => this.#admit(),
      start: (item) => this.#begin(item),
    });
    this.#catchUp = new CatchUp({
      supersede: (item) => this.#supersede(item),
      release: (item) => this.#lanes.push(item.key, item),
    });
    const epoch = this;
    this.redrive = new Redrive(owner, {
      get partitions() {
        return epoch.#recovered && !epoch.#revoked ? [...epoch.#intake.keys()] : [];
      },
      enter: (item) => this.#lanes.push(item.key, item),
      acknowledge: (rows, then) => this.#acknowledge(rows, then),
    });
    this.#replays = new EpochReplays(owner, group, {
      send: (item) => this.send(item),
      over: (intake) => {
        this.#pauseOrResume(intake.partition);
        this.#committer.changed(intake.partition);
        if (intake.replay) hooks.onReplayOver(intake);
      },
      later: (waitMs, then) => void this.#later(waitMs, then),
    });
    this.#leaving = new Leaving(owner, {
      partitions: () => this.#intake.keys(),
      changed: (partition) => this.#pauseOrResume(partition),
      later: (waitMs, then) => void this.#later(waitMs, then),
    });
    if (owner.paused || owner.breaker.isOpen) this.#lanes.hold();
    if (owner.breaker.isOpen) owner.probeAgain();
  }

  get inflight(): number {
    return this.#attempts.inflight;
  }

  /** Something is allowed to keep records waiting: nothing of it is a stall. */
  get waits(): boolean {
    const { breaker, paused, concurrency } = this.#owner;
    const slotsTaken = this.#attempts.inflight >= concurrency.limit;
    const elsewhere = [...this.#intake.values()].some(
      ({ partition, replay }) =>
        replay !== undefined || this.#source.holds(partition) || this.#leaving.holds(partition),
    );
    return this.#revoked || breaker.isOpen || paused || slotsTaken || elsewhere || this.#rateWait;
  }

  get intake(): ReadonlyMap<number, PartitionIntake> {
    return this.#intake;
  }

  /** Assigned and not over. */
  get isLive(): boolean {
    return this.#recovered && !this.#revoked;
  }

  /** Whether nothing was in flight or without its audit row when it ended. */
  get endedClean(): boolean {
    return this.#clean;
  }

  /** When the assignment began, ms since 1970. */
  get startedAtMs(): number {
    return this.#committer.startedAtMs;
  }

  /** Sends what is not one of the partitions' next records, through the lane of its key; its `aside` hears of the end. */
  send(item: Item): void {
    if (!this.#revoked) this.#lanes.push(item.key, item);
  }

  async assigned(partitions: readonly AssignedPartition[]): Promise<void> {
    const { name, connector, shared, log, ledger } = this.#owner;
    for (const assigned of partitions) this.#intake.set(assigned.partition, new PartitionIntake(assigned));
    for (const { partition, watermark, isForeign } of this.#intake.values())
      if (isForeign) log.warn({ partition, offset: watermark.position }, FOREIGN);
    const kept = [...this.#intake.values()].filter(({ lastOwner }) => lastOwner === shared.workerId);
    ledger.inForce.assigned(new Set(kept.map(({ partition }) => partition)));
    const { topic } = connector.source;
    for (const { partition, inheritedStands } of this.#intake.values())
      for (const stand of inheritedStands) shared.stands.add(topic, partition, stand);
    const crashed = [...this.#intake.values()].flatMap((intake) => intake.crashedOwner(name, topic));
    if (crashed.length > 0) {
      await shared.recover(
        crashed,
        (partition, offset, outcome, attempt) => {
          const intake = this.#intake.get(partition);
          if (outcome === 'retried') intake?.recoveredAttempt(offset, attempt);
          else intake?.recovered(offset, outcome === 'delivered');
        },
        (stoodIn, partition, stand) => {
          shared.stands.add(stoodIn, partition, stand);
          log.warn({ topic: stoodIn, partition, ...stand }, 'a process stood still at this record');
        },
      );
      log.info({ partitions: crashed.length }, 'recovered from the audit rows of a crashed owner');
    }
    await this.#replays.open([...this.#intake.values()]);
    if (this.#revoked) return;
    this.#recovered = true;
    log.info({ partitions: partitions.map(({ partition }) => partition) }, 'partitions.assigned');
    this.#markCatchUp();
    this.shareRate();
    await this.#committer.start();
    if (this.#revoked) return;
    for (const partition of this.#intake.keys()) this.#pauseOrResume(partition);
    for (const intake of this.#intake.values()) this.#replays.check(intake);
    this.#hooks.onAssigned();
    this.redrive.wake();
  }

  async take(partition: number, records: readonly GroupRecord[], next: number): Promise<boolean | number> {
    const intake = this.#intake.get(partition);
    if (!intake || this.#revoked || this.#isInDoubt(partition)) return false;
    if (!(await this.#source.admits(partition, records)) || this.#revoked) return false;
    const { connector, shared, name, marks } = this.#owner;
    const { topic } = connector.source;
    const replay = intake.replay?.phase === 'reading' ? intake.replay : undefined;
    const origin = replay ? { replayId: replay.window.id } : undefined;
    const skipped: Item[] = [];
    let reached = Math.min(next, intake.replay?.limit ?? next);
    for (const record of records) {
      const { offset } = record;
      if (offset >= reached) break;
      // A fetch that began before a jump.
      if (offset < intake.watermark.next) continue;
      const before = intake.before(offset);
      if (before === 'settled') {
        intake.watermark.take(offset);
        intake.watermark.settle(offset);
        continue;
      }
      const decoded = readRecord(this.#owner, topic, record);
      const id = deliveryId(shared.clusterId, name, { topic, partition, offset }, replay?.idSuffix);
      const item = makeItem(record, decoded, connector.source, id, intake.attemptsUsed(offset), origin);
      // It failed under an owner before us: what gets through from here on shows that the partner is not to blame.
      if (item.attempts > 0) item.failedAt = this.#owner.started;
      const inScope = !decoded.ok || connector.inScope(decoded.record);
      const selected = replay?.selects(item) ?? true;
      if (replay && before === 'open' && inScope && selected && this.#paces(intake, replay)) {
        reached = offset;
        break;
      }
      // A replay of what went out of scope tells nothing new: its newest version goes out at the end.
      const leaves = !inScope && before === 'open' && !replay ? this.#afterScope(intake, item) : 'skip';
      if (leaves === 'wait') {
        reached = offset;
        break;
      }
      if (leaves === 'lane') item.leaving = 'maybe';
      else if (!inScope && before === 'delivered') item.leaving = 'yes';
      intake.watermark.take(offset);
      if (before === 'delivered') {
        this.#attempts.restate(item);
        this.redrive.acked(item);
        replay?.noted(item);
        intake.watermark.settle(offset);
      } else if (!selected) intake.watermark.settle(offset);
      else if (!inScope && leaves === 'skip') skipped.push(item);
      else {
        intake.opened(item);
        if (this.#catchUp.gathers(item)) this.#catchUp.gather(item);
        else {
          // A batch may reach over the mark: what was gathered goes first.
          this.#catchUp.reached(partition, offset);
          this.#lanes.push(item.key, item);
        }
      }
    }
    marks.over();
    intake.watermark.advance(reached);
    this.#catchUp.reached(partition, reached);
    if (skipped.length > 0) this.#skip(intake, skipped);
    this.#committer.changed(partition);
    if (this.#weigh()) for (const every of this.#intake.keys()) this.#pauseOrResume(every);
    else this.#pauseOrResume(partition);
    this.#replays.check(intake);
    return reached === next ? true : reached;
  }

  lost({ partition, from, to }: LostRange): void {
    const { ledger, log, shared, name } = this.#owner;
    log.error({ partition, from, to: to - 1, records: to - from }, 'retention.lost');
    shared.metrics.retentionLost.inc({ partner: name }, to - from);
    const intake = this.#intake.get(partition);
    // The range counts as one record: the position passes it when its audit row is acknowledged.
    intake?.watermark.takeRange(from, to);
    this.#acknowledge(ledger.lost(partition, from, to), () => {
      intake?.watermark.settle(from);
      if (intake) this.#replays.check(intake);
      this.#committer.changed(partition);
    });
  }

  unreadable(partition: number, stretch: Unreadable): void {
    if (!this.#revoked && this.#intake.has(partition)) this.#source.unreadable(partition, stretch);
  }

  /** Since when a partition's source cannot be taken in, and why. */
  get sourceHold(): SourceGate['hold'] {
    return this.#source.hold;
  }

  /** The replay of this partition is through by what ess.control says, whatever the metadata does. */
  skipReplay(intake: PartitionIntake): void {
    this.#replays.skip(intake);
  }

  async revoke(): Promise<void> {
    this.#revoked = true;
    this.#lanes.hold();
    this.redrive.end();
    this.#attempts.end();
    this.#replays.end();
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#suspect) this.#owner.shared.alone.release(this.#suspect);
    const budgetMs = Math.max(
      0,
      Math.min(this.#group.ownedForMs, this.#owner.shared.sessionTimeoutMs) - REVOKE_RESERVE_MS,
    );
    const cut = setTimeout(() => this.#attempts.cutAll(), budgetMs);
    await Promise.race([this.#quiet(), delay(budgetMs + REVOKE_RESERVE_MS / 2, undefined, { ref: false })]);
    clearTimeout(cut);
    const clean = this.#isQuiet();
    this.#clean = clean;
    // Before the recovery is through we know less than Kafka does: a commit of ours would hide the crash from the next owner.
    if (this.#recovered) await this.#committer.finish(clean);
    this.#owner.log.info({ clean }, 'partitions.revoked');
  }

  /** The partner went from held or paused to flowing, or back. */
  holdChanged(): void {
    this.#markCatchUp();
    for (const partition of this.#intake.keys()) this.#pauseOrResume(partition);
    if (this.#owner.breaker.isOpen || this.#owner.paused || this.#revoked) this.#lanes.hold();
    else this.#lanes.resume();
  }

  /** Starts one waiting record although the partner is held. @returns whether there was one to start */
  probe(): boolean {
    if (!this.#maySend() || this.#owner.paused) return false;
    // The least tried lane first, then the oldest record: one record that always fails must not decide for all.
    const rank = (item: Item) => (item.probes + item.attempts) * 1e13 + item.record.timestampMs;
    const gathered = this.#catchUp.takeLowest(rank);
    if (gathered) this.#lanes.push(gathered.key, gathered);
    return this.#lanes.probe(rank) !== undefined;
  }

  /** The limit is the partner's; each process takes the share of the partitions that it owns. */
  shareRate(): void {
    const { perSecond = Number.POSITIVE_INFINITY } = this.#owner.connector.deliver.rateLimit ?? {};
    this.#owner.rate.perSecond = (perSecond * this.#intake.size) / Math.max(1, this.#group.partitionCount);
  }

  pump(): void {
    this.#lanes.pump();
  }

  settle(item: Item, rows: Promise<unknown>): void {
    this.#owner.shared.alone.release(item);
    this.#lanes.over(item.key, 'settling');
    this.#acknowledge(rows, () => {
      if (item.delivered) this.redrive.acked(item);
      this.#passed(item);
      if (!this.#revoked) this.#lanes.done(item.key);
    });
  }

  retry(item: Item, waitMs: number): void {
    this.leave(item);
    if (this.#revoked) return;
    if (this.#owner.breaker.isOpen && this.#sendsLatest) this.#gatherAll();
    else if (waitMs <= 0) this.#lanes.again(item.key);
    else this.#retries.add(this.#later(waitMs, () => this.#lanes.again(item.key)));
  }

  leave(item: Item): void {
    this.#owner.shared.alone.release(item);
    this.#lanes.over(item.key);
    this.#checkQuiet();
  }

  counted(item: Item): void {
    if (item.aside) return; // its partition is past it
    this.#intake.get(item.partition)?.attempted(item);
    this.#committer.changed(item.partition);
  }

  /** An earlier version that is still on its way may make it one that the partner has to hear of. */
  #afterScope(intake: PartitionIntake, item: Item): 'skip' | 'lane' | 'wait' {
    return this.#leaving.ask(intake, item, this.#lanes.has(item.key) || this.#catchUp.has(item));
  }

  /** A lane's head has its turn. */
  #begin(item: Item): void {
    if (this.#waitsToBeAlone(item)) return;
    const turn = item.aside ? this.redrive.turnOf(item) : this.#leaving.turnOf(item);
    if (turn === 'send') return this.#attempts.begin(item);
    if (turn === 'skip') this.settle(item, this.#owner.ledger.passed([item], 'skipped', this.#leaving.skipReason));
    else if (turn === 'superseded')
      this.settle(item, this.#owner.ledger.passed([item], 'superseded', 'the partner has a newer version'));
    else {
      this.#owner.shared.alone.release(item);
      this.#lanes.done(item.key);
      this.redrive.left(item);
    }
    // It may have been chosen to probe a held partner with: another one is due.
    if (this.#owner.breaker.isOpen) this.#owner.probeAgain();
  }

  /** What has stopped a process is tried while nothing else is at work in this one (alone.ts). */
  #waitsToBeAlone(item: Item): boolean {
    const { shared, name, paused } = this.#owner;
    const { topic, partition, offset } = item;
    if (item.tried || !item.decoded.ok || shared.stands.times(name, topic, partition, offset) === 0) return false;
    item.alone = true;
    this.#suspect = item;
    if (shared.alone.admits(item)) {
      item.tried = true;
      return false;
    }
    if (this.#maySend() && !paused) this.#later(ALONE_AGAIN_MS, () => this.#begin(item));
    else this.retry(item, DOUBT_RETRY_MS);
    return true;
  }

  /** Fetches need no membership: what comes in after the session may have ended is refused, and asked for again later. */
  #isInDoubt(partition: number): boolean {
    if (this.#group.ownedForMs > 0) return false;
    this.#group.pause([partition]);
    this.#later(DOUBT_RETRY_MS, () => this.#group.resume([partition]));
    return true;
  }

  /** A request may start only if it is surely over before another member could own the partition. */
  #maySend(): boolean {
    return !this.#revoked && this.#group.ownedForMs > this.#owner.connector.deliver.timeoutMs;
  }

  /** False while the rate limit has nothing due; asks again by itself when it has. */
  #admit(): boolean {
    const waitMs = this.#owner.rate.take(performance.now());
    if (waitMs > 0 && !this.#rateWait) {
      this.#rateWait = true;
      this.#later(waitMs, () => {
        this.#rateWait = false;
        this.#lanes.pump();
      });
    }
    return waitMs === 0;
  }

  get #sendsLatest(): boolean {
    return this.#owner.connector.deliver.catchUp === 'latest';
  }

  /** Held: everything is gathered. Flowing, or just assigned: what the topic holds now is what there is to catch up. */
  #markCatchUp(): void {
    if (!this.#sendsLatest || this.#revoked) return;
    const held = this.#owner.breaker.isOpen;
    for (const { partition, watermark, replay } of this.#intake.values()) {
      if (replay && replay.phase !== 'over') continue; // what is asked for again is sent, version by version
      this.#catchUp.setMark(partition, held ? Number.POSITIVE_INFINITY : (this.#group.highWatermark(partition) ?? 0));
      if (!held) this.#catchUp.reached(partition, watermark.next);
    }
    if (held) this.#gatherAll();
  }

  /** What waits in lanes can be superseded too. */
  #gatherAll(): void {
    // Their waits are over with them: one that fired later would wake another item of the lane.
    for (const timer of this.#retries) clearTimeout(timer);
    this.#retries.clear();
    for (const item of this.#lanes.takeBack()) {
      if (item.decoded.ok && !item.aside && item.replayId === null) this.#catchUp.gather(item);
      else this.#lanes.push(item.key, item);
    }
  }

  #supersede(item: Item): void {
    this.#acknowledge(this.#owner.ledger.passed([item], 'superseded', 'a newer version is at hand'), () =>
      this.#passed(item),
    );
  }

  #passed(item: Item): void {
    const { shared, name } = this.#owner;
    this.#owner.settled();
    shared.stands.settled(name, item.topic, item.partition, item.offset);
    if (item.aside) return item.aside(item);
    const intake = this.#intake.get(item.partition);
    intake?.settled(item);
    if (intake?.replay) this.#replays.settled(intake, item);
    this.#committer.changed(item.partition);
    // Held: there are fewer records to probe with, so any partition may have to go on.
    if (this.#weigh() || this.#owner.breaker.isOpen)
      for (const partition of this.#intake.keys()) this.#pauseOrResume(partition);
    else this.#pauseOrResume(item.partition);
  }

  #skip(intake: PartitionIntake, items: readonly Item[]): void {
    this.#acknowledge(this.#owner.ledger.passed(items, 'skipped', this.#leaving.skipReason), () => {
      for (const { offset } of items) intake.watermark.settle(offset);
      this.#replays.check(intake);
      this.#committer.changed(intake.partition);
    });
  }

  /** One `then` with two arms instead of a chain: three promises fewer per delivery. */
  #acknowledge(rows: Promise<unknown>, then: () => void): void {
    this.#unacknowledged += 1;
    const over = (): void => {
      this.#unacknowledged -= 1;
      this.#checkQuiet();
    };
    rows.then(
      () => {
        then();
        over();
      },
      (error) => {
        this.#owner.log.error({ error: String(error) }, 'rows were not acknowledged: the record stays unsettled');
        over();
      },
    );
  }

  /** Intake is bounded; a held partner's records stay in the topic, but for those it is probed with. */
  #pauseOrResume(partition: number): void {
    const intake = this.#intake.get(partition);
    if (!intake || this.#revoked || this.#source.holds(partition)) return;
    const paused = this.#group.isPaused(partition);
    // With `latest` a held partner's records are gathered, one per rule, so intake goes on.
    const held = this.#owner.breaker.isOpen && this.#lanes.size >= PROBE_LANES && !this.#sendsLatest;
    const waits = this.#owner.paused || this.#replays.keepsBack(intake) || this.#leaving.holds(partition);
    const gathers = this.#sendsLatest && !intake.replay;
    const full = waits || held || this.#heavy || intake.isFull(paused, gathers ? GATHERED_MAX : undefined);
    if (full && !paused) this.#group.pause([partition]);
    if (!full && paused) this.#group.resume([partition]);
  }

  /** A replay with a rate: asks again by itself when the next record is due. @returns whether it has to wait */
  #paces(intake: PartitionIntake, replay: PartitionReplay): boolean {
    const waitMs = replay.admits(performance.now());
    if (waitMs === 0) return false;
    replay.paced = true;
    this.#later(Math.min(waitMs, RATE_WAIT_MAX_MS), () => {
      replay.paced = false;
      this.#pauseOrResume(intake.partition);
    });
    return true;
  }

  /** @returns whether memory has become too full for any intake, or free again */
  #weigh(): boolean {
    let bytes = 0;
    for (const { openBytes } of this.#intake.values()) bytes += openBytes;
    const heavy = bytes >= (this.#heavy ? OPEN_BYTES_MAX / 2 : OPEN_BYTES_MAX);
    const changed = heavy !== this.#heavy;
    this.#heavy = heavy;
    return changed;
  }

  /** Not called once revoked: what is revoked starts nothing. */
  #later(waitMs: number, then: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#retries.delete(timer);
      if (!this.#revoked) then();
    }, waitMs);
    this.#timers.add(timer);
    return timer;
  }

  #isQuiet(): boolean {
    return this.#attempts.inflight === 0 && this.#unacknowledged === 0;
  }

  #quiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#onQuiet = resolve;
      this.#checkQuiet();
    });
  }

  #checkQuiet(): void {
    if (this.#revoked && this.#isQuiet()) this.#onQuiet?.();
  }
}
