// The coordinator of a consumer group, wherever it is. kafkajs looks for it at a join and then asks that broker for ever. While it
// is gone, heartbeats fail and stop every fetch. A commit is repeated for 40 s at a broker that is not the coordinator any more,
// and the fence waits for that. This stands between them: it follows the group to its new coordinator, under the same
// membership, so that a dead broker costs no rebalance. Membership of the group is in Kafka: the new one knows its members.
// Each join waits here until nothing of the last assignment is under way. kafkajs sends no heartbeat meanwhile, so this does: the
// coordinator answers REBALANCE_IN_PROGRESS, and counts the member in until the rebalance timeout of its last join.

import { setTimeout as delay } from 'node:timers/promises';
import { askGroup, isForbidden, isWithoutCoordinator } from './refusals.ts';
import { within } from './within.ts';

export interface Coordination {
  /**
   * A request that keeps the session was answered; it had been sent at `askedAtMs`, by the monotonic clock.
   * @param isCalm no member is waited for
   */
  readonly onAlive: (askedAtMs: number, isCalm: boolean) => void;
  /** The group goes on without this member. */
  readonly onLost: () => void;
  /** Resolves when the next join may pass, with the rebalance timeout that it asks for, ms. */
  readonly admitJoin: () => Promise<number>;
  /** The membership that a heartbeat would keep is of no use, and no join is under way. */
  readonly isJoinDue: () => boolean;
  /** Nobody waits for a join any more. */
  readonly isLeaving: () => boolean;
}

/** The part of kafkajs's broker that its consumer uses of a coordinator. */
interface CoordinatingBroker {
  isConnected(): boolean;
  joinGroup(request: object): Promise<object>;
  syncGroup(request: object): Promise<object>;
  heartbeat(request: object): Promise<object>;
  leaveGroup(request: object): Promise<object>;
  offsetCommit(request: object): Promise<object>;
  offsetFetch(request: object): Promise<object>;
}

/** The types of kafkajs leave out what its brokers can do as coordinators. */
interface SearchingCluster {
  findGroupCoordinator(wanted: { groupId: string }): Promise<object>;
}

/** A broker that hangs is told by its silence; it is given up by the cluster after about as long. */
const HEARTBEAT_TIMEOUT_MS = 3_000;
/** A commit is tried for so long: the committer comes back with a newer one. */
const COMMIT_PATIENCE_MS = 3_000;
const LEAVE_PATIENCE_MS = 1_000;
const SEARCH_RETRY_MS = 100;
/** A third of the shortest session that brokers allow. */
const WAITING_HEARTBEAT_MS = 1_000;

const MOVED = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
]);

/** Of a member that was thrown out, or of a generation that is over. */
const LOST = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID']);

interface Membership {
  readonly groupId: string;
  readonly memberId: string;
  readonly generationId: number;
}

export class Coordinator implements CoordinatingBroker {
  readonly #coordination: Coordination;
  readonly #search: () => Promise<CoordinatingBroker>;
  #broker: CoordinatingBroker | undefined;
  #searching: Promise<void> | undefined;
  #membership: Membership | undefined;
  #closed = false;

  /** Takes the place of the brokers that `cluster` finds for this group. */
  constructor(cluster: SearchingCluster, groupId: string, coordination: Coordination) {
    this.#coordination = coordination;
    const find = cluster.findGroupCoordinator.bind(cluster);
    this.#search = async () => (await askGroup(groupId, () => find({ groupId }))) as CoordinatingBroker;
    cluster.findGroupCoordinator = async () => {
      this.#broker = await this.#joining(() => this.#search());
      return this;
    };
  }

  /** No search outlives it. */
  close(): void {
    this.#closed = true;
  }

  /** kafkajs would go back to the broker of its last join. */
  isConnected(): boolean {
    return true;
  }

  async joinGroup(request: object): Promise<object> {
    const rebalanceTimeout = await this.#keptAlive(this.#coordination.admitJoin());
    return this.#joining(() => this.#current().joinGroup({ ...request, rebalanceTimeout }));
  }

  async syncGroup(request: object): Promise<object> {
    const askedAtMs = performance.now();
    const answer = await this.#joining(() => this.#current().syncGroup(request));
    this.#membership = request as Membership;
    this.#coordination.onAlive(askedAtMs, true);
    return answer;
  }

  /**
   * While the group has no coordinator a heartbeat is left out, and the fetches of other brokers go on. How long they may is
   * known from the last heartbeat that was answered.
   */
  async heartbeat(request: object): Promise<object> {
    // A join that broke off: kafkajs would go on as before, and nothing would be assigned any more.
    if (this.#coordination.isJoinDue())
      throw Object.assign(new Error('no assignment'), { type: 'REBALANCE_IN_PROGRESS' });
    return this.#searching ? {} : this.#beat(request);
  }

  async #beat(request: object): Promise<object> {
    const askedAtMs = performance.now();
    try {
      const answer = await answered(HEARTBEAT_TIMEOUT_MS, this.#current().heartbeat(request));
      this.#coordination.onAlive(askedAtMs, true);
      return answer;
    } catch (error) {
      const { type = '' } = error as { readonly type?: string };
      if (type === 'REBALANCE_IN_PROGRESS') this.#coordination.onAlive(askedAtMs, false);
      if (LOST.has(type)) this.#coordination.onLost();
      if (!hasMoved(error)) throw error;
      void this.#find();
      return {};
    }
  }

  /** Heartbeats go out under the membership of before until `work` is done. */
  async #keptAlive<T>(work: Promise<T>): Promise<T> {
    const beats = setInterval(() => {
      if (!this.#membership || this.#searching) return;
      const { groupId, memberId, generationId } = this.#membership;
      this.#beat({ groupId, memberId, groupGenerationId: generationId }).catch(() => undefined); // the join will hear of it
    }, WAITING_HEARTBEAT_MS);
    try {
      return await work;
    } finally {
      clearInterval(beats);
    }
  }

  /**
   * A step of a join. kafkajs begins again with the first one where an error says that the coordinator is another. After any other
   * it goes on as before the join: with no membership, if the group had thrown this member out. Then it sends no heartbeat, and
   * would never join again.
   */
  async #joining<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (!mayPass(error) || this.#coordination.isLeaving()) throw error;
      throw Object.assign(new Error((error as Error).message, { cause: error }), { type: 'NOT_COORDINATOR_FOR_GROUP' });
    }
  }

  leaveGroup(request: object): Promise<object> {
    this.#membership = undefined;
    return this.#follow(LEAVE_PATIENCE_MS, (broker) => broker.leaveGroup(request));
  }

  /**
   * Under the membership of the request, whatever that of kafkajs has become meanwhile.
   * @throws what kafkajs does not retry: its next attempt would carry the old watermark under a new membership
   */
  async offsetCommit(request: object): Promise<object> {
    try {
      return await this.#follow(COMMIT_PATIENCE_MS, (broker) => broker.offsetCommit(request));
    } catch (error) {
      throw Object.assign(new Error((error as Error).message, { cause: error }), { retriable: false });
    }
  }

  offsetFetch(request: object): Promise<object> {
    return this.#follow(COMMIT_PATIENCE_MS, (broker) => broker.offsetFetch(request));
  }

  async #follow(patienceMs: number, ask: (broker: CoordinatingBroker) => Promise<object>): Promise<object> {
    const untilMs = performance.now() + patienceMs;
    for (;;) {
      try {
        if (this.#searching) await answered(untilMs - performance.now(), this.#searching);
        return await ask(this.#current());
      } catch (error) {
        if (!hasMoved(error) || performance.now() >= untilMs) throw error;
        await answered(untilMs - performance.now(), this.#find());
      }
    }
  }

  #current(): CoordinatingBroker {
    if (!this.#broker?.isConnected()) throw new NoGroupAnswer('the coordinator of the group is away');
    return this.#broker;
  }

  #find(): Promise<void> {
    this.#searching ??= this.#findAtLast().finally(() => {
      this.#searching = undefined;
    });
    return this.#searching;
  }

  async #findAtLast(): Promise<void> {
    while (!this.#closed) {
      // Kafka may name the old one until it has noticed.
      await delay(SEARCH_RETRY_MS, undefined, { ref: false });
      try {
        this.#broker = await this.#search();
        return;
      } catch {
        // Asked again: kafkajs looks for new addresses by itself.
      }
    }
  }
}

/** An answer that did not come in time, or nobody to ask. */
class NoGroupAnswer extends Error {
  override readonly name = 'KafkaJSConnectionError';
  readonly retriable = true;
}

function hasMoved(error: unknown): boolean {
  const { type, name } = error as { readonly type?: string; readonly name?: string };
  return MOVED.has(type ?? '') || MOVED.has(name ?? '');
}

/** kafkajs holds that a group without a coordinator never gets one, also where each broker was only too slow to answer. */
function mayPass(error: unknown): boolean {
  if (isWithoutCoordinator(error)) return !isForbidden(error);
  return hasMoved(error) || (error as { readonly retriable?: boolean }).retriable === true;
}

async function answered<T>(ms: number, work: Promise<T>): Promise<T> {
  if (await within(work, Math.max(0, ms))) return work;
  throw new NoGroupAnswer('the coordinator of the group does not answer');
}
