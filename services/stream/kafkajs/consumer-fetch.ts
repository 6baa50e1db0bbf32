// What kafkajs's consumers fetch, decoded by us. kafkajs 2.2.4 believes what a batch says:
//  - A codec that it does not know ends the consumer for good.
//  - A malformed record is fetched again for ever.
//  - A few kB of gzip are unpacked to gigabytes.
//  - A record with a hundred thousand headers stops the process: they are copied for each of them.
// Here a batch that cannot be read ends what is handed over: a position never passes a record that nobody has seen.
import { createRequire } from 'node:module';
import type { IHeaders } from 'kafkajs';
import { readFetchAnswer } from '../wire/fetch-answer.ts';
import type { ReadRecord } from '../wire/record-batches.ts';
import { decodeBatches } from '../wire/record-batches.ts';
import { Allowance, unpackBatches } from '../wire/unpack.ts';
import type { Unreadable } from '../wire/unreadable.ts';

const inner = createRequire(import.meta.url);
const OFFSET_OUT_OF_RANGE = 1;

/**
 * Told of a place that cannot be read, each time it is fetched; what comes after it is not handed over.
 * @param isNext nothing comes before it: the partition has to be paused, or it is fetched again at once
 */
export type OnUnreadable = (topic: string, partition: number, range: Unreadable, isNext: boolean) => void;

/** Told when Kafka has nothing at the offset that was fetched. kafkajs hears nothing of it: it would jump, and commit that. */
export type OnOutOfRange = (topic: string, partition: number) => void;

interface DecodedPartition {
  readonly partition: number;
  messages: Array<Message | Hole>;
  readonly unreadable: readonly Unreadable[];
}

interface FetchedTopic {
  readonly topicName: string;
  readonly partitions: DecodedPartition[];
}

export interface FetchRequest {
  /** How long it waits at Kafka for something new, ms. */
  maxWaitTime?: number;
  topics: Array<{ topic: string; partitions: Array<{ partition: number; fetchOffset: string }> }>;
}

interface FetchingBroker {
  fetch(request: FetchRequest): Promise<{
    readonly responses: readonly FetchedTopic[];
    readonly outOfRange?: ReadonlyArray<readonly [topic: string, partition: number]>;
  }>;
}

/** The part of kafkajs's cluster through which a consumer fetches. */
export interface FetchingCluster {
  findBroker(node: { nodeId: string }): Promise<FetchingBroker>;
}

/** Takes the place of the decoding of all Fetch answers of kafkajs in this process. */
export function decodeFetches(): void {
  const response = inner('kafkajs/src/protocol/requests/fetch/v11/response.js') as { decode: typeof decode };
  response.decode = decode;
}

/** Tells of what the consumer of this cluster fetches and cannot read, or does not find, and stops it there. */
export function watchFetches(
  cluster: FetchingCluster,
  onUnreadable: OnUnreadable,
  onOutOfRange: OnOutOfRange = () => undefined,
): void {
  wrapFetches(cluster, (fetch) => async (request) => {
    const answer = await fetch(request);
    for (const { topicName, partitions } of answer.responses)
      for (const found of partitions)
        stopAtUnreadable(topicName, found, askedFrom(request, topicName, found), onUnreadable);
    for (const [topic, partition] of answer.outOfRange ?? []) onOutOfRange(topic, partition);
    return answer;
  });
}

/** Each broker of the cluster fetches as `wrap` says from then on; it is asked once for each. */
export function wrapFetches(
  cluster: FetchingCluster,
  wrap: (fetch: FetchingBroker['fetch']) => FetchingBroker['fetch'],
): void {
  const known = new WeakSet<FetchingBroker>();
  const find = cluster.findBroker.bind(cluster);
  cluster.findBroker = async (node) => {
    const broker = await find(node);
    if (known.has(broker)) return broker;
    known.add(broker);
    broker.fetch = wrap(broker.fetch.bind(broker));
    return broker;
  };
}

function stopAtUnreadable(topic: string, found: DecodedPartition, from: number, onUnreadable: OnUnreadable): void {
  const [range] = found.unreadable;
  if (range === undefined) return;
  const offset = Math.max(from, range.offset);
  found.messages = found.messages.filter(
    (message) => !(message instanceof Hole) && Number(message.offset) >= from && Number(message.offset) < offset,
  );
  onUnreadable(topic, found.partition, { ...range, offset }, found.messages.length === 0);
}

function askedFrom({ topics }: FetchRequest, topic: string, { partition }: DecodedPartition): number {
  for (const asked of topics)
    for (const one of asked.partitions)
      if (asked.topic === topic && one.partition === partition) return Number(one.fetchOffset);
  return 0;
}

async function decode(answer: Buffer): Promise<object> {
  const { throttleMs, errorCode, sessionId, partitions } = readFetchAnswer(answer);
  const allowance = new Allowance();
  const responses = new Map<string, object[]>();
  const outOfRange: Array<readonly [topic: string, partition: number]> = [];
  for (const { topic, aborted, batches, ...head } of partitions) {
    if (head.errorCode === OFFSET_OUT_OF_RANGE) {
      outOfRange.push([topic, head.partition]);
      continue;
    }
    const unpacked = await unpackBatches(batches, allowance);
    const of = { partition: head.partition, from: 0, aborted, unpacked };
    const { records, next, unreadable } = decodeBatches(batches, of);
    const messages: Array<Message | Hole> = records.map((record) => new Message(record));
    // The position after markers, what was taken back and what cannot be read: kafkajs goes on behind its last message.
    if (next > (records.at(-1)?.offset ?? -1) + 1) messages.push(new Hole(next - 1));
    const found = responses.get(topic) ?? [];
    responses.set(topic, found);
    found.push({
      partition: head.partition,
      errorCode: head.errorCode,
      highWatermark: String(head.highWatermark),
      lastStableOffset: String(head.stableEnd),
      lastStartOffset: String(head.logStart),
      abortedTransactions: [], // left out above
      preferredReadReplica: head.preferredReplica,
      messages,
      unreadable,
    });
  }
  return {
    throttleTime: 0,
    clientSideThrottleTime: throttleMs,
    errorCode,
    sessionId,
    responses: [...responses].map(([topicName, found]) => ({ topicName, partitions: found })),
    outOfRange,
  };
}

/** A record as kafkajs has it. kafkajs itself looks at offsets only; what others ask for is read then. */
class Message {
  readonly record: ReadRecord;
  readonly offset: string;
  readonly attributes = 0;
  readonly isControlRecord = false;

  constructor(record: ReadRecord) {
    this.record = record;
    this.offset = String(record.offset);
  }

  get key(): Buffer | null {
    return this.record.key;
  }

  get value(): Buffer | null {
    return this.record.value;
  }

  get timestamp(): string {
    return String(this.record.timestampMs);
  }

  get headers(): IHeaders {
    return this.record.headers as IHeaders;
  }
}

/** What a message of kafkajs's consumers was made of; undefined: it only says how far the batch goes. */
export const recordOf = (message: object): ReadRecord | undefined => (message as Partial<Message>).record;

/**
 * There is no record up to this offset. kafkajs is not to take it for a control record: it passes a batch of those by itself,
 * wherever the partition is by then. So the handler gets it, which knows where the partition is.
 */
class Hole {
  readonly isControlRecord = false;
  readonly offset: string;

  constructor(offset: number) {
    this.offset = String(offset);
  }
}
