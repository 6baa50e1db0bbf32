// One assignment of a model member: what DeliveryAssignment and PartitionIntake of services/worker do, reduced to the calls that
// Lanes, Watermark and the commit metadata see.
import type { CommitMetadata } from '@ess/domain/control/commit-metadata.ts';
import { decodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import { Lanes } from '@ess/domain/delivery/lanes.ts';
import { Watermark } from '@ess/domain/delivery/watermark.ts';
import type { CommitRequest, ModelRecord, ModelWorld } from './model-world.ts';
import { Broken } from './model-world.ts';

const MAX_ATTEMPTS = 6;
const OPEN_MAX = 12;
/** A rebalance waits this long for requests in flight, then cuts them. */
const CUT_AFTER_MS = 150;

/** What outlives the assignment. */
interface ModelPartner {
  readonly world: ModelWorld;
  readonly held: boolean;
  /** @returns whether this opened the breaker */
  failed(): boolean;
  succeeded(): void;
}

interface ModelItem {
  readonly record: ModelRecord;
  attempts: number;
  probes: number;
}

interface ModelIntake {
  readonly watermark: Watermark;
  readonly inherited: CommitMetadata | undefined;
  readonly attempted: Map<number, number>;
  /** Heard of as settled in this assignment. */
  readonly known: Set<number>;
  open: number;
}

export class ModelEpoch {
  readonly lanes: Lanes<ModelItem>;
  readonly #member: ModelPartner;
  readonly #world: ModelWorld;
  readonly #intake = new Map<number, ModelIntake>();
  /** Requests in flight, with what cuts them. */
  readonly #flights = new Map<ModelItem, () => void>();
  /** What has been asked of Kafka and is not answered: lands or not when the member crashes. */
  readonly #pending = new Set<() => void>();
  #revoked = false;
  #dead = false;
  #committed = false;
  #committing = false;
  #probing = false;
  /** The member is not sure of its membership: nothing may start. */
  #unsure = false;

  constructor(member: ModelPartner, partitions: readonly number[]) {
    this.#member = member;
    this.#world = member.world;
    const { concurrency } = this.#world.plan;
    this.lanes = new Lanes<ModelItem>({
      concurrency: () => (this.#unsure || this.#revoked ? 0 : concurrency),
      start: (item, key) => this.#start(item, key),
    });
    if (member.held) this.lanes.hold();
    for (const partition of partitions) {
      const { offset, metadata } = this.#world.positions[partition]!;
      const inherited = decodeMetadata(offset, metadata);
      if (metadata !== null && !inherited) throw new Broken('our own metadata cannot be read');
      this.#intake.set(partition, {
        watermark: new Watermark(offset),
        inherited,
        attempted: new Map(),
        known: new Set(),
        open: 0,
      });
      this.#fetchLater(partition);
    }
    this.#commitLater();
    if (this.#world.chance.hits(0.3)) this.#doubt();
  }

  get isOver(): boolean {
    return this.#dead || this.#committed;
  }

  /** Waits for what is in flight, cuts what takes too long, commits, and is over. */
  revoke(): void {
    this.#revoked = true;
    this.lanes.hold();
    this.#world.time.after(CUT_AFTER_MS, () => this.#cutAll());
    const settle = () => {
      if (this.#dead) return;
      if (this.#flights.size > 0 || this.#pending.size > 0) return void this.#world.time.after(5, settle);
      const landed = !this.#world.chance.hits(0.1); // the last commit may be refused
      if (landed) for (const request of this.#commitRequests()) this.#world.commit(request);
      this.#committed = true;
    };
    settle();
  }

  crash(): void {
    const { chance } = this.#world;
    this.#dead = true;
    for (const item of this.#flights.keys()) this.#world.over(item.record.key);
    for (const land of this.#pending) if (chance.hits(0.5)) land();
  }

  resume(): void {
    if (!this.#revoked) this.lanes.resume();
  }

  probe(): void {
    if (this.#revoked || this.#dead || this.#unsure) return;
    this.#probing = true;
    const key = this.lanes.probe((item) => item.probes * 1e6 + item.record.appearsAtMs);
    this.#probing = false;
    if (key !== undefined) this.#world.stats.probes += 1;
  }

  #fetchLater(partition: number): void {
    this.#world.time.after(this.#world.chance.between(1, 60), () => {
      if (this.#revoked || this.#dead) return;
      const intake = this.#intake.get(partition)!;
      const paused = intake.open >= OPEN_MAX || (this.#member.held && intake.open > 0);
      if (!paused) this.#take(partition, intake);
      this.#fetchLater(partition);
    });
  }

  #take(partition: number, intake: ModelIntake): void {
    const { time, chance, log, ends } = this.#world;
    const { watermark, inherited } = intake;
    const visible = log[partition]!.filter(
      ({ offset, appearsAtMs }) => offset >= watermark.next && appearsAtMs <= time.nowMs,
    );
    const batch = visible.slice(0, chance.between(1, 8));
    const last = batch.at(-1)?.offset ?? watermark.next - 1;
    for (const record of batch) {
      const { offset } = record;
      watermark.take(offset);
      if (inherited?.settled.some(([first, end]) => first <= offset && offset <= end)) {
        if (!record.settled) throw new Broken(`${partition}/${offset} is passed over, unsettled`);
        watermark.settle(offset);
        continue;
      }
      const attempts = inherited?.attempts.find(([candidate]) => candidate === offset)?.[1] ?? 0;
      if (attempts !== record.committedAttempts) throw new Broken(`${partition}/${offset} lost its attempts`);
      if (attempts > 0) intake.attempted.set(offset, attempts);
      const item = { record, attempts, probes: 0 };
      intake.open += 1;
      if (record.kind === 'skipped') this.#audit(item, () => {});
      else this.lanes.push(record.key, item);
    }
    const following = log[partition]!.find(({ offset }) => offset > last)?.offset ?? ends[partition]!;
    watermark.advance(chance.between(last + 1, following)); // holes at the end of a batch, or a batch of holes
  }

  #start(item: ModelItem, key: string): void {
    const { world } = this.#member;
    if (this.#revoked || this.#dead) throw new Broken(`${key} starts after its assignment ended`);
    if (this.#member.held && !this.#probing) throw new Broken(`${key} starts although the partner is held`);
    if (item.record.key !== key) throw new Broken(`${key} starts an item of ${item.record.key}`);
    if (this.#probing) item.probes += 1;
    if (item.record.kind === 'poison') return this.#settle(item); // within `start`, as a mapping error is
    world.sent(item.record);
    const answer = () => {
      this.#land(item);
      this.#answered(item);
    };
    const slow = world.chance.hits(0.1);
    const cancel = world.time.after(world.chance.between(1, slow ? 400 : 30), () => !this.#dead && answer());
    this.#flights.set(item, cancel);
    if (this.#flights.size > world.plan.concurrency)
      throw new Broken(`${this.#flights.size} in flight, allowed ${world.plan.concurrency}`);
  }

  #answered(item: ModelItem): void {
    const { world } = this.#member;
    const { key, kind } = item.record;
    const fails = world.partnerDown || world.chance.hits(world.plan.failures);
    if (!fails) {
      if (kind === 'good') this.#member.succeeded();
      return this.#settle(item);
    }
    if (this.#member.held) {
      this.lanes.over(key);
      return this.lanes.again(key);
    }
    world.stats.retries += 1;
    item.attempts += 1;
    this.#intake.get(item.record.partition)!.attempted.set(item.record.offset, item.attempts);
    if (item.attempts >= MAX_ATTEMPTS) return this.#settle(item); // parked as exhausted
    const opened = this.#member.failed();
    this.lanes.over(key);
    if (opened) return this.lanes.again(key);
    world.time.after(world.chance.between(1, 200), () => {
      if (!this.#revoked && !this.#dead) this.lanes.again(key);
    });
  }

  /** The lane goes on, and the watermark with it, only once the audit row is acknowledged. */
  #settle(item: ModelItem): void {
    this.lanes.over(item.record.key, 'settling');
    this.#audit(item, () => !this.#revoked && this.lanes.done(item.record.key));
  }

  #audit({ record }: ModelItem, then: () => void): void {
    const land = () => {
      record.settled = true;
    };
    this.#ask(1, 60, land, () => {
      const intake = this.#intake.get(record.partition)!;
      intake.open -= 1;
      intake.attempted.delete(record.offset);
      intake.watermark.settle(record.offset);
      intake.known.add(record.offset);
      then();
    });
  }

  #commitLater(): void {
    this.#world.time.after(this.#world.chance.between(5, 150), () => {
      if (this.#revoked || this.#dead || this.#committing) return;
      const requests = this.#commitRequests();
      const land = () => {
        for (const request of requests) this.#world.commit(request);
      };
      this.#committing = true;
      this.#ask(1, 80, this.#world.chance.hits(0.1) ? () => {} : land, () => {
        this.#committing = false;
        this.#commitLater();
      });
    });
  }

  /** Asks Kafka for something: `land` is its effect there, `answered` is what we do when we hear of it. */
  #ask(lowMs: number, highMs: number, land: () => void, answered: () => void): void {
    const { time, chance } = this.#world;
    this.#pending.add(land);
    time.after(chance.between(lowMs, highMs), () => {
      if (this.#dead) return;
      this.#pending.delete(land);
      land();
      answered();
    });
  }

  #commitRequests(): CommitRequest[] {
    return [...this.#intake].map(([partition, { watermark, inherited, attempted, known }]) => {
      const { next, position } = watermark;
      // What was inherited about records that were not taken in again is handed on.
      const handedOn = (inherited?.settled ?? [])
        .filter(([, last]) => last >= next)
        .map(([first, last]) => [Math.max(first, next), last] as const);
      const attemptsOn = (inherited?.attempts ?? []).filter(([offset]) => offset >= next);
      const attempts = [...attempted, ...attemptsOn].sort(([a], [b]) => a - b);
      const settled = [...watermark.settledAbove(), ...handedOn];
      return { partition, position, settled, attempts, known: new Set(known) };
    });
  }

  #land(item: ModelItem): void {
    this.#flights.delete(item);
    this.#world.over(item.record.key);
  }

  #cutAll(): void {
    if (this.#dead) return;
    for (const [item, cancel] of this.#flights) {
      cancel();
      this.#land(item);
      this.#world.stats.cuts += 1;
      this.lanes.over(item.record.key);
    }
  }

  /** For a while the last heartbeat is too old to start anything. */
  #doubt(): void {
    const { time, chance } = this.#world;
    time.after(chance.between(1, 300), () => {
      this.#unsure = true;
      time.after(chance.between(20, 300), () => {
        this.#unsure = false;
        if (!this.#dead && !this.#revoked) this.lanes.pump();
      });
    });
  }
}
