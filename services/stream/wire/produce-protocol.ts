// Kafka's Produce request and its answer, version 7 (Kafka 2.1 and later). All in-sync replicas acknowledge what is written.
//   request: transactional id, acks, timeout, [topic, [partition, record batch]]
//   answer: [topic, [partition, error, base offset, log append time, log start]], throttle
import { ReusedBytes } from './encode-batch.ts';
import { encodedBehindRoom, HEAD_ROOM } from './kafkajs-encoder.ts';
import { int64 } from './record-batches.ts';

export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
}

export interface ProducedPartition {
  readonly topic: string;
  readonly partition: number;
  /** 0: written. */
  readonly errorCode: number;
  /** Of the batch's first record; -1: not told. */
  readonly baseOffset: number;
}

export interface ProduceRequest {
  readonly request: object;
  readonly response: {
    decode(answer: Buffer): Promise<object>;
    parse(decoded: object): Promise<readonly ProducedPartition[]>;
  };
}

/** What the in-sync replicas have to get a batch, ms. */
export const ACK_MS = 10_000;
const PRODUCE = 0;
const VERSION = 7;
const ALL_IN_SYNC = -1;
const NULL_STRING = -1;

/**
 * @param timeoutMs for the in-sync replicas to have it
 * @param memory for the bytes that are sent: they stand there until the broker has answered
 */
export function produceRequest(
  batches: readonly PartitionBatch[],
  timeoutMs: number,
  memory = new ReusedBytes(),
): ProduceRequest {
  return {
    request: {
      apiKey: PRODUCE,
      apiVersion: VERSION,
      apiName: 'Produce',
      encode: async () => encodedBehindRoom(encodeRequest(batches, timeoutMs, memory)),
    },
    response: {
      // kafkajs waits before the next request when the broker asks for it.
      decode: async (answer) => {
        const { throttleMs, partitions } = readProduceAnswer(answer);
        return { clientSideThrottleTime: throttleMs, partitions };
      },
      parse: async (decoded) => (decoded as { partitions: ProducedPartition[] }).partitions,
    },
  };
}

/** Behind the room for a head. */
function encodeRequest(batches: readonly PartitionBatch[], timeoutMs: number, memory: ReusedBytes): Buffer {
  const byTopic = [...Map.groupBy(batches, ({ topic }) => topic)].map(
    ([topic, inside]) => [Buffer.from(topic), inside] as const,
  );
  const size = batches.reduce((sum, { batch }) => sum + 8 + batch.length, 12);
  const whole = memory.take(byTopic.reduce((sum, [name]) => sum + 6 + name.length, HEAD_ROOM + size));
  let at = whole.writeInt16BE(NULL_STRING, HEAD_ROOM);
  at = whole.writeInt16BE(ALL_IN_SYNC, at);
  at = whole.writeInt32BE(timeoutMs, at);
  at = whole.writeInt32BE(byTopic.length, at);
  for (const [name, inside] of byTopic) {
    at = whole.writeInt16BE(name.length, at);
    at += name.copy(whole, at);
    at = whole.writeInt32BE(inside.length, at);
    for (const { partition, batch } of inside) {
      at = whole.writeInt32BE(partition, at);
      at = whole.writeInt32BE(batch.length, at);
      at += batch.copy(whole, at);
    }
  }
  return whole;
}

/** @throws RangeError when the answer ends too soon */
export function readProduceAnswer(answer: Buffer): {
  readonly throttleMs: number;
  readonly partitions: readonly ProducedPartition[];
} {
  const partitions: ProducedPartition[] = [];
  let at = 4;
  for (let topics = answer.readInt32BE(0); topics > 0; topics -= 1) {
    const nameAt = at + 2;
    at = nameAt + answer.readInt16BE(at);
    const topic = answer.toString('utf8', nameAt, at);
    let count = answer.readInt32BE(at);
    for (at += 4; count > 0; count -= 1, at += 30)
      partitions.push({
        topic,
        partition: answer.readInt32BE(at),
        errorCode: answer.readInt16BE(at + 4),
        baseOffset: int64(answer, at + 6),
      });
  }
  return { throttleMs: answer.readInt32BE(at), partitions };
}
