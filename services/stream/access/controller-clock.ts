// What time it is at Kafka: its active controller says of itself when it was last up to date, which is now (DescribeQuorum, version 1).

import { CLUSTER } from '@ess/domain/access/right.ts';
import type { Kafka } from 'kafkajs';
import { namedRefusal } from '../kafkajs/missing-right.ts';
import type { Broker } from '../read/cluster.ts';
import { withBroker } from '../read/cluster.ts';
import { Compact } from '../wire/compact.ts';
import { errorOf } from '../wire/fetch-protocol.ts';
import { encoded } from '../wire/kafkajs-encoder.ts';

const DESCRIBE_QUORUM = 55;
const TOPIC = Buffer.from('__cluster_metadata');

export interface ControllerClock {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** How long the question took: it is so exact. */
  readonly tookMs: number;
}

/** @throws kafkajs's error CLUSTER_AUTHORIZATION_FAILED: it takes Describe on the cluster */
export const controllerClock = (kafka: Kafka): Promise<ControllerClock> =>
  withBroker(kafka, async (broker) => {
    const askedAtMs = performance.now();
    const atMs = (await broker.connectionPool.send(requestTo(broker))) as number;
    return { atMs, tookMs: performance.now() - askedAtMs };
  });

const requestTo = (broker: Broker) => ({
  request: {
    apiKey: DESCRIBE_QUORUM,
    apiVersion: 1,
    apiName: 'DescribeQuorum',
    // No tags in the header; one topic, its one partition 0.
    encode: async () =>
      encoded(Buffer.concat([Buffer.of(0, 2, TOPIC.length + 1), TOPIC, Buffer.of(2, 0, 0, 0, 0, 0, 0, 0)])),
  },
  response: {
    decode: async (answer: Buffer) => ({ clientSideThrottleTime: 0, atMs: decodeTime(answer, broker) }),
    parse: async (decoded: { atMs: number }) => decoded.atMs,
  },
});

/** error, [topic, [partition, error, leader, epoch, high watermark, [voter, end, last fetch, last caught up], …]] */
function decodeTime(answer: Buffer, broker: Broker): number {
  const from = new Compact(answer);
  let atMs = Number.NaN;
  const accept = (code: number) => {
    const right = { resource: 'cluster', name: CLUSTER, operation: 'Describe' } as const;
    if (code !== 0) throw namedRefusal(errorOf(code), right, broker);
  };
  from.tags(); // of the header
  accept(from.take(2).readInt16BE());
  from.each(() => {
    from.bytes();
    from.each(() => {
      from.skip(4);
      accept(from.take(2).readInt16BE());
      const leader = from.take(4).readInt32BE();
      from.skip(4 + 8);
      for (const replicas of ['voters', 'observers'])
        from.each(() => {
          const replica = from.take(4).readInt32BE();
          from.skip(8 + 8);
          const caughtUpMs = Number(from.take(8).readBigInt64BE());
          from.tags();
          if (replicas === 'voters' && replica === leader) atMs = caughtUpMs;
        });
      from.tags();
    });
    from.tags();
  });
  return atMs;
}
