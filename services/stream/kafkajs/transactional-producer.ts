// Records and the position they were made from, written in one Kafka transaction: both or neither. There is one producer
// for each input partition, because that is what fences a zombie here. kafkajs sends no member and generation with the
// offsets. So a claim of the partition's transactional id ends the transactions of all who claimed it before.
//
// The order matters: claim first, then read the committed position. After the claim nobody else can move it.

import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/text/error.ts';
import type { IHeaders, Kafka, Producer, Transaction } from 'kafkajs';
import kafkajs from 'kafkajs';
import { askGroup } from './refusals.ts';

export interface TransactionRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestampMs: number;
  readonly headers?: IHeaders;
}

/** The position that belongs to the records: the next offset to read. */
export interface TransactionOffset {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata?: string;
}

/** The open transaction of a dead process holds readers back for at most this long. */
const TRANSACTION_TIMEOUT_MS = 10_000;
/**
 * The end of a transaction is written a moment after it was answered. One that starts before is told
 * CONCURRENT_TRANSACTIONS, and with kafkajs's usual first wait each would cost 300 ms.
 */
const RETRY = { initialRetryTime: 1, maxRetryTime: 50, retries: 40 };

export class TransactionalProducer {
  readonly #producer: Producer;
  /** Begun ahead: it exists for Kafka only once something is sent in it. */
  #next: Transaction;

  private constructor(producer: Producer, next: Transaction) {
    this.#producer = producer;
    this.#next = next;
  }

  /**
   * Ends what earlier claimants of the id have open and takes it over. Resolves when Kafka has done so.
   * @throws when Kafka does not answer or refuses; nothing is left open then
   */
  static async claim(kafka: Kafka, transactionalId: string): Promise<TransactionalProducer> {
    const producer = kafka.producer({
      transactionalId,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: RETRY,
    });
    try {
      await producer.connect();
      // It asks Kafka for the producer id.
      const next = await askGroup(transactionalId, () => producer.transaction(), 'transactional id');
      return new TransactionalProducer(producer, next);
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  /**
   * Writes all or nothing.
   * @param at absent: they were made from no position
   * @throws when it is not known to be written: it may have been. Discard this producer then, claim anew, and read the
   *   committed position, which tells.
   */
  async commit(records: readonly TransactionRecord[], at?: TransactionOffset): Promise<void> {
    const transaction = this.#next;
    if (records.length > 0) await this.#send(transaction, records);
    if (at) await sendOffset(transaction, at);
    await transaction.commit();
    this.#next = await this.#producer.transaction();
  }

  /** Closes the connection. An open transaction is ended by the next claim, or by Kafka after its timeout. */
  async discard(): Promise<void> {
    await this.#producer.disconnect().catch(() => undefined);
  }

  async #send(transaction: Transaction, records: readonly TransactionRecord[]): Promise<void> {
    const byTopic = Map.groupBy(records, ({ topic }) => topic);
    const answer = await transaction.sendBatch({
      topicMessages: [...byTopic].map(([topic, group]) => ({
        topic,
        messages: group.map(({ partition, key, value, timestampMs, headers }) => ({
          partition,
          key,
          value,
          timestamp: String(timestampMs),
          ...(headers ? { headers } : {}),
        })),
      })),
    });
    // A send can resolve without the records of a leader that moved: they would be missing, not late.
    const written = new Set(
      answer.filter(({ errorCode }) => errorCode === 0).map((part) => `${part.topicName} ${part.partition}`),
    );
    const missing = records.find(({ topic, partition }) => !written.has(`${topic} ${partition}`));
    if (missing)
      throw new EssError('ESS_BROKER', `Kafka did not acknowledge ${missing.topic} partition ${missing.partition}`);
  }
}

/** kafkajs waits for the end of the last transaction when it sends records, not when a transaction begins with the offset. */
async function sendOffset(transaction: Transaction, at: TransactionOffset): Promise<void> {
  const { groupId, topic, partition, offset, metadata } = at;
  // The types of kafkajs lack the metadata, which goes into the request.
  const place = { partition, offset: String(offset), ...(metadata === undefined ? {} : { metadata }) };
  const topics = [{ topic, partitions: [place] }];
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction.sendOffsets({ consumerGroupId: groupId, topics });
    } catch (error) {
      if ((error as { type?: string }).type !== 'CONCURRENT_TRANSACTIONS' || attempt === RETRY.retries) throw error;
      await delay(Math.min(RETRY.initialRetryTime * 2 ** attempt, RETRY.maxRetryTime));
    }
  }
}
