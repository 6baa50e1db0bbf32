// The outbox: what a process writes to Kafka (audit rows, delivery state, dead letters). An append resolves only when
// every in-sync replica has the record.
//  - One send is in flight, and what queues meanwhile is the next batch: so a partition's batches cannot overtake each other,
//    and one that is sent again is recognised.
//  - A send writes some partitions and others not. So the answer's partitions are compared with those sent.

import { EssError } from '@ess/domain/text/error.ts';
import { shortId } from '@ess/domain/text/foreign-id.ts';
import type { IHeaders, RetryOptions } from 'kafkajs';
import kafkajs from 'kafkajs';
import { notHeard, patienceMs } from '../kafkajs/farewell.ts';
import type { TopicsAdmin } from '../kafkajs/partition-counts.ts';
import { PartitionCounts } from '../kafkajs/partition-counts.ts';
import { isForbidden } from '../kafkajs/refusals.ts';
import { within } from '../kafkajs/within.ts';
import { partitionOf, partitionOfBody } from '../wire/partition.ts';
import { ACK_MS } from '../wire/produce-protocol.ts';
import { RecordBody } from '../wire/record-body.ts';
import { BUSY_RECORDS, fullerBatch } from './fuller-batch.ts';
import type { PlacedAnswer } from './idempotent-producer.ts';
import { IdempotentProducer } from './idempotent-producer.ts';
import type { MakeProducer } from './outbox-producer.ts';
import { OutboxProducer } from './outbox-producer.ts';
import type { Part, QueuedRecord, Settling } from './queued-record.ts';
import { giveUp, partsOf, placeOf, putLast, settle } from './queued-record.ts';
import { isTooLarge, notAcknowledged, refusalIn, refusedPlaces } from './refusal.ts';

/** The part of a Kafka client that an outbox uses, beside its connections. */
export interface OutboxKafka {
  admin(): TopicsAdmin;
}

export interface OutboxRecord {
  readonly topic: string;
  readonly key: string | Buffer;
  readonly value: Buffer | null;
  readonly headers?: IHeaders;
  /** Chosen by the key when absent. */
  readonly partition?: number;
}

/** Where a record was written. `offset` is -1 when the broker recognised a repeated batch and did not say. */
export interface Written {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface OutboxOptions {
  /** Called when a batch failed and is sent again with a new producer. */
  readonly onRetry?: (error: unknown, waitingRecords: number) => void;
  readonly maxBatchRecords?: number;
  readonly maxBatchBytes?: number;
  /** false: never waits for a fuller batch; somebody waits for each answer. */
  readonly linger?: false;
  /** Somebody waits for the answer: a right that is missing ends an append, where others try until it is granted. */
  readonly isWaitedFor?: true;
  /** How long one producer tries: until it gives up, Kafka recognises a repeated batch. Default: over a leader's election. */
  readonly producerRetry?: RetryOptions;
  /**
   * A producer that gave up may have been heard all the same, and its successor would not be recognised. Asked before
   * records are sent again: which of them Kafka has. While it rejects, nothing is sent.
   */
  readonly alreadyWritten?: (records: readonly OutboxRecord[]) => Promise<ReadonlySet<OutboxRecord>>;
}

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 500;
/** What a record takes in a batch beside its key and value, about. */
const RECORD_BYTES = 100;
const { GZIP, None: NONE } = kafkajs.CompressionTypes;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #partitions: PartitionCounts;
  readonly #producer: OutboxProducer;
  #queue: QueuedRecord[] = [];
  /** Narrowed after a batch was refused for a record's sake, until that one is found; then it widens again. */
  #batchLimit = Number.POSITIVE_INFINITY;
  #sending: Promise<void> | undefined;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(
    kafka: OutboxKafka,
    options: OutboxOptions = {},
    makeProducer: MakeProducer = (before) => new IdempotentProducer(kafka, options.producerRetry, before),
  ) {
    this.#options = options;
    this.#partitions = new PartitionCounts(kafka);
    this.#producer = new OutboxProducer(makeProducer);
  }

  /** Connects and learns about the topics ahead, so that the first append does not pay for it. Waits for Kafka. */
  async open(topics: readonly string[]): Promise<void> {
    await Promise.all([this.#partitions.learn(topics), this.#connectedAtLast()]);
  }

  async #connectedAtLast(): Promise<void> {
    for (;;) {
      try {
        await this.#producer.connected();
        return;
      } catch (error) {
        if (this.#closed) throw error;
        if (this.#options.isWaitedFor && isForbidden(error)) throw barred(error);
        this.#options.onRetry?.(error, this.#queue.length);
        await this.#pause(FIRST_RETRY_MS);
      }
    }
  }

  /** Records appended and not acknowledged. */
  get pending(): number {
    return this.#queue.length;
  }

  /**
   * Appends records and resolves when all are acknowledged by all in-sync replicas. Retries for as long as it takes. Rejects
   * only when the outbox is closed first, with ESS_CONFIG when it is waited for and a right is missing, or with ESS_RECORD when Kafka can never write this record (too large, also compressed). Records of one key are written in the order of their appends.
   */
  append(records: readonly OutboxRecord[]): Promise<Written[]> {
    return new Promise((resolve, reject) => this.appendFor(records, { resolve, reject }));
  }

  /** The same for many who wait, without a promise for each. */
  appendFor(records: readonly OutboxRecord[], settling: Settling): void {
    // Only an unknown topic waits: otherwise the order of calls is the order of records.
    if (records.every(({ topic }) => this.#partitions.of(topic) !== undefined)) this.#enqueue(records, settling);
    else
      this.#partitions
        .learn(records.map(({ topic }) => topic))
        .then(() => this.#enqueue(records, settling))
        .catch((error: unknown) => settling.reject(error));
  }

  #enqueue(records: readonly OutboxRecord[], settling: Settling): void {
    if (this.#closed) return settling.reject(new Error('the outbox is closed'));
    if (records.length === 0) return settling.resolve([]);
    const append = { settling, written: new Array<Written>(records.length), missing: records.length };
    for (const [index, record] of records.entries()) {
      const count = this.#partitions.of(record.topic) as number;
      const partition =
        record instanceof RecordBody
          ? partitionOfBody(record, count)
          : (record.partition ?? partitionOf(record.key, count));
      this.#queue.push({ record, partition, append, index, unsure: false, compressed: false });
    }
    this.#sending ??= this.#drain();
  }

  /** Sends what is queued, for at most `budgetMs`, then closes; what is left is rejected. */
  async close(budgetMs: number): Promise<void> {
    const sent = this.#sending;
    if (sent && !(await within(sent, patienceMs(budgetMs)))) notHeard();
    this.#closed = true;
    this.#wake?.();
    for (const { append } of this.#queue.splice(0))
      append.settling.reject(new Error('the outbox was closed before Kafka acknowledged'));
    await this.#producer.close();
  }

  async #drain(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    // Appends of the same turn of the event loop go out together.
    await new Promise((resolve) => setImmediate(resolve));
    let busy = false;
    while (this.#queue.length > 0 && !this.#closed) {
      if (busy && this.#options.linger !== false)
        await fullerBatch(
          () => this.#queue.length,
          (ms) => this.#pause(ms),
        );
      const batch = this.#takeBatch();
      let failed = batch;
      let answer: readonly PlacedAnswer[] | undefined;
      try {
        if (await this.#dropWritten(batch)) continue;
        if (this.#closed) break; // meanwhile
        const parts = partsOf(batch);
        answer = await this.#send(parts);
        failed = this.#acknowledge(batch, parts, answer);
        if (failed.length > 0) throw notAcknowledged(failed.length, answer);
        retryMs = FIRST_RETRY_MS;
        busy = batch.length >= BUSY_RECORDS;
        this.#batchLimit *= 2;
      } catch (error) {
        if (this.#closed) break;
        await this.#producer.retire();
        if (this.#options.isWaitedFor && isForbidden(error)) {
          this.#queue = giveUp(this.#queue, failed, barred(error));
          continue;
        }
        const refusal = refusalIn(error);
        const of = answer && refusedPlaces(answer);
        const refused = refusal === undefined ? [] : failed.filter((item) => of?.has(placeOf(item)) ?? true);
        const away = failed.filter((item) => !refused.includes(item));
        this.#queue = putLast(this.#queue, away);
        if (away.length > 0) this.#options.onRetry?.(error, this.#queue.length);
        if (refusal !== undefined) this.#narrow(refused, refusal, error);
        else {
          this.#batchLimit = Number.POSITIVE_INFINITY; // a partition that is away does not keep the others' batches small
          await this.#pause(retryMs);
          retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
        }
      }
    }
    this.#sending = undefined;
  }

  /** The head of the queue; the records stay in it until they are acknowledged. */
  #takeBatch(): readonly QueuedRecord[] {
    const { maxBatchRecords = 2_000, maxBatchBytes = 800_000 } = this.#options;
    let bytes = 0;
    let count = 0;
    for (const { record, compressed } of this.#queue) {
      bytes +=
        (record instanceof RecordBody ? record.end - record.from : record.key.length + (record.value?.length ?? 0)) +
        RECORD_BYTES;
      if (count > 0 && (compressed || count >= Math.min(maxBatchRecords, this.#batchLimit) || bytes > maxBatchBytes))
        break;
      count += 1;
      if (compressed) break;
    }
    return this.#queue.slice(0, count);
  }

  async #send(parts: readonly Part[]): Promise<PlacedAnswer[]> {
    const producer = await this.#producer.connected();
    const compression = parts[0]?.items[0]?.compressed ? GZIP : NONE;
    for (const { items } of parts) for (const item of items) item.unsure = true;
    return producer.sendBatch({ timeout: ACK_MS, compression, parts });
  }

  /** Resolves what the answer covers and takes it off the queue; returns what it does not. */
  #acknowledge(
    batch: readonly QueuedRecord[],
    parts: readonly Part[],
    answer: readonly PlacedAnswer[],
  ): QueuedRecord[] {
    const answered = new Map(answer.map((part) => [`${part.topicName}/${part.partition}`, part]));
    const missing = new Set<QueuedRecord>();
    for (const { topic, partition, items } of parts) {
      const part = answered.get(`${topic}/${partition}`);
      const first = Number(part?.baseOffset ?? -1);
      for (const [index, item] of items.entries())
        if (part?.errorCode === 0) settle(item, first < 0 ? -1 : first + index);
        else missing.add(item);
    }
    const failed = missing.size === 0 ? [] : batch.filter((item) => missing.has(item));
    this.#queue = [...failed, ...this.#queue.slice(batch.length)];
    return failed;
  }

  /** @returns whether the batch is a smaller one now */
  async #dropWritten(batch: readonly QueuedRecord[]): Promise<boolean> {
    const unsure = batch.filter((item) => item.unsure);
    if (unsure.length === 0 || !this.#options.alreadyWritten) return false;
    const written = await this.#options.alreadyWritten(unsure.map(({ record }) => record));
    const there = unsure.filter(({ record }) => written.has(record));
    for (const item of there) settle(item, -1);
    if (there.length > 0) this.#queue = this.#queue.filter((item) => !there.includes(item));
    return there.length > 0;
  }

  /** Kafka does not say which record it refuses, so smaller batches are tried until one holds only that record. */
  #narrow(batch: readonly QueuedRecord[], refusal: string, cause: unknown): void {
    this.#batchLimit = Math.ceil(batch.length / 2);
    const [alone] = batch;
    if (batch.length > 1 || this.#closed || !alone) return;
    const at = this.#queue.indexOf(alone);
    this.#queue.splice(at, 1);
    // Kafka measures what it is sent: maybe it takes the same record smaller.
    if (isTooLarge(refusal) && !alone.compressed) {
      this.#queue.splice(at, 0, { ...alone, compressed: true });
      return;
    }
    const { topic, key, value } = alone.record;
    const record = `a record of ${Buffer.byteLength(key) + (value?.length ?? 0)} bytes with the key ${shortId(String(key))}`;
    alone.append.settling.reject(new EssError('ESS_RECORD', `${topic} does not take ${record}: ${refusal}`, { cause }));
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closed) return resolve();
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const barred = (cause: unknown): EssError => new EssError('ESS_CONFIG', (cause as Error).message, { cause });
