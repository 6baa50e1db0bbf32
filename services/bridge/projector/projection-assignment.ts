// One assignment of the projector: a lane for each partition, claimed before its position is read (stream/group/group.ts calls
// in this order: claim, assigned, take …, revoke).

import type { Stands } from '@ess/domain/delivery/stands.ts';
import { STOPPED_TWICE } from '@ess/domain/delivery/stands.ts';
import type { Version } from '@ess/domain/delivery/version.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import type { ProjectorMetrics } from '@ess/runtime/metrics/bridge-metrics.ts';
import { RULES_TOPIC } from '@ess/schemas/topics.ts';
import type {
  AssignedPartition,
  Assignment,
  GroupRecord,
  LeftLog,
  LostRange,
  Taken,
} from '@ess/stream/group/assignment.ts';
import type { Group } from '@ess/stream/group/group.ts';
import type { Passing } from '@ess/stream/group/source-trouble.ts';
import { bytesRemedy, SCHEMA_RETRY_MS, schemaRemedy, UNREADABLE_RETRY_MS } from '@ess/stream/group/source-trouble.ts';
import type { TransactionalProducer, TransactionRecord } from '@ess/stream/kafkajs/transactional-producer.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { Unreadable } from '@ess/stream/wire/unreadable.ts';
import type { AtWork, PartnerTopic } from '@ess/stream/write/at-work.ts';
import type { Park } from './parking.ts';
import { PUBLIC_PARTNER } from './parking.ts';
import type { Entry, LaneProducer } from './projection-lane.ts';
import { ProjectionLane } from './projection-lane.ts';
import type { ProjectRule } from './rule-projection.ts';

/** What all assignments of a projector share. */
export interface ProjectionContext {
  readonly codec: Codec;
  readonly atWork: AtWork;
  /** The source topic, as marks name it. */
  readonly place: number;
  readonly stands: Stands;
  /** Adds to `stands` what is on record. */
  stoodBefore(): Promise<void>;
  readonly log: Log;
  readonly metrics: ProjectorMetrics;
  readonly sessionTimeoutMs: number;
  readonly project: ProjectRule;
  readonly park: Park;
  claim(partition: number): Promise<TransactionalProducer>;
  committed(partition: number): Promise<number | undefined>;
  commit(
    producer: LaneProducer,
    records: readonly TransactionRecord[],
    at: { partition: number; offset: number; topicId: string | undefined },
  ): Promise<void>;
  newestVersions(partitions: readonly number[]): Promise<Map<string, Version>>;
  onAssigned(): void;
}

/** As `attempt` of an audit row: what stands while it is read would stand for any partner. */
const READING = 0;
const PROJECTING = 1;
/** More than this waiting in a lane pauses its partition. */
const FULL_BYTES = 4_194_304;
const REGISTRY_RETRY_MS = 1_000;
const LEFT_REMEDY =
  'nothing has to be done here: the projector goes on with the earliest record there is; what the log before still held has to be published again';

/** Kept of the session for what comes after the last transaction: leaving, joining. */
const REVOKE_RESERVE_MS = 3_000;

export class ProjectionAssignment implements Assignment {
  readonly #group: Group;
  readonly #context: ProjectionContext;
  #lanes = new Map<number, ProjectionLane>();
  readonly #positions = new Map<number, number>();
  /** Where the partitions end, as the broker said last. */
  #ends: ReadonlyMap<number, number> = new Map();
  #newest = new Map<string, Version>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Partitions whose source is held, and what it was last told to be for. */
  readonly #held = new Map<number, string>();
  /** Of the source, as positions are committed with it. */
  #topicId: string | undefined;
  #revoked = false;

  constructor(group: Group, context: ProjectionContext) {
    this.#group = group;
    this.#context = context;
  }

  async claim(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions)
      if (!this.#lanes.has(partition)) this.#lanes.set(partition, this.#openLane(partition));
    await Promise.all([...this.#lanes.values()].map((lane) => lane.claim()));
    this.#newest = await this.#context.newestVersions(partitions);
  }

  async assigned(partitions: readonly AssignedPartition[], gone: readonly LeftLog[] = []): Promise<void> {
    await this.#context.stoodBefore();
    if (this.#revoked) return;
    this.#topicId = partitions[0]?.topicId;
    await this.#leaveLogs(partitions, gone);
    if (this.#revoked) return;
    for (const { partition, position } of partitions) this.#positions.set(partition, position);
    this.#showLag();
    for (const lane of this.#lanes.values()) lane.start();
    this.#context.log.info({ partitions: partitions.map(({ partition }) => partition) }, 'projector.assigned');
    this.#context.onAssigned();
  }

  /** Positions of another log are put on record, and then replaced: a lane that recovers believes what is committed. */
  async #leaveLogs(partitions: readonly AssignedPartition[], gone: readonly LeftLog[]): Promise<void> {
    const { log, metrics, park } = this.#context;
    const anew = partitions.filter((partition) => partition.left);
    const left = [...gone, ...anew.flatMap((one) => one.left ?? [])];
    if (left.length === 0) return;
    metrics.topicsAnew.inc({ partner: PUBLIC_PARTNER }, left.length);
    for (const one of left) log.error({ topic: this.#source, ...one, remedy: LEFT_REMEDY }, 'topic.anew');
    await park([], [], left);
    for (const { partition, position } of anew) await this.#lanes.get(partition)?.moveTo(position);
  }

  async take(partition: number, records: readonly GroupRecord[]): Promise<Taken> {
    const lane = this.#lanes.get(partition);
    if (!lane || this.#revoked) return 'none';
    const { codec, log } = this.#context;
    try {
      await codec.prepare(records.map(({ value }) => value));
    } catch (error) {
      if (this.#revoked) return 'none';
      log.warn({ topic: this.#source, partition, error: String(error) }, 'projector.source-held');
      this.#holdSource(partition, String(error), REGISTRY_RETRY_MS);
      return 'none';
    }
    if (this.#revoked) return 'none';
    const waiting = records.find(({ value }) => codec.holdsSource(this.#source, value));
    const ready = waiting ? records.slice(0, records.indexOf(waiting)) : records;
    lane.push(ready.map((record): Entry => ({ kind: 'record', record, next: record.offset + 1 })));
    if (waiting) this.#waitForSchema(waiting);
    else this.#released(partition);
    if (lane.bufferedBytes > FULL_BYTES) this.#group.pause([partition]);
    this.#showLag();
    return waiting ? { upTo: waiting.offset } : 'all';
  }

  /** It is there, the topic's own, and cannot be read. */
  #waitForSchema({ partition, offset, value }: GroupRecord): void {
    const { codec, log } = this.#context;
    const decoded = codec.decode(value, RULES_TOPIC);
    const error = `source: ${this.#source} ${partition}:${offset}: ${decoded.ok ? '' : decoded.detail}`;
    const remedy = schemaRemedy(this.#passing(partition, offset + 1));
    if (this.#held.get(partition) !== error)
      log.error({ topic: this.#source, partition, offset, error, remedy }, 'projector.source-held');
    this.#holdSource(partition, error, SCHEMA_RETRY_MS);
  }

  lost(range: LostRange): void {
    const { partition, from, to } = range;
    this.#context.log.error({ partition, from, to: to - 1, records: to - from }, 'retention.lost');
    this.#context.metrics.retentionLost.inc({ partner: PUBLIC_PARTNER }, to - from);
    this.#lanes.get(partition)?.push([{ kind: 'lost', range, next: to }]);
  }

  unreadable(partition: number, { offset, next, why }: Unreadable): void {
    if (this.#revoked) return;
    const error = `source: ${this.#source} ${partition}:${offset} cannot be read: ${why}`;
    const remedy = bytesRemedy(this.#passing(partition, next));
    this.#context.log.error({ topic: this.#source, partition, offset, next, error, remedy }, 'projector.source-held');
    this.#holdSource(partition, error, UNREADABLE_RETRY_MS);
  }

  async revoke(): Promise<void> {
    this.#revoked = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const partition of [...this.#held.keys()]) this.#released(partition);
    this.#context.metrics.lag.set({ partner: PUBLIC_PARTNER }, 0); // what waits is its next owner's to say
    const { sessionTimeoutMs, log } = this.#context;
    const budgetMs = Math.max(0, Math.min(this.#group.ownedForMs, sessionTimeoutMs) - REVOKE_RESERVE_MS);
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop(budgetMs)));
    log.info({ partitions: [...this.#lanes.keys()] }, 'projector.revoked');
  }

  #openLane(partition: number): ProjectionLane {
    const { codec, atWork, place, stands, log, metrics, project, park, ...kafka } = this.#context;
    const topic = this.#source;
    return new ProjectionLane({
      partition,
      claim: () => kafka.claim(partition),
      committed: () => kafka.committed(partition),
      commit: (producer, records, offset) =>
        kafka.commit(producer, records, { partition, offset, topicId: this.#topicId }),
      project: (record, newestOf) => {
        const { offset } = record;
        if (stands.isGuilty(PUBLIC_PARTNER, topic, partition, offset))
          return { record, reason: 'decode', detail: STOPPED_TWICE };
        atWork.begin(place, partition, offset, READING);
        const decoded = codec.decode(record.value, RULES_TOPIC);
        atWork.begin(place, partition, offset, PROJECTING);
        const projected = project(record, decoded, newestOf);
        atWork.end();
        return projected;
      },
      newestOf: (ruleId) => this.#newest.get(ruleId),
      setNewest: (ruleId, version) => this.#newest.set(ruleId, version),
      reloadNewest: async () => {
        for (const [ruleId, version] of await kafka.newestVersions([partition])) this.#newest.set(ruleId, version);
      },
      owned: () => this.#group.ownedForMs > 0,
      park: async (refused, lost) => {
        await park(refused, lost);
        for (const { record, reason, detail } of refused) {
          log.error({ partition, offset: record.offset, reason, detail }, 'projector.parked');
          metrics.deadLetters.inc({ partner: PUBLIC_PARTNER, reason });
        }
      },
      onCommitted: (records, next) => {
        metrics.projected.inc(records);
        this.#positions.set(partition, next);
        this.#showLag();
        if (this.#group.isPaused(partition) && !this.#held.has(partition) && !this.#revoked)
          this.#resumeWhenDrained(partition);
      },
      onFailed: (error) => {
        metrics.failedTransactions.inc();
        log.warn({ partition, error: String(error) }, 'projector.failed');
      },
    });
  }

  #resumeWhenDrained(partition: number): void {
    if ((this.#lanes.get(partition)?.bufferedBytes ?? 0) <= FULL_BYTES / 2) this.#group.resume([partition]);
  }

  #passing(partition: number, next: number): Passing {
    return { topic: this.#source, partition, next, group: `ess.${PUBLIC_PARTNER}`, members: 'bridges' };
  }

  get #source(): string {
    const { atWork, place } = this.#context;
    return (atWork.partnerTopics[place] as PartnerTopic).topic;
  }

  /** Nothing is known about the records: they stay in the topic. */
  #holdSource(partition: number, why: string, retryMs: number): void {
    this.#held.set(partition, why);
    this.#context.metrics.sourceHeld.set({ partner: PUBLIC_PARTNER }, 1);
    this.#group.pause([partition]);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#group.resume([partition]);
    }, retryMs);
    this.#timers.add(timer);
  }

  #released(partition: number): void {
    if (this.#held.delete(partition) && this.#held.size === 0)
      this.#context.metrics.sourceHeld.set({ partner: PUBLIC_PARTNER }, 0);
  }

  /** By partition. What is held is not fetched, so fetches do not tell how much waits behind it. */
  endsAre(ends: ReadonlyMap<number, number>): void {
    this.#ends = ends;
    this.#showLag();
  }

  #showLag(): void {
    if (this.#revoked) return;
    let lag = 0;
    for (const [partition, position] of this.#positions) {
      const end = Math.max(this.#ends.get(partition) ?? 0, this.#group.highWatermark(partition) ?? 0);
      lag += Math.max(0, end - position);
    }
    this.#context.metrics.lag.set({ partner: PUBLIC_PARTNER }, lag);
  }
}
