// What there is outside the workers: a topic, the positions of a group, the rows that workers wrote, and a partner. It sees every
// request, row and commit as it arrives, and says which of them breaks a promise.

import { decodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import type { DeadLetter, DeliveryAttempt, DeliveryState } from '@ess/schemas/generated/types.ts';
import { AUDIT_TOPIC, DEAD_LETTER_TOPIC, STATE_TOPIC } from '@ess/schemas/topics.ts';
import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import { Chance } from '../chance.ts';
import { makeRule } from '../data/rules.ts';
import type { Plan } from './plan.ts';
import { Stats } from './plan.ts';
import { VirtualTime } from './virtual-time.ts';

/** The worker gives up a run of ten refusals and holds the partner, for good if nothing else is left to send. */
const REFUSED_MAX = 8;
const REFUSED_KINDS = ['refused', 'unmapped'] as const;

/** refused: by the partner, for its content; unmapped and unreadable never reach it; skipped: out of scope. */
export type Kind = 'good' | 'refused' | 'unmapped' | 'unreadable' | 'skipped';

export interface SimulatedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly version: number;
  readonly kind: Kind;
  readonly appearsAtMs: number;
  readonly asRead: GroupRecord;
  sends: number;
  accepted: boolean;
  /** Who wrote its dead letter, once Kafka has it. */
  letterOf: string | undefined;
  /** As the audit row that settles it says; undefined: there is none. */
  outcome: DeliveryAttempt['outcome'] | undefined;
  /** Every later owner has to know that it is settled: the row was there before the next of them took over. */
  known: boolean;
  /** Attempts used, as commits have said. */
  committedAttempts: number;
  /** The same, as audit rows say. */
  notedAttempts: number;
}

export interface Row {
  readonly topic: string;
  readonly value: Buffer | null;
}

export class Broken extends Error {}

export class Truth {
  readonly plan: Plan;
  readonly chance: Chance;
  readonly time = new VirtualTime();
  readonly stats = new Stats();
  readonly log: SimulatedRecord[][];
  readonly byKey = new Map<string, SimulatedRecord[]>();
  readonly positions: Array<{ offset: number; metadata: string | null }>;
  /** Log ends when all is published. */
  readonly ends: number[];
  /** In the order of arrival. */
  readonly audit: DeliveryAttempt[] = [];
  readonly states = new Map<string, DeliveryState>();
  /** By partition: who read its position last. */
  readonly #owners: Array<string | undefined> = [];
  readonly #versions = new Map<string, number>();
  readonly #inFlight = new Set<string>();
  #broken: string | undefined;
  /** How the partner answers while it is away. */
  outage: 'refused' | 'hangs' | 500 | 401 | undefined;
  /** Until then Kafka acknowledges no row. */
  stalledUntilMs = 0;

  constructor(plan: Plan) {
    this.plan = plan;
    this.chance = new Chance(plan.seed);
    this.log = Array.from({ length: plan.partitions }, () => []);
    this.positions = this.log.map(() => ({ offset: 0, metadata: null }));
    this.ends = this.log.map(() => 0);
    this.#publishAll();
  }

  get records(): SimulatedRecord[] {
    return this.log.flat();
  }

  /** Every position is at the end of its partition. @throws Broken when a promise was broken */
  get isDone(): boolean {
    if (this.#broken !== undefined) throw new Broken(`at ${this.time.nowMs} ms: ${this.#broken}`);
    return this.positions.every(({ offset }, index) => offset === this.ends[index]);
  }

  /** An owner reads where a partition has come to. */
  takenOver(owner: string, partition: number): { partition: number; position: number; metadata: string | null } {
    const { offset, metadata } = this.positions[partition]!;
    if (this.#owners[partition] !== undefined) this.stats.takeovers += 1;
    this.#owners[partition] = owner;
    return { partition, position: offset, metadata };
  }

  /** A request reaches the partner. */
  sent(body: string, attempt: number): SimulatedRecord {
    const { partition, offset } = JSON.parse(body) as { partition: number; offset: number };
    const record = this.find(partition, offset);
    const at = `${record.key} at ${partition}:${offset}`;
    const others = this.byKey.get(record.key) ?? [];
    if (this.#inFlight.has(record.key)) this.broke(`two requests of one key are on their way: ${at}`);
    if (others.some((other) => other.offset > offset && other.sends > 0)) this.broke(`${at} is sent after a later one`);
    const open = others.find((other) => other.offset < offset && other.outcome === undefined);
    if (open && this.plan.catchUp === 'every') this.broke(`${at} is sent before ${open.offset} is settled`);
    if (record.known) this.broke(`${at} is sent again, although its owner could know that it was settled`);
    if (attempt <= record.committedAttempts) this.broke(`${at} has lost attempts: this is ${attempt} again`);
    if (record.sends > 0) this.stats.repeats += 1;
    this.stats.sends += 1;
    record.sends += 1;
    this.#inFlight.add(record.key);
    return record;
  }

  /** The partner has nothing to do with it any more. */
  over({ key }: SimulatedRecord): void {
    this.#inFlight.delete(key);
  }

  /** Rows of this owner reach Kafka. */
  written(owner: string, rows: readonly Row[]): void {
    for (const { topic, value } of rows) {
      const row: unknown = JSON.parse(String(value));
      if (topic === AUDIT_TOPIC) this.#audited(owner, row as DeliveryAttempt);
      else if (topic === STATE_TOPIC) this.states.set((row as DeliveryState).ruleId, row as DeliveryState);
      else if (topic === DEAD_LETTER_TOPIC) {
        const { partition, offset } = row as DeadLetter;
        this.find(partition, offset).letterOf = owner;
      }
    }
  }

  /** A commit reaches Kafka. */
  committed(commits: ReadonlyArray<{ partition: number; offset: number; metadata: string }>): void {
    for (const { partition, offset, metadata } of commits) {
      const before = this.positions[partition]!.offset;
      if (offset < before) this.broke(`partition ${partition} went back from ${before} to ${offset}`);
      if (offset > this.ends[partition]!) this.broke(`partition ${partition} was committed beyond its end`);
      const facts = decodeMetadata(offset, metadata);
      if (!facts) this.broke('our own metadata cannot be read');
      for (const record of this.log[partition]!) {
        const settled = facts?.settled.some(([first, last]) => first <= record.offset && record.offset <= last);
        if ((record.offset < offset || settled) && record.outcome === undefined)
          this.broke(`a commit covers ${partition}:${record.offset}, of which nothing is on record`);
        const attempts = facts?.attempts.find(([at]) => at === record.offset)?.[1] ?? 0;
        if (facts?.clean && record.outcome === undefined && attempts < record.notedAttempts && this.#isCalm)
          this.broke(`a clean leave forgets attempts of ${partition}:${record.offset}`);
        record.committedAttempts = Math.max(record.committedAttempts, attempts);
      }
      this.positions[partition] = { offset, metadata };
    }
  }

  /** Records from `from` on that are published by now. */
  visible(partition: number, from: number): SimulatedRecord[] {
    return this.log[partition]!.filter(({ offset, appearsAtMs }) => offset >= from && appearsAtMs <= this.time.nowMs);
  }

  /** Where the next record from `from` on is, published or not, or the end. */
  following(partition: number, from: number): number {
    return this.log[partition]!.find(({ offset }) => offset >= from)?.offset ?? this.ends[partition]!;
  }

  /** A promise is broken. The first one counts; it is not thrown here, where the code under test could catch it. */
  broke(what: string): void {
    this.#broken ??= what;
  }

  find(partition: number, offset: number): SimulatedRecord {
    const record = this.log[partition]?.find((one) => one.offset === offset);
    if (!record) throw new Broken(`nobody published ${partition}:${offset}`);
    return record;
  }

  #audited(owner: string, row: DeliveryAttempt): void {
    const { partition, offset, outcome } = row;
    this.audit.push(row);
    if (outcome === 'retried') {
      this.stats.retries += 1;
      this.find(partition, offset).notedAttempts = row.attempt;
    }
    if (outcome === 'held') this.stats.holds += 1;
    if (outcome === 'cut') this.stats.cuts += 1;
    if (outcome !== 'delivered' && outcome !== 'skipped' && outcome !== 'superseded' && outcome !== 'deadLettered')
      return;
    const record = this.find(partition, offset);
    const at = `${record.key} at ${partition}:${offset} (${record.kind})`;
    if (outcome === 'delivered' && !record.accepted) this.broke(`${at} is on record as delivered, and was not`);
    if (outcome === 'deadLettered' && record.letterOf === undefined)
      this.broke(`${at} is on record as parked, without its letter`);
    if (outcome === 'skipped' && record.kind !== 'skipped') this.broke(`${at} was skipped`);
    if (outcome === 'superseded' && !this.#hasNewer(record)) this.broke(`${at} was superseded by nothing`);
    if (outcome === 'deadLettered') this.stats.parked += 1;
    if (outcome === 'skipped') this.stats.skipped += 1;
    if (outcome === 'superseded') this.stats.superseded += 1;
    record.outcome = outcome;
    // The row of a letter follows it, and may do so when the same process has taken over from itself.
    const author = outcome === 'deadLettered' ? record.letterOf : owner;
    record.known ||= this.#owners[partition] === author;
  }

  /** Every owner leaves in good order. */
  get #isCalm(): boolean {
    const { crashes, freezes, stalls } = this.plan;
    return crashes + freezes + stalls === 0;
  }

  #hasNewer({ key, offset }: SimulatedRecord): boolean {
    const { catchUp } = this.plan;
    return catchUp === 'latest' && this.records.some((other) => other.key === key && other.offset > offset);
  }

  /** A record of this kind at the end of the partition of its key. */
  publish(number: number, kind: Kind, appearsAtMs: number): number {
    const { plan, chance } = this;
    const partition = number % plan.partitions;
    const key = `k${number}`;
    const hole = chance.hits(0.15) ? chance.between(1, 3) : 0; // compaction and transaction markers
    const offset = this.ends[partition]! + hole;
    this.ends[partition] = offset + 1;
    const version = (this.#versions.get(key) ?? 0) + 1;
    this.#versions.set(key, version);
    const scope = kind === 'skipped' ? 'Drone' : 'Hospital';
    const rule = { ...makeRule(key, version, { eventId: 'e', scope }), kind, partition, offset };
    const value = Buffer.from(kind === 'unreadable' ? 'not JSON' : JSON.stringify(rule));
    const record: SimulatedRecord = {
      partition,
      offset,
      key,
      version,
      kind,
      appearsAtMs,
      asRead: { partition, offset, key: Buffer.from(key), value, timestampMs: appearsAtMs, bytes: 0, headers: {} },
      sends: 0,
      accepted: false,
      letterOf: undefined,
      outcome: undefined,
      known: false,
      committedAttempts: 0,
      notedAttempts: 0,
    };
    this.log[partition]!.push(record);
    if (kind !== 'skipped') this.byKey.set(key, [...(this.byKey.get(key) ?? []), record]);
    return partition;
  }

  #publishAll(): void {
    const { plan, chance } = this;
    let atMs = 0;
    let refused = 0;
    for (let n = 0; n < plan.records; n++) {
      const kind = this.#kind(refused);
      if (kind === 'refused' || kind === 'unmapped') refused += 1;
      this.publish(chance.between(0, plan.keys - 1), kind, atMs);
      if (chance.hits(0.4)) atMs += chance.between(1, 400);
    }
    for (const partition of this.ends.keys()) this.ends[partition]! += chance.between(0, 2);
  }

  #kind(refused: number): Kind {
    const { plan, chance } = this;
    const draw = chance.next();
    if (draw < plan.poison / 3) return 'unreadable';
    if (draw < plan.poison) return refused < REFUSED_MAX ? REFUSED_KINDS[chance.between(0, 1)]! : 'good';
    return draw < plan.poison + plan.skipped ? 'skipped' : 'good';
  }
}
