// One process in a consumer group: membership, the fence and commits. The flow: kafkajs's consumer joins and fetches; a join
// opens an assignment (assignments.ts); each batch goes through its feed (feed.ts) to `take` (assignment.ts).
// kafkajs gives no callback at revocation and lets a slow member commit over the next one's positions, so:
//  - Handlers return at intake. This member keeps order over a rebalance because it does not join again while requests or
//    commits of its old assignment are pending. Every join passes coordinator.ts, where the assignment is ended and the join waits
//    until everything has settled or was cut; heartbeats go on.
//  - After each join the position and metadata of every partition are read from Kafka before its first batch is taken.
//  - Nothing is sent or written while the last answered heartbeat is older than the session timeout, or the last one before a
//    rebalance older than the rebalance timeout.

import { EssError } from '@ess/domain/text/error.ts';
import type { Admin, ConsumerConfig, PartitionAssigner } from 'kafkajs';
import type { LetGoConsumer } from '../kafkajs/consumer.ts';
import { openConsumer } from '../kafkajs/consumer.ts';
import { Coordinator } from '../kafkajs/coordinator.ts';
import { namedAssigner } from '../kafkajs/named-assigner.ts';
import { isCoordinatorStarting, isForbidden } from '../kafkajs/refusals.ts';
import { within } from '../kafkajs/within.ts';
import { timeBefore } from '../read/time-before.ts';
import { Assignments } from './assignments.ts';
import { TopicFetches } from './fetches.ts';
import type { GroupOptions } from './group-options.ts';
import { SESSION_TIMEOUT_MS } from './group-options.ts';
import { tellUncommitted, unlessSilent } from './silence.ts';

const HEARTBEAT_MS = 1_000;
/** Upper bound of the delay that a fetch in flight adds to `resume` of a partition; where none is paused it waits longer (consumer.ts). */
const MAX_WAIT_MS = 250;
/** New partitions of the topic are noticed after this long at most; kafkajs's own 5 min would be a silent delay. */
const METADATA_MAX_AGE_MS = 30_000;
/** A topic that is made anew is away for a moment, and a broker that has just started may not know it yet. */
const MISSED_MAX = 2;

export class Group {
  readonly #options: GroupOptions;
  readonly #sessionTimeoutMs: number;
  readonly #consumer: LetGoConsumer;
  readonly #admin: Admin;
  readonly #fetches: TopicFetches;
  readonly #assignments: Assignments;
  #coordinator: Coordinator | undefined;
  /** When the last answered request that keeps the session was sent: an answer may lie unread while this process is frozen. */
  #aliveAt = Number.NEGATIVE_INFINITY;
  /** The same, of one whose answer told of no rebalance. */
  #calmAt = Number.NEGATIVE_INFINITY;
  /** Of the last join. */
  #rebalanceTimeoutMs: number;
  readonly #commits = new Set<Promise<unknown>>();
  /** The last position that this member has committed, by partition. */
  readonly #committed = new Map<number, number>();
  #isStopping = false;
  /** How often in a row Kafka had no such topic. */
  #missed = 0;
  #unwatch: () => void = () => undefined;

  constructor(options: GroupOptions) {
    const { kafka, groupId, topic, log, topicIds, restMs = 0, sessionTimeoutMs = SESSION_TIMEOUT_MS } = options;
    this.#options = options;
    this.#sessionTimeoutMs = sessionTimeoutMs;
    this.#rebalanceTimeoutMs = this.#wantedRebalanceTimeoutMs;
    this.#admin = kafka.admin();
    this.#consumer = openConsumer(
      kafka,
      this.#config(),
      (_topic, partition, range, isNext) => {
        if (isNext && this.partitions.includes(partition)) this.#assignments.current?.unreadable(partition, range);
      },
      (_topic, partition) => {
        if (this.partitions.includes(partition)) this.#assignments.feed?.outOfRange(partition);
      },
    );
    this.#fetches = new TopicFetches({
      consumer: this.#consumer,
      admin: this.#admin,
      topic,
      groupId,
      isOurs: (partition) => !this.#isStopping && this.partitions.includes(partition),
      topicIds,
      timeBefore: (partition, offset) => timeBefore(kafka, topic, partition, offset),
    });
    this.#assignments = new Assignments({
      fetches: this.#fetches,
      groupId,
      log,
      restMs,
      openAssignment: () => (this.#isStopping ? undefined : options.openAssignment(this)),
      onOpen: () => options.onAlive?.(),
      // What is buffered is of the log of before: it goes with the assignment. The next one reads where the new log starts.
      onLeft: () => void this.reopen(async () => undefined),
    });
  }

  #config(): ConsumerConfig {
    return {
      groupId: this.#options.groupId,
      sessionTimeout: this.#sessionTimeoutMs,
      heartbeatInterval: Math.min(HEARTBEAT_MS, this.#sessionTimeoutMs / 3),
      maxWaitTimeInMs: MAX_WAIT_MS,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      maxBytesPerPartition: 524_288,
      maxBytes: 4_194_304,
      allowAutoTopicCreation: false,
      partitionAssigners: [(config) => this.#assigner(config)],
      // Short waits: a rebalance must not add seconds of backoff.
      // One that is stopped in the middle of a failing join must not come back: it would keep partitions that nobody reads.
      retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 200, restartOnFailure: async () => !this.#isStopping },
    };
  }

  /** kafkajs hands its cluster to the assigner, once, before anything is asked of it. */
  #assigner(config: Parameters<PartitionAssigner>[0]): ReturnType<PartitionAssigner> {
    this.#coordinator = new Coordinator(config.cluster, this.#options.groupId, {
      onAlive: (askedAtMs, isCalm) => {
        this.#aliveAt = askedAtMs;
        if (isCalm) this.#calmAt = askedAtMs;
        else this.#consumer.letGo();
      },
      onLost: () => {
        this.#aliveAt = Number.NEGATIVE_INFINITY;
      },
      admitJoin: () => this.#admitJoin(),
      isLeaving: () => this.#isStopping,
      isJoinDue: () =>
        !this.#isStopping &&
        !this.#assignments.isEnding &&
        (this.#assignments.current === undefined || this.#wantedRebalanceTimeoutMs > this.#rebalanceTimeoutMs),
    });
    return namedAssigner(this.#options.memberName ?? '')(config);
  }

  /** Ends the last assignment; resolves when nothing of it is under way, with the rebalance timeout of the join. */
  async #admitJoin(): Promise<number> {
    // A replay opens the same partitions anew: that assignment ends like any other.
    while (this.#assignments.current || this.#assignments.isEnding || this.#commits.size > 0) {
      await this.#assignments.end();
      await Promise.allSettled(this.#commits);
    }
    this.#rebalanceTimeoutMs = this.#wantedRebalanceTimeoutMs;
    return this.#rebalanceTimeoutMs;
  }

  get #wantedRebalanceTimeoutMs(): number {
    return this.#options.rebalanceTimeoutMs?.() ?? 3 * this.#sessionTimeoutMs;
  }

  /** Partitions of this member now. */
  get partitions(): readonly number[] {
    return this.#assignments.partitions;
  }

  /** Partitions of the topic, ours or not; 0 before the first assignment. */
  get partitionCount(): number {
    return this.#fetches.partitionCount;
  }

  /** The same as Kafka has it now. @throws kafkajs's errors */
  countPartitions(): Promise<number> {
    return this.#fetches.countPartitions();
  }

  /**
   * How much longer the partitions are surely ours, in ms, by the monotonic clock. The coordinator waits one session after the last
   * heartbeat that it answered, and when others join, the rebalance timeout. 0 or less: act no more. What is under way is cut by then.
   */
  get ownedForMs(): number {
    const untilMs = Math.min(this.#aliveAt + this.#sessionTimeoutMs, this.#calmAt + this.#rebalanceTimeoutMs);
    return untilMs - performance.now();
  }

  /** Log end of a partition as last seen by a fetch. */
  highWatermark(partition: number): number | undefined {
    return this.#assignments.feed?.highWatermark(partition);
  }

  async start(): Promise<void> {
    const { groupId, topic, log, topicIds, onAlive, onCrash } = this.#options;
    const { events } = this.#consumer;
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) =>
      this.#assignments.open(payload.memberAssignment[topic] ?? [], false),
    );
    this.#consumer.on(events.HEARTBEAT, () => onAlive?.());
    this.#consumer.on(events.CRASH, ({ payload }) => {
      void this.#assignments.end();
      const details = { group: groupId, error: payload.error.message, restart: payload.restart };
      // The first member of a group meets this each time; nobody has to do anything.
      if (payload.restart && isCoordinatorStarting(payload.error)) log.debug(details, 'consumer.crashed');
      else log.warn(details, 'consumer.crashed');
      if (!payload.restart && !this.#isStopping) onCrash(payload.error);
    });
    this.#unwatch = topicIds.watch(topic, (id) => this.#topicIs(id));
    await this.#admin.connect();
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic, fromBeginning: true });
    await this.#run();
  }

  #topicIs(id: string | null): void {
    this.#missed = id === null ? this.#missed + 1 : 0;
    if (id !== null) this.#assignments.feed?.topicIs(id);
    // kafkajs would ask for its records in silence for a minute, and then end and begin again many times a second.
    else if (this.#missed === MISSED_MAX && !this.#isStopping)
      this.#options.onCrash(new EssError('ESS_SOURCE', `Kafka has no topic ${this.#options.topic} any more`));
  }

  #run(): Promise<void> {
    return this.#consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 16,
      eachBatch: async ({ batch }) => this.#assignments.feed?.fetched(batch),
    });
  }

  /**
   * Ends the assignment (see Assignment.revoke) and leaves the group, so that others take over at once. Without Kafka nothing can
   * be committed: what is not is told then.
   */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#unwatch();
    const { current } = this.#assignments;
    const isOver = await unlessSilent(this.#endAssignment(), () => this.#aliveAt);
    if (!isOver) tellUncommitted(this.#options, current?.settledTo?.(), this.#committed);
    await this.#consumer.disconnect();
    this.#coordinator?.close();
    await this.#admin.disconnect();
  }

  /** Ends the assignment in good order, leaves, and joins anew with nothing of the old consumer but its connections. */
  async restart(): Promise<void> {
    if (this.#isStopping) return;
    await this.#endAssignment();
    const stopped = await within(this.#consumer.stop(), this.#sessionTimeoutMs);
    if (this.#isStopping) return;
    const { groupId, onCrash, onStuck = onCrash } = this.#options;
    if (!stopped) onStuck(new Error(`the consumer of ${groupId} stands still and does not stop`));
    else await this.#run();
  }

  pause(partitions: readonly number[]): void {
    this.#assignments.feed?.pause(partitions);
  }

  resume(partitions: readonly number[]): void {
    this.#assignments.feed?.resume(partitions);
  }

  isPaused(partition: number): boolean {
    return this.#assignments.feed?.isPaused(partition) ?? false;
  }

  /** The partition goes on at `offset`, backwards or forwards. For the current assignment. */
  seek(partition: number, offset: number): void {
    void this.#assignments.feed?.seek(partition, offset);
  }

  /**
   * Ends the assignment as a rebalance does and opens a new one of the same partitions, from what Kafka has then, without
   * joining again. This is how positions are moved while the worker runs.
   * @param between runs when the old assignment is over and has committed; no join passes before it is through
   */
  async reopen(between: () => Promise<void>): Promise<void> {
    if (this.#assignments.current && !this.#isStopping) await this.#endAssignment(between);
  }

  #endAssignment(between?: () => Promise<void>): Promise<void> {
    this.#fetches.pause(this.partitions);
    return this.#assignments.end(between);
  }

  /**
   * Commits positions under the membership of the current assignment. While a commit is pending this member does not join
   * again, so a late one can only carry the old generation, which the broker refuses.
   * @throws when the membership is lost or Kafka refuses; the next commit repeats it
   */
  async commit(offsets: ReadonlyArray<{ partition: number; offset: number; metadata: string }>): Promise<void> {
    if (offsets.length === 0) return;
    const { topic } = this.#options;
    const commit = this.#consumer.commitOffsets(
      offsets.map(({ partition, offset, metadata }) => ({ topic, partition, offset: String(offset), metadata })),
    );
    this.#commits.add(commit);
    try {
      await commit;
      for (const { partition, offset } of offsets) this.#committed.set(partition, offset);
    } catch (error) {
      // Until an ACL changes each commit is refused, and an assignment begins with one: the consumer ends, and is opened again later.
      if (isForbidden(error) && !this.#isStopping) this.#options.onCrash(error as Error);
      throw error;
    } finally {
      this.#commits.delete(commit);
    }
  }
}
