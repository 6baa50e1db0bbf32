// Kafka's Produce request and its answer, version 7 (Kafka 2.1 and later). All in-sync replicas acknowledge what is written.
//   request: transactional id, acks, timeout, [topic, [partition, record batch]]
//   answer: [topic, [partition, error, base offset, log append time, log start]], throttle
import { encoded } from './kafkajs-encoder.ts';
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

const PRODUCE = 0;
const VERSION = 7;
const ALL_IN_SYNC = -1;
const NULL_STRING = -1;

/** @param timeoutMs for the in-sync replicas to have it */
export function produceRequest(batches: readonly PartitionBatch[], timeoutMs: number): ProduceRequest {
  return {
    request: {
      apiKey: PRODUCE,
      apiVersion: VERSION,
      apiName: 'Produce',
      encode: async () => encoded(encodeRequest(batches, timeoutMs)),
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

function encodeRequest(batches: readonly PartitionBatch[], timeoutMs: number): Buffer {
  const head = Buffer.alloc(12);
  head.writeInt16BE(NULL_STRING, 0);
  head.writeInt16BE(ALL_IN_SYNC, 2);
  head.writeInt32BE(timeoutMs, 4);
  const byTopic = Map.groupBy(batches, ({ topic }) => topic);
  head.writeInt32BE(byTopic.size, 8);
  const parts: Buffer[] = [head];
  for (const [topic, inside] of byTopic) {
    const name = Buffer.from(topic);
    parts.push(int16(name.length), name, int32(inside.length));
    for (const { partition, batch } of inside) parts.push(int32(partition), int32(batch.length), batch);
  }
  return Buffer.concat(parts);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
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
