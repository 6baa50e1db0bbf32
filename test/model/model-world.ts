// The world around the model members (model-epoch.ts): partitions with records, positions with metadata, a partner. It
// sees every send and every commit, and throws `Broken` at the very call that breaks a promise.
import { encodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import { Chance, VirtualTime } from './virtual-time.ts';

export interface Plan {
  readonly seed: number;
  readonly partitions: number;
  readonly keys: number;
  readonly records: number;
  readonly members: number;
  readonly concurrency: number;
  /** Share of attempts that fail for the endpoint's fault while the partner is up. */
  readonly failures: number;
  readonly poison: number;
  readonly skipped: number;
  readonly outages: number;
  readonly rebalances: number;
  readonly crashes: number;
}

export interface ModelRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  /** parked: refused by the partner; poison: refused before it is sent; skipped: out of scope. */
  readonly kind: 'good' | 'parked' | 'poison' | 'skipped';
  readonly appearsAtMs: number;
  /** Its audit row is acknowledged. */
  settled: boolean;
  /** A commit landed that says so, or has to. */
  committed: boolean;
  /** Attempts as the last landed commit has them. */
  committedAttempts: number;
  sends: number;
}

export interface CommitRequest {
  readonly partition: number;
  readonly position: number;
  readonly settled: ReadonlyArray<readonly [number, number]>;
  readonly attempts: ReadonlyArray<readonly [number, number]>;
  /** What the member knew to be settled when it asked: its successor has to know it too. */
  readonly known: ReadonlySet<number>;
}

export class Broken extends Error {}

export interface ModelStats {
  sends: number;
  repeats: number;
  probes: number;
  holds: number;
  retries: number;
  cuts: number;
  rebalances: number;
  crashes: number;
  handedOver: number;
}

export class ModelWorld {
  readonly plan: Plan;
  readonly chance: Chance;
  readonly time = new VirtualTime();
  readonly log: ModelRecord[][];
  readonly byKey = new Map<string, ModelRecord[]>();
  /** Keys of the first sends, in order, per key. */
  readonly firstSends = new Map<string, ModelRecord[]>();
  readonly inFlight = new Set<string>();
  readonly stats: ModelStats = {
    sends: 0,
    repeats: 0,
    probes: 0,
    holds: 0,
    retries: 0,
    cuts: 0,
    rebalances: 0,
    crashes: 0,
    handedOver: 0,
  };
  readonly positions: Array<{ offset: number; metadata: string | null }>;
  readonly ends: number[];
  partnerDown = false;

  constructor(plan: Plan) {
    this.plan = plan;
    this.chance = new Chance(plan.seed);
    this.log = Array.from({ length: plan.partitions }, () => []);
    this.positions = this.log.map(() => ({ offset: 0, metadata: null }));
    this.ends = this.log.map(() => 0);
    this.#publish();
  }

  /** Every position is at the end of its partition. */
  get isDone(): boolean {
    return this.positions.every(({ offset }, index) => offset === this.ends[index]);
  }

  /** A request leaves a member. */
  sent(record: ModelRecord): void {
    const { key, partition, offset } = record;
    const at = `${key} at ${partition}/${offset}`;
    if (this.inFlight.has(key)) throw new Broken(`two requests of one key are in flight: ${at}`);
    const before = (this.byKey.get(key) ?? []).find((other) => other.offset < offset && !other.settled);
    if (before) throw new Broken(`${at} is sent before ${before.offset} is settled`);
    if (record.committed) throw new Broken(`${at} is sent again although its settling was committed`);
    this.stats.sends += 1;
    if (record.sends > 0) this.stats.repeats += 1;
    else this.firstSends.set(key, [...(this.firstSends.get(key) ?? []), record]);
    record.sends += 1;
    this.inFlight.add(key);
  }

  over(key: string): void {
    this.inFlight.delete(key);
  }

  /** A commit reaches Kafka. */
  commit({ partition, position, settled, attempts, known }: CommitRequest): void {
    const before = this.positions[partition]!.offset;
    if (position < before) throw new Broken(`partition ${partition} went back from ${before} to ${position}`);
    for (const record of this.log[partition]!) {
      const covered =
        record.offset < position || settled.some(([first, last]) => first <= record.offset && record.offset <= last);
      if (covered && !record.settled) throw new Broken(`a commit covers ${partition}/${record.offset}, unsettled`);
      record.committed ||= covered || known.has(record.offset);
      record.committedAttempts = attempts.find(([offset]) => offset === record.offset)?.[1] ?? 0;
    }
    if (position > this.ends[partition]!) throw new Broken(`partition ${partition} was committed beyond its end`);
    const facts = { clean: false, committedAtMs: this.time.nowMs, epochStartedAtMs: 0, worker: 'model' };
    this.positions[partition] = {
      offset: position,
      metadata: encodeMetadata(position, { settled, attempts, ...facts }),
    };
  }

  #publish(): void {
    const { plan, chance } = this;
    let atMs = 0;
    for (let n = 0; n < plan.records; n++) {
      const key = chance.between(0, plan.keys - 1);
      const partition = key % plan.partitions;
      const draw = chance.next();
      const { poison, skipped } = plan;
      const kind =
        draw < poison / 2 ? 'parked' : draw < poison ? 'poison' : draw < poison + skipped ? 'skipped' : 'good';
      const hole = chance.hits(0.15) ? chance.between(1, 3) : 0; // compaction and transaction markers
      const offset = this.ends[partition]! + hole;
      this.ends[partition] = offset + 1;
      const record: ModelRecord = {
        partition,
        offset,
        key: `k${key}`,
        kind,
        appearsAtMs: atMs,
        settled: false,
        committed: false,
        committedAttempts: 0,
        sends: 0,
      };
      this.log[partition]!.push(record);
      if (kind !== 'skipped') this.byKey.set(record.key, [...(this.byKey.get(record.key) ?? []), record]);
      if (chance.hits(0.4)) atMs += chance.between(1, 200);
    }
    for (const partition of this.ends.keys()) this.ends[partition]! += chance.between(0, 2);
  }
}
