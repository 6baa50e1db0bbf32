// One consumer group membership: intake, ownership, the fence and commits. kafkajs gives no
// callback at revocation and lets a slow member commit over the next owner, so:
//  - Handlers return at intake; what keeps order over a rebalance is that this member does not join again while requests
//    or commits of its old assignment are pending. The assigner's `protocol()` is the one place every join passes: it
//    ends the assignment, and refuses to join until everything has settled or was cut.
//  - After each join the position and metadata of every partition are read from Kafka before its first batch is taken.
//  - Nothing is sent or written while the last good heartbeat is older than the session timeout.

import { setTimeout as delay } from 'node:timers/promises';
import type {
  Admin,
  Consumer,
  ConsumerConfig,
  EachBatchPayload,
  Kafka,
  KafkaMessage,
  PartitionAssigner,
} from 'kafkajs';
import type { StreamLog } from '../kafkajs/client.ts';
import { openConsumer } from '../kafkajs/consumer.ts';
import { Coordinator } from '../kafkajs/coordinator.ts';
import { fencedAssigner } from '../kafkajs/fenced-assigner.ts';
import type { Unreadable } from '../wire/unreadable.ts';
import { readStartPositions } from './start-positions.ts';

export interface GroupRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestampMs: number;
  readonly message: Pick<KafkaMessage, 'headers'>;
}

export interface AssignedPartition {
  readonly partition: number;
  /** Committed offset, or the log start when the group has none. */
  readonly position: number;
  readonly metadata: string | null;
}

/** Offsets [from, to) were deleted by retention before this group read them. */
export interface LostRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** How much of a batch was taken in. `upTo`: what is below this offset, and the partition goes on there. */
export type Taken = 'all' | 'none' | { readonly upTo: number };

/** What one assignment means to its owner. A new one is opened after every join; the old one is never used again. */
export interface Assignment {
  /** Called before the committed offsets are read, and again when reading them failed: time to fence earlier owners. */
  claim?(partitions: readonly number[]): Promise<void>;
  /** The partitions are ours from here on; called once, before the first batch. */
  assigned(partitions: readonly AssignedPartition[]): Promise<void> | void;
  /**
   * Takes records in at once; must not wait for their delivery. `next` is the offset after the batch, holes included.
   * `none` refuses the batch: it is fetched again after `resume`.
   */
  take(partition: number, records: readonly GroupRecord[], next: number): Promise<Taken> | Taken;
  lost(range: LostRange): void;
  /** What comes next in a partition cannot be read: it is to be paused, and stays where it is. Called again when it was resumed. */
  unreadable(partition: number, stretch: Unreadable): void;
  /** The assignment ends: start nothing new. Resolves when what was in flight has settled and is committed, or was cut. */
  revoke(): Promise<void>;
}

export interface GroupOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topic: string;
  readonly log: StreamLog;
  readonly sessionTimeoutMs?: number;
  /** How long to rest, ms, once a partition's end is reached: the next fetch then brings more at a time. Default: not at all. */
  readonly restMs?: number;
  /** Names this process to those who describe the group (group-view.ts). */
  readonly memberName?: string;
  readonly openAssignment: (group: Group) => Assignment;
  /** The consumer is gone and will not come back. */
  readonly onCrash: (error: Error) => void;
  /** Called at each successful heartbeat and join: what waited for ownership may go on. */
  readonly onAlive?: () => void;
}

export const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 1_000;
/** Upper bound of the delay that a fetch in flight adds to `resume`, to a heartbeat and to the first batch after a join. */
const MAX_WAIT_MS = 250;
/** New partitions of the topic are noticed after this long at most; kafkajs's own 5 min would be a silent delay. */
const METADATA_MAX_AGE_MS = 30_000;
const READY_WAIT_MS = 2_000;
const OPEN_RETRY_MS = 200;

/** What the assignment has not taken yet of a batch, while it has the partition paused: to fetch it again would cost its decoding again. */
interface Rest {
  readonly assignment: Assignment;
  readonly records: readonly GroupRecord[];
  readonly next: number;
  /** Being taken. */
  offered: boolean;
}

interface Ready {
  readonly assignment: Assignment;
  readonly expected: Map<number, number>;
}

export class Group {
  readonly #options: GroupOptions;
  readonly #sessionTimeoutMs: number;
  readonly #consumer: Consumer;
  readonly #admin: Admin;
  #assignment: Assignment | undefined;
  #ready: Promise<Ready | undefined> = Promise.resolve(undefined);
  #revoking: Promise<void> | undefined;
  #coordinator: Coordinator | undefined;
  /** When the last request that keeps the session and was answered was sent: an answer may lie unread while this process is frozen. */
  #aliveAt = Number.NEGATIVE_INFINITY;
  #committing = 0;
  #partitions: readonly number[] = [];
  readonly #paused = new Set<number>();
  readonly #rests = new Map<number, Rest>();
  #highWatermarks = new Map<number, number>();
  #partitionCount = 0;
  #stopping = false;

  constructor(options: GroupOptions) {
    this.#options = options;
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
    this.#admin = options.kafka.admin();
    const config: ConsumerConfig = {
      groupId: options.groupId,
      sessionTimeout: this.#sessionTimeoutMs,
      heartbeatInterval: Math.min(HEARTBEAT_MS, this.#sessionTimeoutMs / 3),
      rebalanceTimeout: this.#sessionTimeoutMs * 3,
      maxWaitTimeInMs: MAX_WAIT_MS,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      maxBytesPerPartition: 524_288,
      maxBytes: 4_194_304,
      allowAutoTopicCreation: false,
      partitionAssigners: [(config) => this.#assigner(config)],
      // Short waits: the fence is polled by kafkajs's retry, and a rebalance must not add seconds of backoff.
      // One that is stopped in the middle of a failing join must not come back: it would keep partitions that nobody reads.
      retry: { initialRetryTime: 50, maxRetryTime: 200, retries: 200, restartOnFailure: async () => !this.#stopping },
    };
    this.#consumer = openConsumer(options.kafka, config, (_topic, partition, stretch, isNext) => {
      if (isNext && this.#partitions.includes(partition)) this.#assignment?.unreadable(partition, stretch);
    });
  }

  /** kafkajs hands its cluster to the assigner, once, before anything is asked of it. */
  #assigner(config: Parameters<PartitionAssigner>[0]): ReturnType<PartitionAssigner> {
    this.#coordinator = new Coordinator(config.cluster, this.#options.groupId, {
      onAlive: (askedAtMs) => {
        this.#aliveAt = askedAtMs;
      },
      isJoinDue: () => this.#assignment === undefined && this.#revoking === undefined && !this.#stopping,
    });
    const fence = fencedAssigner({
      memberName: this.#options.memberName ?? '',
      isClosed: () => {
        void this.#endAssignment();
        return this.#revoking !== undefined || this.#committing > 0;
      },
    });
    return fence(config);
  }

  /** Partitions owned now. */
  get partitions(): readonly number[] {
    return this.#partitions;
  }

  /** Partitions of the topic, ours or not; 0 before the first assignment. */
  get partitionCount(): number {
    return this.#partitionCount;
  }

  /** The same as Kafka has it now. @throws kafkajs's errors */
  async countPartitions(): Promise<number> {
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [this.#options.topic] });
    return topics[0]?.partitions.length ?? 0;
  }

  /**
   * How much longer the partitions are surely ours, in ms, by the monotonic clock: the coordinator waits one session
   * after the last heartbeat that it answered. 0 or less: act no more. What is started must be over by then.
   */
  get ownedForMs(): number {
    return this.#sessionTimeoutMs - (performance.now() - this.#aliveAt);
  }

  /** Log end of a partition as last seen by a fetch. */
  highWatermark(partition: number): number | undefined {
    return this.#highWatermarks.get(partition);
  }

  async start(): Promise<void> {
    const { events } = this.#consumer;
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) =>
      this.#joined(payload.memberAssignment[this.#options.topic] ?? []),
    );
    this.#consumer.on(events.HEARTBEAT, () => this.#options.onAlive?.());
    this.#consumer.on(events.END_BATCH_PROCESS, ({ payload }) => this.#passed(payload));
    this.#consumer.on(events.CRASH, ({ payload }) => {
      void this.#endAssignment();
      const details = { group: this.#options.groupId, error: payload.error.message, restart: payload.restart };
      this.#options.log.warn(details, 'consumer.crashed');
      if (!payload.restart && !this.#stopping) this.#options.onCrash(payload.error);
    });
    await this.#admin.connect();
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic: this.#options.topic, fromBeginning: true });
    await this.#run();
  }

  #run(): Promise<void> {
    return this.#consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 16,
      eachBatch: (payload) => this.#batch(payload),
    });
  }

  /** Ends the assignment (see Assignment.revoke) and leaves the group, so that others take over at once. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#pauseAtBroker(this.#partitions);
    await this.#endAssignment();
    await this.#consumer.disconnect();
    this.#coordinator?.close();
    await this.#admin.disconnect();
  }

  /** Ends the assignment in good order, leaves, and joins anew with nothing of the old consumer but its connections. */
  async restart(): Promise<void> {
    if (this.#stopping) return;
    this.#pauseAtBroker(this.#partitions);
    await this.#endAssignment();
    const stopped = await Promise.race([
      this.#consumer.stop().then(() => true),
      delay(this.#sessionTimeoutMs, false, { ref: false }),
    ]);
    if (this.#stopping) return;
    // A process that cannot even stop its consumer is better replaced.
    if (!stopped)
      this.#options.onCrash(new Error(`the consumer of ${this.#options.groupId} stands still and does not stop`));
    else await this.#run();
  }

  pause(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.add(partition);
    this.#pauseAtBroker(partitions);
  }

  resume(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.delete(partition);
    this.#resumeAtBroker(partitions.filter((partition) => !this.#rests.has(partition)));
    for (const partition of partitions)
      if (this.#rests.has(partition)) this.#offer(partition).catch((error) => this.#told(error));
  }

  /** The partition goes on at `offset`, backwards or forwards. For the owner of the current assignment. */
  seek(partition: number, offset: number): void {
    const assignment = this.#assignment;
    void this.#ready.then((ready) => {
      if (!ready || ready.assignment !== assignment || this.#assignment !== assignment) return;
      if (this.#rests.delete(partition) && !this.#paused.has(partition)) this.#resumeAtBroker([partition]);
      ready.expected.set(partition, offset);
      this.#seek(partition, String(offset));
    });
  }

  /**
   * Ends the assignment as a rebalance does and opens a new one of the same partitions, from what Kafka has then, without
   * joining again. This is how positions are moved while the worker runs.
   * @param between runs when the old assignment is over and has committed; no join passes before it is through
   */
  async reopen(between: () => Promise<void>): Promise<void> {
    if (!this.#assignment || this.#stopping) return;
    this.#pauseAtBroker(this.#partitions);
    await this.#endAssignment(between);
  }

  isPaused(partition: number): boolean {
    return this.#paused.has(partition);
  }

  /**
   * Commits positions under the membership of the current assignment. While a commit is pending this member does not join
   * again, so a late one can only carry the old generation, which the broker refuses.
   * @throws when the membership is lost or Kafka refuses; the next commit repeats it
   */
  async commit(offsets: ReadonlyArray<{ partition: number; offset: number; metadata: string }>): Promise<void> {
    if (offsets.length === 0) return;
    this.#committing += 1;
    try {
      await this.#consumer.commitOffsets(
        offsets.map(({ partition, offset, metadata }) => ({
          topic: this.#options.topic,
          partition,
          offset: String(offset),
          metadata,
        })),
      );
    } finally {
      this.#committing -= 1;
    }
  }

  /** @param reopen when given, runs before anybody may join, and then the same partitions are opened again */
  #endAssignment(reopen?: () => Promise<void>): Promise<void> {
    const assignment = this.#assignment;
    if (!assignment) return this.#revoking ?? Promise.resolve();
    this.#assignment = undefined;
    this.#rests.clear();
    const partitions = this.#partitions;
    this.#revoking = assignment
      .revoke()
      .then(reopen)
      .catch((error) =>
        this.#options.log.error({ error: String(error), group: this.#options.groupId }, 'revoke failed'),
      )
      .finally(() => {
        this.#revoking = undefined;
        this.#partitions = [];
        // In the same turn: a join that waits at the fence finds this assignment and ends it like any other.
        if (reopen) this.#open(partitions, true);
      });
    return this.#revoking;
  }

  #joined(partitions: readonly number[]): void {
    this.#open(partitions, false);
  }

  /** @param seek kafkajs has fetched beyond the committed offsets, which it reads by itself only after a join */
  #open(partitions: readonly number[], seek: boolean): void {
    this.#partitions = [...partitions].sort((a, b) => a - b);
    this.#paused.clear();
    this.#highWatermarks = new Map();
    // Nothing is fetched before the committed offsets were read: for one that retention has passed, kafkajs would commit
    // the log start at once, and nobody could tell any more what was lost.
    this.#pauseAtBroker(partitions);
    // A join that was under way when the stop began: these partitions are given back at once.
    if (this.#stopping) return;
    const assignment = this.#options.openAssignment(this);
    this.#assignment = assignment;
    this.#ready = this.#opened(assignment, seek);
  }

  /** Kafka may be half away right after a join: asks until it answers or the assignment is over. */
  async #opened(assignment: Assignment, seek: boolean): Promise<Ready | undefined> {
    while (this.#assignment === assignment && !this.#stopping) {
      try {
        return await this.#openPartitions(assignment, seek);
      } catch (error) {
        this.#options.log.warn(
          { group: this.#options.groupId, error: String(error) },
          'cannot read the committed offsets yet',
        );
        await delay(OPEN_RETRY_MS);
      }
    }
    return undefined;
  }

  async #openPartitions(assignment: Assignment, seek: boolean): Promise<Ready | undefined> {
    const { topic, groupId } = this.#options;
    await assignment.claim?.(this.#partitions);
    const start = await readStartPositions(this.#admin, { topic, groupId }, this.#partitions);
    if (this.#assignment !== assignment) return undefined;
    const { assigned, lost, next } = start;
    this.#partitionCount = start.partitionCount;
    this.#highWatermarks = start.highWatermarks;
    await assignment.assigned(assigned);
    for (const range of lost) {
      assignment.lost(range);
      this.#seek(range.partition, String(range.to));
    }
    if (seek) for (const [partition, offset] of next) this.#seek(partition, String(offset));
    // A pause survives a rebalance inside kafkajs: our own view started empty.
    this.resume(this.#partitions.filter((partition) => !this.#paused.has(partition)));
    this.#options.onAlive?.();
    return { assignment, expected: next };
  }

  async #batch({ batch }: EachBatchPayload): Promise<void> {
    const { topic } = this.#options;
    const { partition } = batch;
    const ready = await this.#awaitReady();
    if (!ready || this.#assignment !== ready.assignment) return this.#seek(partition, batch.firstOffset());
    const expected = ready.expected.get(partition) ?? 0;
    if (this.#rests.has(partition)) return this.#seek(partition, String(expected)); // fetched before the pause
    const fetched = Number((batch as { fetchedOffset?: string }).fetchedOffset ?? batch.firstOffset() ?? expected);
    this.#highWatermarks.set(partition, Number(batch.highWatermark));
    if (fetched !== expected) {
      // Either a seek of an earlier life fired, or kafkajs jumped because the log start had moved past us.
      const low = Number(
        (await this.#admin.fetchTopicOffsets(topic)).find((bound) => bound.partition === partition)?.low ?? 0,
      );
      if (low > expected) {
        ready.assignment.lost({ partition, from: expected, to: low });
        ready.expected.set(partition, low);
      }
      if (fetched !== ready.expected.get(partition))
        return this.#seek(partition, String(ready.expected.get(partition)));
    }
    const records: GroupRecord[] = [];
    const from = ready.expected.get(partition) ?? 0;
    for (const message of batch.messages) {
      const offset = Number(message.offset);
      if (offset >= from)
        records.push({
          partition,
          offset,
          key: message.key,
          value: message.value,
          timestampMs: Number(message.timestamp),
          message,
        });
    }
    const next = Number(batch.lastOffset()) + 1;
    const taken =
      this.#assignment === ready.assignment ? await ready.assignment.take(partition, records, next) : 'none';
    if (this.#keeps(partition, { assignment: ready.assignment, records, next, offered: false }, taken))
      return void ready.expected.set(partition, next);
    this.#reached(ready, partition, { from, next, taken });
    const { restMs = 0 } = this.#options;
    if (restMs > 0 && next >= Number(batch.highWatermark) && !this.#stopping) await delay(restMs);
  }

  /** The partition goes on where the assignment said that it had come to. */
  #reached(
    { expected }: Ready,
    partition: number,
    { from, next, taken }: { from: number; next: number; taken: Taken },
  ): void {
    const reached = taken === 'all' ? Math.max(from, next) : taken === 'none' ? from : taken.upTo;
    expected.set(partition, reached);
    if (reached < next) this.#seek(partition, String(reached));
  }

  /** @param taken what the assignment said to the records */
  #keeps(partition: number, rest: Rest, taken: Taken): boolean {
    if (typeof taken === 'string') return false;
    if (this.#assignment !== rest.assignment || !this.#paused.has(partition)) return false;
    this.#rests.set(partition, {
      ...rest,
      records: rest.records.filter(({ offset }) => offset >= taken.upTo),
      offered: false,
    });
    return true;
  }

  /** What is left of a batch, now that the partition goes on. */
  async #offer(partition: number): Promise<void> {
    const rest = this.#rests.get(partition);
    const ready = await this.#ready;
    if (!rest || rest.offered || this.#rests.get(partition) !== rest || ready?.assignment !== rest.assignment) return;
    rest.offered = true;
    const { assignment, records, next } = rest;
    const taken = await assignment.take(partition, records, next);
    if (this.#rests.get(partition) !== rest || this.#keeps(partition, rest, taken)) return;
    this.#rests.delete(partition);
    this.#reached(ready, partition, { from: records[0]?.offset ?? next, next, taken });
    if (!this.#paused.has(partition)) this.#resumeAtBroker([partition]);
  }

  /** Batches of transaction markers reach no handler: their last offset arrives only here. */
  #passed(payload: { partition: number; lastOffset: string; firstOffset: string | null; batchSize: number }): void {
    if (payload.batchSize > 0) return;
    this.#ready
      .then(async (ready) => {
        const expected = ready?.expected.get(payload.partition);
        const next = Number(payload.lastOffset) + 1;
        if (!ready || expected === undefined || this.#assignment !== ready.assignment || next <= expected) return;
        if ((await ready.assignment.take(payload.partition, [], next)) === 'all')
          ready.expected.set(payload.partition, next);
      })
      .catch((error) => this.#told(error));
  }

  /** What nobody waits for. A partition that stands still because of it is found by the worker's watchdog. */
  #told(error: unknown): void {
    this.#options.log.error({ error: String(error), group: this.#options.groupId }, 'intake failed');
  }

  /** A handler that waits longer would keep this member from its heartbeat. */
  #awaitReady(): Promise<Ready | undefined> {
    return Promise.race([this.#ready, delay(READY_WAIT_MS, undefined, { ref: false })]);
  }

  #seek(partition: number, offset: string | null): void {
    if (offset !== null) this.#consumer.seek({ topic: this.#options.topic, partition, offset });
  }

  #resumeAtBroker(partitions: readonly number[]): void {
    const owned = partitions.filter((partition) => this.#partitions.includes(partition));
    if (owned.length > 0 && !this.#stopping) this.#consumer.resume([{ topic: this.#options.topic, partitions: owned }]);
  }

  #pauseAtBroker(partitions: readonly number[]): void {
    if (partitions.length > 0) this.#consumer.pause([{ topic: this.#options.topic, partitions: [...partitions] }]);
  }
}
