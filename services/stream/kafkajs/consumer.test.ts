import { createRequire } from 'node:module';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { guard, joinOnce, LongFetches, takeTurns } from './consumer.ts';
import type { FetchingCluster, FetchRequest } from './consumer-fetch.ts';

interface FetchManager {
  start(): Promise<void>;
  stop(): Promise<void>;
}

const require = createRequire(import.meta.url);
const createFetchManager = require('kafkajs/src/consumer/fetchManager.js') as (options: object) => FetchManager;
const silent = { namespace: () => silent, debug: () => undefined, info: () => undefined };

test('fetchers that are made anew in the middle of a stop end, instead of going round for ever', async () => {
  let brokers = [1];
  let stopping = false;
  let fetches = 0;
  const running = Promise.withResolvers<void>();
  const cluster = { getNodeIds: () => brokers };
  guard(cluster, () => stopping);
  const manager = createFetchManager({
    logger: silent,
    getNodeIds: () => {
      const found = cluster.getNodeIds();
      // The fetcher that sees this ends, and while new ones are made the consumer is told to stop.
      if (found.length === 2 && !stopping)
        queueMicrotask(() => {
          stopping = true;
          void manager.stop();
        });
      return found;
    },
    // As runner.js: nothing, at once, when it does not run any more.
    fetch: async () => {
      fetches += 1;
      if (fetches === 3) running.resolve();
      if (!stopping) await delay(5);
      // Without the guard nothing but this would ever end them.
      if (fetches > 10_000) throw new TypeError('they go round');
      return [];
    },
    handler: async () => undefined,
  });
  const ended = manager.start().catch((error: unknown) => String(error));
  await running.promise;
  brokers = [1, 2];
  expect(await ended).toContain('being stopped');
  expect(fetches).toBeLessThan(100);
});

test('every partition comes first in its turn, at each broker, so that none waits behind busy ones for ever', async () => {
  const asked: number[][] = [];
  const broker = () => ({
    fetch: async ({ topics }: FetchRequest) => {
      asked.push(...topics.map(({ partitions }) => partitions.map(({ partition }) => partition)));
      return { responses: [] };
    },
  });
  const brokers = [broker(), broker()] as const;
  const cluster: FetchingCluster = { findBroker: async ({ nodeId }) => brokers[nodeId === '0' ? 0 : 1] };
  takeTurns(cluster);
  for (let round = 0; round < 6; round += 1)
    for (const [nodeId, partitions] of [
      [0, 2, 4],
      [1, 3],
    ].entries()) {
      const found = await cluster.findBroker({ nodeId: String(nodeId) });
      const wanted = partitions.map((partition) => ({ partition, fetchOffset: '0' }));
      await found.fetch({ topics: [{ topic: 't', partitions: wanted }] });
    }
  expect(asked).toHaveLength(12);
  expect(new Set(asked.map(([first]) => first))).toEqual(new Set([0, 1, 2, 3, 4]));
  for (const partitions of asked)
    expect([
      [0, 2, 4],
      [1, 3],
    ]).toContainEqual([...partitions].sort());
});

test('a fetch that waits at Kafka is let go with nothing, and waits long only where no partition is paused', async () => {
  const answers: PromiseWithResolvers<{ responses: [] }>[] = [];
  const waits: Array<number | undefined> = [];
  const broker = {
    fetch: ({ maxWaitTime }: FetchRequest) => {
      waits.push(maxWaitTime);
      const answer = Promise.withResolvers<{ responses: [] }>();
      answers.push(answer);
      return answer.promise;
    },
  };
  const cluster: FetchingCluster = { findBroker: async () => broker };
  let hasPaused = false;
  const fetches = new LongFetches(() => hasPaused);
  fetches.watch(cluster);
  const fetch = async () => (await cluster.findBroker({ nodeId: '0' })).fetch({ maxWaitTime: 250, topics: [] });
  const first = fetch();
  await turn();
  hasPaused = true;
  const second = fetch();
  await turn();
  fetches.letGo();
  await expect(Promise.all([first, second])).resolves.toEqual([{ responses: [] }, { responses: [] }]);
  expect(waits).toEqual([500, 250]);
  answers[0]?.reject(new Error('late')); // nobody is there to hear it
  const third = fetch();
  await turn();
  answers[2]?.reject(new Error('refused'));
  await expect(third).rejects.toThrow('refused');
});

interface ConsumerGroup {
  retrier(join: () => Promise<void>): Promise<void>;
  joinAndSync(): Promise<void>;
}

test('fetches that all want to join share one join, and the next one is another', async () => {
  joinOnce();
  const { prototype } = require('kafkajs/src/consumer/consumerGroup.js') as { readonly prototype: ConsumerGroup };
  const group = Object.create(prototype) as ConsumerGroup;
  const another = Object.create(prototype) as ConsumerGroup;
  const joins: PromiseWithResolvers<void>[] = [];
  group.retrier = another.retrier = () => {
    const join = Promise.withResolvers<void>();
    joins.push(join);
    return join.promise;
  };
  const both = Promise.all([group.joinAndSync(), group.joinAndSync()]);
  const others = another.joinAndSync();
  expect(joins).toHaveLength(2);
  for (const join of joins) join.resolve();
  await Promise.all([both, others]);
  const refused = Promise.all([group.joinAndSync(), group.joinAndSync()]);
  expect(joins).toHaveLength(3);
  joins[2]?.reject(new Error('refused'));
  await expect(refused).rejects.toThrow('refused');
  void group.joinAndSync();
  expect(joins).toHaveLength(4);
});
