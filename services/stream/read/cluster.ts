// The part of kafkajs's cluster that readers and the outbox use: its connections, with what was configured for them (TLS, SASL, log), and what
// it knows of leaders. It is an inner part of kafkajs 2.2.4, its last release.
import { createRequire } from 'node:module';
import { farewell } from '../kafkajs/farewell.ts';
import type { AskedBroker } from '../kafkajs/missing-right.ts';
import type { ProtocolRequest } from '../wire/fetch-protocol.ts';

const inner = createRequire(import.meta.url);

export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  findTopicPartitionMetadata(topic: string): ReadonlyArray<{ partitionId: number }>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<Broker>;
  /** Forgets its connections; the next `refreshMetadata` makes new ones. */
  removeBroker(address: { readonly host: string; readonly port: number }): void;
  /** Any broker that answers. */
  readonly brokerPool: { findConnectedBroker(): Promise<Broker> };
  fetchTopicsOffset(
    topics: ReadonlyArray<{ topic: string; partitions: ReadonlyArray<{ partition: number }>; fromTimestamp: number }>,
  ): Promise<ReadonlyArray<{ partitions: ReadonlyArray<{ partition: number; offset: string }> }>>;
}

export interface Broker {
  readonly connectionPool: AskedBroker['connectionPool'] & {
    readonly host: string;
    readonly port: number;
    /** `requestTimeout` in ms, when it is longer than the client's. */
    send(
      request: Pick<ProtocolRequest, 'request'> & { readonly response: object; readonly requestTimeout?: number },
    ): Promise<unknown>;
  };
  disconnect(): Promise<void>;
  /** Of all topics that we may see when none is named. */
  metadata(topics: readonly string[]): Promise<{ readonly topicMetadata: ReadonlyArray<{ readonly topic: string }> }>;
  /** Any broker gives one to who writes outside of transactions. */
  initProducerId(asked: { transactionTimeout: number }): Promise<{ producerId: string; producerEpoch: number }>;
  /** By the number of a request, the versions that the broker speaks. */
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null;
}

const READ_COMMITTED = 1;
/** Enough for each of some brokers to be tried. The client's own number, for groups and producers, is without an end. */
const RETRY = { initialRetryTime: 50, maxRetryTime: 500, retries: 5 };

/** kafkajs keeps its cluster behind a symbol. */
export function openCluster(kafka: object): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const create = symbol && (kafka as Record<symbol, (options: object) => Impatient>)[symbol];
  if (!create) throw new TypeError('this version of kafkajs has no cluster where 2.2.4 has it');
  const cluster = create({ metadataMaxAge: 300_000, allowAutoTopicCreation: false, isolationLevel: READ_COMMITTED });
  cluster.brokerPool.retrier = (inner('kafkajs/src/retry/index.js') as (retry: typeof RETRY) => unknown)(RETRY);
  const disconnect = cluster.disconnect.bind(cluster);
  cluster.disconnect = () => farewell(disconnect);
  return cluster;
}

/** One question to any broker that answers: connects for it and disconnects whatever the answer. */
export async function withBroker<T>(kafka: object, ask: (broker: Broker) => Promise<T>): Promise<T> {
  const cluster = openCluster(kafka);
  try {
    await cluster.connect();
    await cluster.refreshMetadata();
    return await ask(await cluster.brokerPool.findConnectedBroker());
  } finally {
    await cluster.disconnect();
  }
}

interface Impatient extends Cluster {
  readonly brokerPool: Cluster['brokerPool'] & { retrier: unknown };
}
