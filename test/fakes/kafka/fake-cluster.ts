// A topic as a reader sees it through kafkajs's cluster: real bytes of Fetch requests and answers, and what brokers do. Leaders
// move, brokers go away, retention takes records, partitions are added; for readers of services/stream/read.
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import type { ProtocolRequest } from '@ess/stream/wire/fetch-protocol.ts';
import type { MadeBatch } from './record-batch.ts';
import { makeBatch } from './record-batch.ts';

const CREATE_CLUSTER = 'private:Kafka:createCluster';
const OFFSET_OUT_OF_RANGE = 1;
const NOT_LEADER = 6;
const TOPIC_AUTHORIZATION_FAILED = 29;
const EARLIEST = -2;
const LATEST = -1;

interface Batch {
  readonly bytes: Buffer;
  readonly next: number;
  readonly timestampMs: number;
}

export class FakePartition {
  readonly batches: Batch[] = [];
  leader = '1';
  low = 0;
  /** Of transactions that were taken back: producer id and first offset. */
  readonly aborted: Array<readonly [bigint, number]> = [];

  get end(): number {
    return this.batches.at(-1)?.next ?? 0;
  }
}

interface Asked {
  readonly partition: number;
  readonly offset: number;
}

export class FakeTopic {
  readonly name: string;
  readonly partitions: FakePartition[];
  /** To be given to whoever reads. */
  readonly kafka: Kafka;
  /** Every question ends with an error. */
  away = false;
  /** It may be seen, and not read. */
  refuses = false;
  /** Questions so far, by kind. */
  readonly asked = { connect: 0, disconnect: 0, refresh: 0, fetch: 0, ends: 0 };
  readonly unreadable: object[] = [];
  /** Leaders as the metadata has them: `refreshMetadata` brings them up to date. */
  #known: string[] = [];
  #waiting: Array<() => void> = [];

  constructor(partitions: number, name = 't') {
    this.name = name;
    this.partitions = Array.from({ length: partitions }, () => new FakePartition());
    this.kafka = kafkaOver(
      () => this.#cluster(),
      (details) => this.unreadable.push(details),
    );
  }

  /** A Kafka that has these topics; a reader asks for one of them. */
  static kafkaOf(topics: readonly FakeTopic[]): Kafka {
    return kafkaOver(
      () => {
        const cluster = new FakeTopic(0).#cluster();
        const addTargetTopic = async (name: string) => {
          const asked = (topics.find((one) => one.name === name) ?? new FakeTopic(0)).#cluster();
          await asked.addTargetTopic(name);
          Object.assign(cluster, asked);
        };
        return Object.assign(cluster, { addTargetTopic });
      },
      () => undefined,
    );
  }

  /** Appends a batch. @returns its first offset */
  add(partition: number, made: MadeBatch): number {
    const into = this.partitions[partition] as FakePartition;
    const baseOffset = into.end;
    const timestampMs = made.timestampMs ?? 1_000;
    const delta = made.lastOffsetDelta ?? Math.max(0, (made.records?.length ?? 1) - 1);
    into.batches.push({
      bytes: makeBatch({ ...made, baseOffset, timestampMs }),
      next: baseOffset + delta + 1,
      timestampMs,
    });
    this.wake();
    return baseOffset;
  }

  /** Long polls look again. */
  wake(): void {
    for (const look of this.#waiting.splice(0)) look();
  }

  #cluster() {
    let closed = false;
    const check = (): void => {
      if (closed || this.away) throw new Error('Closed connection');
    };
    return {
      brokerPool: { retrier: undefined },
      connect: async () => {
        this.asked.connect += 1;
        check();
      },
      disconnect: async () => {
        this.asked.disconnect += 1;
        closed = true;
        this.wake();
      },
      addTargetTopic: async (topic: string) => {
        check();
        if (topic !== this.name) throw Object.assign(new Error('none'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });
        this.#known = this.partitions.map(({ leader }) => leader);
      },
      refreshMetadata: async () => {
        this.asked.refresh += 1;
        check();
        this.#known = this.partitions.map(({ leader }) => leader);
      },
      findTopicPartitionMetadata: () => this.#known.map((_, partitionId) => ({ partitionId })),
      findLeaderForPartitions: (_: string, partitions: readonly number[]) => {
        const byLeader: Record<string, number[]> = {};
        for (const partition of partitions) {
          const leader = this.#known[partition] ?? '';
          byLeader[leader] = [...(byLeader[leader] ?? []), partition];
        }
        return byLeader;
      },
      findBroker: async ({ nodeId }: { nodeId: string }) => {
        check();
        return {
          connectionPool: { send: (request: ProtocolRequest) => this.#fetch(nodeId, request, check) },
        };
      },
      fetchTopicsOffset: async ([one]: Array<{ partitions: Array<{ partition: number }>; fromTimestamp: number }>) => {
        check();
        if (one?.fromTimestamp === LATEST) this.asked.ends += 1;
        const partitions = one?.partitions.map(({ partition }) => ({
          partition,
          offset: String(this.#offsetAt(partition, one.fromTimestamp)),
        }));
        return [{ partitions }];
      },
    };
  }

  #offsetAt(partition: number, timestampMs: number): number {
    const { low, end, batches } = this.partitions[partition] as FakePartition;
    if (timestampMs === EARLIEST) return low;
    if (timestampMs === LATEST) return end;
    const before = batches.filter((batch) => batch.timestampMs < timestampMs);
    return before.length === batches.length ? -1 : (before.at(-1)?.next ?? 0);
  }

  async #fetch(nodeId: string, { request, response }: ProtocolRequest, check: () => void): Promise<unknown> {
    this.asked.fetch += 1;
    const encoded = await (request as { encode(): Promise<{ buffer: Buffer }> }).encode();
    const { maxWaitMs, asked } = readRequest(encoded.buffer);
    let answer = this.#answer(nodeId, asked);
    if (answer === undefined) {
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, maxWaitMs);
        this.#waiting.push(() => {
          clearTimeout(late);
          resolve();
        });
      });
      answer = this.#answer(nodeId, asked);
    }
    check();
    return response.parse(await response.decode(fetchAnswer(this.name, answer ?? [])));
  }

  /** One batch of each partition. @returns undefined when there is nothing to tell */
  #answer(nodeId: string, asked: readonly Asked[]): AnsweredPartition[] | undefined {
    const found = asked.map(({ partition, offset }): AnsweredPartition => {
      const { leader, low, end, batches, aborted } = this.partitions[partition] as FakePartition;
      if (this.refuses) return { partition, errorCode: TOPIC_AUTHORIZATION_FAILED };
      if (leader !== nodeId) return { partition, errorCode: NOT_LEADER };
      if (offset < low || offset > end) return { partition, errorCode: OFFSET_OUT_OF_RANGE };
      const batch = batches.find(({ next }) => next > offset);
      return { partition, aborted, end, ...(batch ? { batches: batch.bytes } : {}) };
    });
    return found.some(({ errorCode, batches }) => errorCode || batches?.length) ? found : undefined;
  }
}

function kafkaOver(createCluster: () => object, onUnreadable: (details: object) => void): Kafka {
  const none = () => undefined;
  const kafka = connectKafka({ brokers: ['nobody:1'] }, 'fake', {
    debug: none,
    info: none,
    warn: none,
    error: onUnreadable,
  });
  const inner = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER);
  Object.defineProperty(kafka, inner ?? CREATE_CLUSTER, { value: createCluster });
  return kafka;
}

function readRequest(bytes: Buffer): { maxWaitMs: number; asked: Asked[] } {
  const nameLength = bytes.readInt16BE(29);
  let at = 31 + nameLength;
  const asked: Asked[] = [];
  const count = bytes.readInt32BE(at);
  at += 4;
  for (let left = count; left > 0; left -= 1, at += 28)
    asked.push({ partition: bytes.readInt32BE(at), offset: Number(bytes.readBigInt64BE(at + 8)) });
  return { maxWaitMs: bytes.readInt32BE(4), asked };
}

export interface AnsweredPartition {
  readonly partition: number;
  readonly errorCode?: number;
  readonly batches?: Buffer;
  readonly aborted?: ReadonlyArray<readonly [bigint, number]>;
  readonly end?: number;
}

/** The bytes of a Fetch answer, version 11, about partitions of one topic. */
export function fetchAnswer(topic: string, partitions: readonly AnsweredPartition[]): Buffer {
  const parts: Buffer[] = [];
  const int = (value: number | bigint, bytes: 2 | 4 | 8) => {
    const part = Buffer.alloc(bytes);
    if (bytes === 8) part.writeBigInt64BE(BigInt(value));
    else part.writeIntBE(Number(value), 0, bytes);
    parts.push(part);
  };
  int(0, 4); // throttle
  int(0, 2);
  int(7, 4); // session
  int(1, 4);
  int(topic.length, 2);
  parts.push(Buffer.from(topic));
  int(partitions.length, 4);
  for (const { partition, errorCode = 0, batches = Buffer.alloc(0), aborted = [], end = 100 } of partitions) {
    int(partition, 4);
    int(errorCode, 2);
    int(end, 8); // high watermark
    int(end, 8);
    int(0, 8);
    int(aborted.length, 4);
    for (const [producerId, firstOffset] of aborted) {
      int(producerId, 8);
      int(firstOffset, 8);
    }
    int(-1, 4);
    int(batches.length, 4);
    parts.push(batches);
  }
  return Buffer.concat(parts);
}
