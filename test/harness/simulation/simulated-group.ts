// What a worker has of its group in a simulation: partitions that come and go, batches, pauses, commits, heartbeats. It keeps the
// fence of stream/group/group.ts: it joins only when its assignment is over and no commit is on its way.
import type { AssignedPartition, Assignment, GroupRecord } from '@ess/stream/group/assignment.ts';
import type { GroupHooks, PartnerGroup } from '@ess/worker/partner-context.ts';
import type { Coordinator, Joiner } from './coordinator.ts';
import { SESSION_MS } from './coordinator.ts';
import type { Truth } from './truth.ts';

const HEARTBEAT_MS = 1_000;
const BATCH_MAX = 8;

/** Reads where the partitions have come to. */
type TakeOver = (partitions: readonly number[]) => AssignedPartition[];
type Commits = Parameters<PartnerGroup['commit']>[0];

interface Open {
  readonly assignment: Assignment;
  /** The offset expected next, by partition; empty until the assignment has taken its partitions over. */
  readonly expected: Map<number, number>;
}

export class SimulatedGroup implements PartnerGroup, Joiner {
  readonly process: object;
  readonly #truth: Truth;
  readonly #coordinator: Coordinator;
  readonly #hooks: GroupHooks;
  readonly #takeOver: TakeOver;
  readonly #paused = new Set<number>();
  readonly #fetching = new Set<number>();
  #open: Open | undefined;
  #generation = 0;
  #aliveAtMs = Number.NEGATIVE_INFINITY;
  #calmAtMs = Number.NEGATIVE_INFINITY;
  #isEnding = false;
  #isJoining = false;
  #committing = 0;
  partitions: readonly number[] = [];
  /** No heartbeat is answered. */
  isDeaf = false;

  constructor(truth: Truth, coordinator: Coordinator, process: object, hooks: GroupHooks, takeOver: TakeOver) {
    this.#truth = truth;
    this.#coordinator = coordinator;
    this.process = process;
    this.#hooks = hooks;
    this.#takeOver = takeOver;
  }

  get partitionCount(): number {
    return this.#truth.plan.partitions;
  }

  get ownedForMs(): number {
    const untilMs = Math.min(this.#aliveAtMs + SESSION_MS, this.#calmAtMs + this.#hooks.rebalanceTimeoutMs());
    return untilMs - this.#truth.time.nowMs;
  }

  async start(): Promise<void> {
    this.#join();
    this.#beat();
  }

  assigned(generation: number, partitions: readonly number[]): void {
    const { time, chance } = this.#truth;
    this.#isJoining = false;
    if (!this.#coordinator.accepts(this, generation)) return; // it stood for so long that it is no member any more
    this.#generation = generation;
    this.partitions = partitions;
    this.#paused.clear();
    this.#aliveAtMs = this.#calmAtMs = time.nowMs;
    const open: Open = { assignment: this.#hooks.openAssignment(), expected: new Map() };
    this.#open = open;
    time.after(chance.between(1, 100), () => void this.#read(open));
  }

  /** New records are there. */
  published(partition: number): void {
    this.#fetchLater(partition);
  }

  highWatermark(partition: number): number {
    return (this.#truth.visible(partition, 0).at(-1)?.offset ?? -1) + 1;
  }

  isPaused(partition: number): boolean {
    return this.#paused.has(partition);
  }

  pause(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.add(partition);
  }

  resume(partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#paused.delete(partition);
      this.#fetchLater(partition);
    }
  }

  commit(commits: Commits): Promise<void> {
    const { time, chance, stats } = this.#truth;
    const generation = this.#generation;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const isLost = chance.hits(0.03);
    let landed = false;
    this.#committing += 1;
    const landsMs = chance.between(1, chance.hits(0.1) ? 2_000 : 60);
    time.outside(landsMs, () => {
      landed = !isLost && this.#coordinator.accepts(this, generation);
      if (landed) this.#truth.committed(commits);
      else stats.refusedCommits += 1;
    });
    time.after(landsMs + chance.between(1, 20), () => {
      this.#committing -= 1;
      if (landed && !chance.hits(0.03))
        resolve(); // the answer may be lost too
      else reject(new Error('the commit was refused'));
    });
    return promise;
  }

  async countPartitions(): Promise<number> {
    return this.partitionCount;
  }

  seek(): never {
    throw new Error('nothing is replayed here');
  }

  reopen(): never {
    throw new Error('nothing is replayed here');
  }

  restart(): never {
    throw new Error('nothing watches here');
  }

  stop(): never {
    throw new Error('nobody leaves here: a process is killed');
  }

  async #read(open: Open): Promise<void> {
    if (this.#open !== open) return;
    const taken = this.#takeOver(this.partitions);
    await open.assignment.assigned(taken);
    if (this.#open !== open) return;
    for (const { partition, position } of taken) open.expected.set(partition, position);
    for (const partition of this.partitions) this.#fetchLater(partition);
    this.#hooks.onAlive();
  }

  #beat(): void {
    const { time, stats } = this.#truth;
    time.after(HEARTBEAT_MS, () => {
      const said = this.#coordinator.heartbeat(this);
      if (!this.isDeaf) {
        this.#aliveAtMs = said === 'lost' ? Number.NEGATIVE_INFINITY : time.nowMs;
        if (said === 'go on') this.#calmAtMs = time.nowMs;
        if (said !== 'go on') this.#end();
        else this.#hooks.onAlive();
      } else if (this.ownedForMs <= 0) stats.doubted += 1;
      this.#beat();
    });
  }

  #end(): void {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return this.#isEnding || this.#isJoining ? undefined : this.#join();
    this.#isEnding = true;
    void open.assignment.revoke().then(() => this.#joinWhenCommitted());
  }

  #joinWhenCommitted(): void {
    if (this.#committing > 0) return void this.#truth.time.after(50, () => this.#joinWhenCommitted());
    this.#isEnding = false;
    this.partitions = [];
    this.#join();
  }

  #join(): void {
    this.#isJoining = true;
    this.#coordinator.join(this);
  }

  #fetchLater(partition: number): void {
    if (this.#fetching.has(partition)) return;
    this.#fetching.add(partition);
    const { time, chance } = this.#truth;
    const fetch = () => {
      this.#fetching.delete(partition);
      void this.#fetch(partition);
    };
    time.after(chance.between(1, 30), fetch, this.process);
  }

  async #fetch(partition: number): Promise<void> {
    const open = this.#open;
    const expected = open?.expected.get(partition);
    if (!open || expected === undefined || this.#paused.has(partition)) return;
    const { chance } = this.#truth;
    const batch = this.#truth.visible(partition, expected).slice(0, chance.between(1, BATCH_MAX));
    const end = (batch.at(-1)?.offset ?? expected - 1) + 1;
    // Holes may be at the end of a batch, or be all of it.
    const following = this.#truth.following(partition, end);
    if (expected === following) return;
    const next = chance.between(end, following);
    const records: GroupRecord[] = batch.map(({ asRead }) => asRead);
    const taken = await open.assignment.take(partition, records, next);
    if (this.#open !== open) return;
    open.expected.set(partition, taken === 'all' ? next : taken === 'none' ? expected : taken.upTo);
    this.#fetchLater(partition);
  }
}
