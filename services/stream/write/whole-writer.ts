// Records that are written all or not at all: those of one partition as one batch, which Kafka takes whole; those of several in
// one transaction. One write at a time. What becomes of one that failed is not known: who asks again has to look first.
import { EssError } from '@ess/domain/text/error.ts';
import type { Kafka, RetryOptions } from 'kafkajs';
import { PartitionCounts } from '../kafkajs/partition-counts.ts';
import { TransactionalProducer } from '../kafkajs/transactional-producer.ts';
import { partitionOf } from '../wire/partition.ts';
import { ACK_MS } from '../wire/produce-protocol.ts';
import { IdempotentProducer } from './idempotent-producer.ts';
import type { OutboxRecord } from './outbox.ts';
import { OutboxProducer } from './outbox-producer.ts';
import { refusalIn } from './refusal.ts';

export interface WholeWriterOptions {
  readonly topic: string;
  /** Of this process alone: whoever claims it ends what others have open under it. */
  readonly transactionalId: string;
  readonly retry?: RetryOptions;
}

export class WholeWriter {
  readonly #kafka: Kafka;
  readonly #options: WholeWriterOptions;
  readonly #partitions: PartitionCounts;
  readonly #producer: OutboxProducer;
  #transactions: TransactionalProducer | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** A transaction failed, and may be open. */
  #isOpen = false;

  constructor(kafka: Kafka, options: WholeWriterOptions) {
    this.#kafka = kafka;
    this.#options = options;
    this.#partitions = new PartitionCounts(kafka);
    this.#producer = new OutboxProducer((before) => new IdempotentProducer(kafka, options.retry, before));
  }

  /** Records that are not acknowledged. */
  get pending(): number {
    return this.#waiting;
  }

  /**
   * Resolves when all in-sync replicas have all of them.
   * @throws EssError ESS_RECORD when Kafka will never take one of them, and has none; ESS_BROKER when it is not known whether it
   *   has them
   */
  write(records: readonly OutboxRecord[]): Promise<void> {
    this.#waiting += records.length;
    const done = this.#last
      .then(() => this.#write(records))
      .finally(() => {
        this.#waiting -= records.length;
      });
    this.#last = done.catch(() => undefined);
    return done;
  }

  /**
   * Resolves when nothing that failed can still come to be: what is in the topic then is all there will be of it.
   * @throws EssError ESS_BROKER when Kafka does not say so
   */
  async settled(): Promise<void> {
    await this.#last;
    if (!this.#isOpen) return;
    try {
      await this.#claim();
    } catch (cause) {
      throw new EssError('ESS_BROKER', `it is not known what became of a transaction on ${this.#options.topic}`, {
        cause,
      });
    }
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#producer.close();
    await this.#transactions?.discard();
  }

  async #write(records: readonly OutboxRecord[]): Promise<void> {
    const { topic } = this.#options;
    try {
      await this.#partitions.learn([topic]);
      const count = this.#partitions.of(topic) as number;
      const placed = records.map((record) => ({ ...record, partition: partitionOf(record.key, count) }));
      const [first, ...others] = new Set(placed.map(({ partition }) => partition));
      if (first !== undefined) await (others.length === 0 ? this.#batch(first, records) : this.#transaction(placed));
    } catch (cause) {
      const refusal = refusalIn(cause);
      if (refusal !== undefined)
        throw new EssError('ESS_RECORD', `${topic} does not take ${records.length} records: ${refusal}`, { cause });
      throw new EssError('ESS_BROKER', `${topic} did not take ${records.length} records`, { cause });
    }
  }

  async #batch(partition: number, records: readonly OutboxRecord[]): Promise<void> {
    const { topic } = this.#options;
    try {
      const producer = await this.#producer.connected();
      await producer.sendBatch({ timeout: ACK_MS, parts: [{ topic, partition, records }] });
    } catch (error) {
      await this.#producer.retire();
      throw error;
    }
  }

  async #transaction(records: readonly (OutboxRecord & { readonly partition: number })[]): Promise<void> {
    const timestampMs = Date.now();
    const made = records.map((record) => ({ ...record, key: Buffer.from(record.key), timestampMs }));
    const producer = await this.#claim();
    this.#isOpen = true;
    try {
      await producer.commit(made);
      this.#isOpen = false;
    } catch (error) {
      this.#transactions = undefined;
      await producer.discard();
      throw error;
    }
  }

  /** A claim ends what is open. */
  async #claim(): Promise<TransactionalProducer> {
    this.#transactions ??= await TransactionalProducer.claim(this.#kafka, this.#options.transactionalId);
    this.#isOpen = false;
    return this.#transactions;
  }
}
