// Kafka as an outbox sees it, without a broker: it answers as told, and notes what reached which producer.

import { partitionOf } from '@ess/stream/wire/partition.ts';
import type { PlacedBatch } from '@ess/stream/write/idempotent-producer.ts';
import type { OutboxKafka, OutboxOptions } from '@ess/stream/write/outbox.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import type { RecordMetadata } from 'kafkajs';

interface SentBatch {
  /** Which producer sent it, from 1. */
  readonly producer: number;
  /** `key=value`, partition by partition, in the order of sending. */
  readonly rows: string[];
  readonly partitions: string[];
  readonly compressed: boolean;
}

type Answer = RecordMetadata[];

const CREATE_CLUSTER = Symbol('private:Kafka:createCluster');

/** Kafka as the outbox sees it: producers with numbers, and what reached each. */
export class FakeOutboxKafka implements OutboxKafka {
  readonly sent: SentBatch[] = [];
  readonly disconnected: number[] = [];
  producers = 0;
  inFlight = 0;
  mostInFlight = 0;
  lookUps: string[][] = [];
  /** Changed by tests; the default acknowledges everything. */
  answer: (all: Answer, index: number) => Promise<Answer> | Answer = (all) => all;
  lookUp: (index: number) => Promise<void> = async () => {};
  connect: () => Promise<void> = async () => {};
  /** A topic that is not listed is asked for by itself. */
  readonly [CREATE_CLUSTER] = () => ({
    brokerPool: {},
    connect: async () => {},
    disconnect: async () => {},
    addTargetTopic: async () => {
      throw Object.assign(new Error('no such topic'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });
    },
  });

  outbox(options: OutboxOptions = {}): Outbox {
    return new Outbox(this, options, () => this.producer());
  }

  admin() {
    return {
      connect: async () => {},
      disconnect: async () => {},
      listTopics: async () => ['ess.audit', 'ess.delivery-state', 'a', 'b', 'first', 'second'],
      fetchTopicMetadata: async ({ topics }: { topics: string[] }) => {
        this.lookUps.push(topics);
        await this.lookUp(this.lookUps.length - 1);
        return { topics: topics.map((name) => ({ name, partitions: [{}, {}, {}, {}] })) };
      },
    };
  }

  producer() {
    const producer = ++this.producers;
    return {
      connect: () => this.connect(),
      disconnect: async () => void this.disconnected.push(producer),
      sendBatch: async ({ parts, compression = 0 }: PlacedBatch) => {
        const rows = parts.flatMap(({ records }) => records.map(({ key, value }) => `${key}=${value}`));
        const partitions = parts.map(({ topic, partition }) => `${topic} ${partition}`);
        this.sent.push({ producer, rows, partitions, compressed: compression !== 0 });
        this.inFlight += 1;
        this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
        try {
          await new Promise((resolve) => setImmediate(resolve));
          const all = partitions.map((name) => {
            const [topicName = '', partition] = name.split(' ');
            return { topicName, partition: Number(partition), errorCode: 0, baseOffset: '100' };
          });
          return await this.answer(all, this.sent.length - 1);
        } finally {
          this.inFlight -= 1;
        }
      },
    };
  }
}

export const row = (key: string, value: string, topic = 'ess.audit') => ({ topic, key, value: Buffer.from(value) });
export const tooLarge = () => Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' });
/** Keys of different partitions, so that one of them can fail. */
export const [A = '', B = ''] = ['a', 'b', 'c', 'd', 'e'].filter(
  (key, index, keys) => index === 0 || partitionOf(key, 4) !== partitionOf(keys[0]!, 4),
);
