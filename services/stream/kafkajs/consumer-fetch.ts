// What kafkajs's consumers fetch, decoded by us. kafkajs 2.2.4 believes what a batch says: a codec that it does not know ends the
// consumer for good, a malformed record is fetched again for ever, a few kB of gzip are unpacked to gigabytes, and a record with
// a hundred thousand headers stops the process (it copies all of them for each). Here a batch that cannot be read ends what is
// handed over: a position never passes a record that nobody has seen.
import { createRequire } from 'node:module';
import type { Cluster, IHeaders } from 'kafkajs';
import { readFetchAnswer } from '../wire/fetch-answer.ts';
import type { ReadRecord } from '../wire/record-batches.ts';
import { decodeBatches } from '../wire/record-batches.ts';
import { Allowance, unpackBatches } from '../wire/unpack.ts';
import type { Unreadable } from '../wire/unreadable.ts';

const inner = createRequire(import.meta.url);

/**
 * Told of a place that cannot be read, each time it is fetched; what comes after it is not handed over.
 * @param isNext nothing comes before it: the partition has to be paused, or it is fetched again at once
 */
export type OnUnreadable = (topic: string, partition: number, stretch: Unreadable, isNext: boolean) => void;

interface FetchedPartition {
  readonly partition: number;
  messages: Array<Message | Hole>;
  readonly unreadable: readonly Unreadable[];
}

interface FetchedTopic {
  readonly topicName: string;
  readonly partitions: FetchedPartition[];
}

interface FetchRequest {
  readonly topics: ReadonlyArray<{
    readonly topic: string;
    readonly partitions: ReadonlyArray<{ readonly partition: number; readonly fetchOffset: string }>;
  }>;
}

interface FetchingBroker {
  fetch(request: FetchRequest): Promise<{ readonly responses: readonly FetchedTopic[] }>;
}

interface FetchingCluster {
  findBroker(node: { nodeId: string }): Promise<FetchingBroker>;
}

/** Takes the place of the decoding of all Fetch answers of kafkajs in this process. */
export function decodeFetches(): void {
  const response = inner('kafkajs/src/protocol/requests/fetch/v11/response.js') as { decode: typeof decode };
  response.decode = decode;
}

/** Tells of the unreadable stretches that the consumer of this cluster fetches, and stops it there. */
export function watchFetches(cluster: Cluster, onUnreadable: OnUnreadable): void {
  const watched = new WeakSet<FetchingBroker>();
  const fetching = cluster as unknown as FetchingCluster;
  const findBroker = fetching.findBroker.bind(cluster);
  fetching.findBroker = async (node) => {
    const broker = await findBroker(node);
    if (!watched.has(broker)) {
      watched.add(broker);
      const fetch = broker.fetch.bind(broker);
      broker.fetch = async (request) => {
        const answer = await fetch(request);
        for (const { topicName, partitions } of answer.responses)
          for (const found of partitions)
            stopAtUnreadable(topicName, found, startOf(request, topicName, found), onUnreadable);
        return answer;
      };
    }
    return broker;
  };
}

function stopAtUnreadable(topic: string, found: FetchedPartition, from: number, onUnreadable: OnUnreadable): void {
  const [stretch] = found.unreadable;
  if (stretch === undefined) return;
  const offset = Math.max(from, stretch.offset);
  found.messages = found.messages.filter(
    (message) => !(message instanceof Hole) && Number(message.offset) >= from && Number(message.offset) < offset,
  );
  onUnreadable(topic, found.partition, { ...stretch, offset }, found.messages.length === 0);
}

function startOf({ topics }: FetchRequest, topic: string, { partition }: FetchedPartition): number {
  for (const asked of topics)
    for (const one of asked.partitions)
      if (asked.topic === topic && one.partition === partition) return Number(one.fetchOffset);
  return 0;
}

async function decode(answer: Buffer): Promise<object> {
  const { throttleMs, errorCode, sessionId, partitions } = readFetchAnswer(answer);
  const allowance = new Allowance();
  const responses = new Map<string, object[]>();
  for (const { topic, aborted, batches, ...head } of partitions) {
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
  };
}

/** As kafkajs has it, but for headers, which are read when asked for. */
class Message {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly offset: string;
  readonly timestamp: string;
  /** Of the whole record, headers too. */
  readonly bytes: number;
  readonly attributes = 0;
  readonly isControlRecord = false;
  readonly #record: ReadRecord;
  #headers: IHeaders | undefined;

  constructor(record: ReadRecord) {
    this.key = record.key;
    this.value = record.value;
    this.offset = String(record.offset);
    this.timestamp = String(record.timestampMs);
    this.bytes = record.bytes;
    this.#record = record;
  }

  get headers(): IHeaders {
    this.#headers ??= this.#record.headers as IHeaders;
    return this.#headers;
  }
}

/** Nothing to hand over up to this offset. */
class Hole {
  readonly key = null;
  readonly isControlRecord = true;
  readonly offset: string;

  constructor(offset: number) {
    this.offset = String(offset);
  }
}
