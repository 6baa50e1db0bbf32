// Kafka's idempotent producer, as KIP-98 describes it and KIP-360 what its errors mean: a broker knows the producer id and the
// sequence of a partition's last batches, and recognises one that comes again. So a batch is encoded once and sent with the same
// sequence until somebody answers that it is written, through elections and ends of connections.
//  - When it is not known in the end what became of a batch, nobody knows the next sequence: the producer has ended. So it has
//    when a broker says that the sequence or the epoch is not the next one, or refuses a record. Its owner makes another, which
//    has the same id with the next epoch (KIP-360): from the first batch of that on, a partition takes none of the old ones,
//    which may still be on their way.
//  - A batch that was written is never sent again because another one of the same send was not: the answer tells of each.
// kafkajs's own producer does it at several times the cost, and forgets a partition whose leader it does not know. Its
// connections are used, with its metadata.
import { setTimeout as delay } from 'node:timers/promises';
import type { RecordMetadata, RetryOptions } from 'kafkajs';
import kafkajs from 'kafkajs';
import { namedRefusal } from '../kafkajs/missing-right.ts';
import type { Broker, Cluster } from '../read/cluster.ts';
import { openCluster } from '../read/cluster.ts';
import type { BatchHead } from '../wire/encode-batch.ts';
import { encodeBatch, packBatch, ReusedBytes } from '../wire/encode-batch.ts';
import { errorOf } from '../wire/fetch-protocol.ts';
import type { ProducedPartition } from '../wire/produce-protocol.ts';
import { produceRequest } from '../wire/produce-protocol.ts';
import type { RecordToWrite } from '../wire/record-body.ts';
import { refusalIn } from './refusal.ts';

/** By which brokers know a producer; one with a later epoch fences those before it. */
export type ProducerIdentity = Pick<BatchHead, 'producerId' | 'producerEpoch'>;

export interface PlacedBatch {
  /** For the in-sync replicas, all of them, to have it, ms. */
  readonly timeout: number;
  /** `CompressionTypes.None` or `GZIP`. */
  readonly compression?: number;
  /** No partition is there twice, and each has records. */
  readonly parts: ReadonlyArray<{
    readonly topic: string;
    readonly partition: number;
    readonly records: readonly RecordToWrite[];
  }>;
}

/** Of one partition; `error`: what was said where the code is not 0. */
export type PlacedAnswer = RecordMetadata & { readonly error?: unknown };

/** One partition's records of a send. */
interface Part {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
  /** Why it is not written; undefined: nobody has answered yet. */
  trouble: unknown;
  /** A broker answered that it will not be written. Any other trouble says nothing of what became of it. */
  isFinal: boolean;
  /** Set when it is written; -1: the broker did not say. */
  baseOffset: number | undefined;
}

/**
 * About 15 s: a new producer would need a new id, which a cluster that elects its controller may not be able to give. The waits
 * are short, because the first answer of a new leader is what everybody waits for.
 */
const RETRY: RetryOptions = { initialRetryTime: 50, maxRetryTime: 250, retries: 60 };
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const NETWORK_EXCEPTION = 13;
const DUPLICATE_SEQUENCE_NUMBER = 46;
const INVALID_PRODUCER_EPOCH = 47;
const UNKNOWN_PRODUCER_ID = 59;
/** An int16. */
const LAST_EPOCH = 2 ** 15 - 1;
/** A broker that has waited for its replicas says so; that answer is worth waiting for, too. */
const ANSWER_MS = 5_000;
/** Sequences begin again at 0 after the greatest int32. */
const SEQUENCES = 2 ** 31;
/** Kafka wants one; it means nothing without a transactional id. */
const TRANSACTION_TIMEOUT_MS = 60_000;

export class IdempotentProducer {
  readonly #kafka: object;
  #cluster: Cluster;
  readonly #retry: RetryOptions;
  readonly #closing = new AbortController();
  readonly #sequences = new Map<string, number[]>();
  /** Of one send, for as long as it is tried. */
  readonly #batches = new ReusedBytes();
  /** For requests, one for each leader. */
  readonly #requests: ReusedBytes[] = [];
  /** While it takes batches. */
  #id: ProducerIdentity | undefined;
  #known: ProducerIdentity | undefined;

  /**
   * @param retry how often the same is tried, and how long it waits in between, ms
   * @param before of the producer that ended, whose batches are not taken any more
   */
  constructor(kafka: object, retry = RETRY, before?: ProducerIdentity) {
    this.#known = before;
    this.#kafka = kafka;
    this.#cluster = openCluster(kafka);
    this.#retry = retry;
  }

  /** Its last identity, for its successor; undefined: there was none, or brokers do not know it. */
  get identity(): ProducerIdentity | undefined {
    return this.#known;
  }

  /** Resolves when it has a producer id: the one before with the next epoch, or one that Kafka gave. @throws kafkajs's errors when it has not within the retries */
  async connect(): Promise<void> {
    for (let tried = 0; ; tried += 1)
      try {
        await this.#cluster.connect();
        const identity = next(this.#known) ?? (await this.#given());
        this.#closing.signal.throwIfAborted();
        this.#id = this.#known = identity;
        return;
      } catch (error) {
        await this.#cluster.disconnect();
        if (!passes(error) || !(await this.#waits(tried))) throw error;
        this.#cluster = openCluster(this.#kafka); // its connection may hang, or have ended in the middle of an answer
      }
  }

  async #given(): Promise<ProducerIdentity> {
    const broker = await this.#cluster.brokerPool.findConnectedBroker();
    const { producerId, producerEpoch } = await broker.initProducerId({ transactionTimeout: TRANSACTION_TIMEOUT_MS });
    return { producerId: BigInt(producerId), producerEpoch };
  }

  /** What is under way is not tried again. Waits for the answer of a request, or for its end. */
  async disconnect(): Promise<void> {
    this.#id = undefined;
    this.#closing.abort(new Error('the producer is closed'));
    await this.#cluster.disconnect();
  }

  /**
   * Writes what is given, each partition's records as one batch. One call at a time.
   * @returns the answer of each partition, in no order; an error code where the others were written and this one was not, or
   *   nobody knows
   * @throws kafkajs's errors when nothing is known to be written, unless a record of one partition was refused. After that, and after an error code, this producer takes no more.
   */
  async sendBatch({ parts: placed, timeout, compression }: PlacedBatch): Promise<PlacedAnswer[]> {
    const id = this.#id;
    if (!id) throw new Error('the producer is not connected, or has ended');
    const parts: Part[] = [];
    this.#batches.free();
    for (const { topic, partition, records } of placed) {
      const head = { ...id, baseSequence: this.#take(topic, partition, records.length), timestampMs: Date.now() };
      const isPacked = compression === kafkajs.CompressionTypes.GZIP;
      const batch = isPacked ? await packBatch(records, head) : encodeBatch(records, head, this.#batches);
      parts.push({ topic, partition, batch, trouble: undefined, isFinal: false, baseOffset: undefined });
    }
    for (let tried = 0; ; tried += 1) {
      const waiting = parts.filter(({ isFinal, baseOffset }) => baseOffset === undefined && !isFinal);
      if (waiting.length === 0) break;
      if (tried > 0) {
        if (!(await this.#waits(tried - 1))) break;
        // What it throws, the next request is told too.
        await this.#cluster.refreshMetadata().catch(() => undefined);
      }
      await this.#send(waiting, timeout);
    }
    // A question that was under way connects again.
    if (this.#closing.signal.aborted) await this.#cluster.disconnect();
    return this.#answer(parts);
  }

  /** Each leader gets one request with all of its partitions. */
  async #send(waiting: readonly Part[], timeoutMs: number): Promise<void> {
    const byLeader = new Map<string, Part[]>();
    for (const [topic, parts] of Map.groupBy(waiting, (part) => part.topic))
      for (const [leader, led] of await this.#led(topic, parts))
        byLeader.set(leader, [...(byLeader.get(leader) ?? []), ...led]);
    const failed = await Promise.all([...byLeader].map(([nodeId, parts]) => this.#ask(nodeId, parts, timeoutMs)));
    // A connection may hang: kafkajs makes a new one when it looks for the broker.
    for (const broker of failed)
      if (broker) {
        this.#cluster.removeBroker(broker.connectionPool);
        broker.disconnect().catch(() => undefined);
      }
  }

  /** By leader; what has none says why. */
  async #led(topic: string, parts: readonly Part[]): Promise<Map<string, Part[]>> {
    try {
      await this.#cluster.addTargetTopic(topic);
      const numbers = parts.map(({ partition }) => partition);
      const leaders = Object.entries(this.#cluster.findLeaderForPartitions(topic, numbers));
      const found = Map.groupBy(parts, ({ partition }) => leaders.find(([, led]) => led.includes(partition))?.[0]);
      for (const part of found.get(undefined) ?? []) part.trouble = errorOf(UNKNOWN_TOPIC_OR_PARTITION);
      found.delete(undefined);
      return found as Map<string, Part[]>;
    } catch (error) {
      for (const part of parts) fail(part, error);
      return new Map();
    }
  }

  /** @returns the broker, if it was reached and gave no answer */
  async #ask(nodeId: string, parts: readonly Part[], timeoutMs: number): Promise<Broker | undefined> {
    let broker: Broker | undefined;
    try {
      broker = await this.#cluster.findBroker({ nodeId });
      const requestTimeout = timeoutMs + ANSWER_MS;
      const memory = this.#requests.pop() ?? new ReusedBytes();
      const request = produceRequest(parts, timeoutMs, memory);
      const answer = await broker.connectionPool.send({ ...request, requestTimeout });
      memory.free(); // what had no answer may still be on its way out
      this.#requests.push(memory);
      for (const part of parts) take(part, answer as readonly ProducedPartition[], broker);
      return undefined;
    } catch (error) {
      for (const part of parts) part.trouble = error;
      return broker;
    }
  }

  #answer(parts: readonly Part[]): PlacedAnswer[] {
    const failed = parts.filter(({ baseOffset }) => baseOffset === undefined);
    if (failed.length > 0) this.#id = undefined;
    if (failed.some(({ trouble }) => isUnknown(codeOf(trouble)))) this.#known = undefined;
    const refused = failed.filter(({ trouble }) => refusalIn(trouble) !== undefined);
    // What became of a batch is told of each where a record was refused and another one was not.
    if (failed.length === parts.length && (refused.length === 0 || refused.length === failed.length)) {
      const [said] = [...failed.filter(({ isFinal }) => isFinal), ...failed]; // it says more than what may pass
      if (said) throw said.trouble;
    }
    return parts.map(({ topic, partition, baseOffset, trouble }) => ({
      topicName: topic,
      partition,
      errorCode: baseOffset === undefined ? codeOf(trouble) : 0,
      baseOffset: String(baseOffset ?? -1),
      ...(baseOffset === undefined && { error: trouble }),
    }));
  }

  /** @returns false: there is no other try */
  async #waits(tried: number): Promise<boolean> {
    const { initialRetryTime = 0, maxRetryTime = 0, retries = 0 } = this.#retry;
    const { signal } = this.#closing;
    if (tried < retries)
      await delay(Math.min(initialRetryTime * 2 ** tried, maxRetryTime), undefined, { signal }).catch(() => undefined);
    return tried < retries && !signal.aborted;
  }

  /** @returns the sequence of the first of so many records */
  #take(topic: string, partition: number, count: number): number {
    const sequences = this.#sequences.get(topic) ?? [];
    this.#sequences.set(topic, sequences);
    const first = sequences[partition] ?? 0;
    sequences[partition] = (first + count) % SEQUENCES;
    return first;
  }
}

function next(before: ProducerIdentity | undefined): ProducerIdentity | undefined {
  if (!before || before.producerEpoch >= LAST_EPOCH) return undefined;
  return { ...before, producerEpoch: before.producerEpoch + 1 };
}

const isUnknown = (code: number): boolean => code === INVALID_PRODUCER_EPOCH || code === UNKNOWN_PRODUCER_ID;

function take(part: Part, answer: readonly ProducedPartition[], broker: Broker): void {
  const found = answer.find(({ topic, partition }) => topic === part.topic && partition === part.partition);
  if (!found) part.trouble = errorOf(NETWORK_EXCEPTION);
  else if (found.errorCode === 0) part.baseOffset = found.baseOffset;
  else if (found.errorCode === DUPLICATE_SEQUENCE_NUMBER) part.baseOffset = -1;
  else {
    const right = { resource: 'topic', name: part.topic, operation: 'Write' } as const;
    fail(part, namedRefusal(errorOf(found.errorCode), right, broker));
  }
}

/** kafkajs calls much final that only it could not do, e.g. a connection that ended while it was authenticated. */
function fail(part: Part, trouble: unknown): void {
  part.trouble = trouble;
  const { type, retriable } = trouble as Trouble;
  part.isFinal = type !== undefined && retriable === false;
}

/** Whether a connection may be tried again. kafkajs wraps what it gave up on, and calls the wrapper final. */
function passes(trouble: unknown): boolean {
  for (let at = trouble as Trouble | undefined; at; at = at.cause as Trouble | undefined)
    if (at.retriable || at.name === 'KafkaJSLockTimeout') return true;
  return false;
}

interface Trouble {
  /** Kafka's name of an error that a broker answered. */
  readonly type?: string;
  readonly name?: string;
  readonly retriable?: boolean;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/** What is no answer of a broker has no code of Kafka's. */
function codeOf(trouble: unknown): number {
  const { code } = trouble as Trouble;
  return typeof code === 'number' ? code : NETWORK_EXCEPTION;
}
