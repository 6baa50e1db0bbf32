// A kafkajs consumer that can always be stopped. kafkajs 2.2.4 makes its fetchers anew when the brokers have changed. At the very
// moment of a stop it tells the new ones nothing: they ask a runner that does not run, and get nothing. So they go round
// in microtasks for ever, and nothing else in the process runs again (fetchManager.js, runner.js). Before each fetch they ask
// which brokers there are; from the stop on they are answered with an error, which ends them. And it asks for its partitions in
// turn (in-turn.ts): kafkajs has one order for ever. Nor does any record end it (consumer-fetch.ts). And it joins once at a time.
// While there is nothing new its fetches wait at Kafka for long, and nothing that is to happen at once waits for them.
import { createRequire } from 'node:module';
import type { Cluster, Consumer, ConsumerConfig, Kafka, PartitionAssigner } from 'kafkajs';
import kafkajs from 'kafkajs';
import { inTurn } from '../wire/in-turn.ts';
import type { FetchingCluster, OnOutOfRange, OnUnreadable } from './consumer-fetch.ts';
import { decodeFetches, watchFetches, wrapFetches } from './consumer-fetch.ts';

const inner = createRequire(import.meta.url);

/**
 * So long a fetch waits at Kafka for something new; what comes ends it. It is what the fetch in flight adds to the start of a replay.
 * A heartbeat follows each fetch that brought nothing, so there are as many of them as with a shorter wait.
 */
const LONG_WAIT_MS = 500;

export interface LetGoConsumer extends Consumer {
  /** Fetches that wait at Kafka end here with nothing: a rebalance has begun. */
  letGo(): void;
}

export function openConsumer(
  kafka: Kafka,
  config: ConsumerConfig,
  onUnreadable: OnUnreadable,
  onOutOfRange: OnOutOfRange,
): LetGoConsumer {
  decodeFetches();
  joinOnce();
  let stopping = false;
  const fetches = new LongFetches(() => consumer.paused().length > 0);
  // kafkajs hands its cluster to each assigner, once, before anything is asked of it.
  const guarded =
    (assigner: PartitionAssigner): PartitionAssigner =>
    (given) => {
      guard(given.cluster, () => stopping);
      fetches.watch(given.cluster);
      takeTurns(given.cluster);
      watchFetches(given.cluster, onUnreadable, onOutOfRange);
      return assigner(given);
    };
  const { partitionAssigners = [kafkajs.PartitionAssigners.roundRobin] } = config;
  const consumer = kafka.consumer({ ...config, partitionAssigners: partitionAssigners.map(guarded) });
  const stop = (): void => {
    stopping = true;
    fetches.letGo();
  };
  return {
    ...consumer,
    run(options) {
      stopping = false;
      return consumer.run(options);
    },
    stop() {
      const stopped = consumer.stop(); // first, or they would fetch again
      stop();
      return stopped;
    },
    disconnect() {
      const left = consumer.disconnect();
      stop();
      return left;
    },
    letGo: () => fetches.letGo(),
  };
}

/** The part of kafkajs's membership that joins. */
interface ConsumerGroup {
  joinAndSync(): Promise<void>;
}

let isJoinShared = false;

/**
 * Who wants to join while a join is under way gets that one. kafkajs joins from the fetch of each broker that shows it a new partition.
 * Two joins at once passed the fence together and opened an assignment each: the first of them was never ended, and went on committing
 * its position over those of the next owners.
 */
export function joinOnce(): void {
  if (isJoinShared) return;
  isJoinShared = true;
  const { prototype } = inner('kafkajs/src/consumer/consumerGroup.js') as { readonly prototype: ConsumerGroup };
  const { joinAndSync } = prototype;
  const underWay = new WeakMap<ConsumerGroup, Promise<void>>();
  prototype.joinAndSync = function (this: ConsumerGroup): Promise<void> {
    const join = underWay.get(this) ?? joinAndSync.call(this).finally(() => underWay.delete(this));
    underWay.set(this, join);
    return join;
  };
}

/** @param isStopping asked before each fetch */
export function guard(cluster: Pick<Cluster, 'getNodeIds'>, isStopping: () => boolean): void {
  const nodeIds = cluster.getNodeIds.bind(cluster);
  cluster.getNodeIds = () => {
    if (isStopping()) throw new Error('the consumer is being stopped');
    return nodeIds();
  };
}

/**
 * kafkajs's consumer waits for its fetches before it joins or stops. One that is let go is answered with nothing; what Kafka answers
 * to it later is dropped, and fetched again.
 */
export class LongFetches {
  readonly #hasPaused: () => boolean;
  readonly #waiting = new Set<() => void>();

  /** @param hasPaused a partition that goes on has to wait for the fetch that is under way without it: then that does not wait long */
  constructor(hasPaused: () => boolean) {
    this.#hasPaused = hasPaused;
  }

  letGo(): void {
    for (const end of this.#waiting) end();
  }

  watch(cluster: FetchingCluster): void {
    wrapFetches(
      cluster,
      (fetch) => (request) =>
        new Promise((resolve, reject) => {
          const end = (): void => resolve({ responses: [] });
          this.#waiting.add(end);
          fetch(this.#hasPaused() ? request : { ...request, maxWaitTime: LONG_WAIT_MS })
            .finally(() => this.#waiting.delete(end))
            .then(resolve, reject);
        }),
    );
  }
}

/** Each fetch begins with the next partition. */
export function takeTurns(cluster: FetchingCluster): void {
  wrapFetches(cluster, (fetch) => {
    let turn = 0;
    return (request) => {
      turn += 1;
      const topics = request.topics.map(({ topic, partitions }) => ({ topic, partitions: inTurn(partitions, turn) }));
      return fetch({ ...request, topics });
    };
  });
}
