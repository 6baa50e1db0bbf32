// Kafka's Fetch request, as kafkajs sends it, with an answer decoded for readers of chosen partitions. kafkajs has no
// assign(): a consumer needs a group, joins for seconds, and jumps silently when an offset is out of range. The request
// itself is exact. This file and topic-reader.ts know inner parts of kafkajs 2.2.4, its last release; every test of streams in
// test/integrity fails when they change.
import { createRequire } from 'node:module';
import type { AbortedTransaction, DecodedBatches } from './record-batches.ts';
import { decodeBatches, int64 } from './record-batches.ts';

const inner = createRequire(import.meta.url);

export interface FetchPosition {
  readonly partition: number;
  readonly offset: number;
}

export interface FetchedPartition extends DecodedBatches {
  readonly partition: number;
  /** 0 = none; otherwise nothing else is set. */
  readonly errorCode: number;
  readonly logStart: number;
  /** No committed record is at or after it: where a read_committed reader ends now. */
  readonly stableEnd: number;
}

export interface FetchBounds {
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxBytesPerPartition: number;
  /** The records are kept: those of one partition do not keep the whole answer alive then. */
  readonly kept?: boolean;
}

export interface ProtocolRequest {
  readonly request: object;
  readonly response: {
    decode(answer: Buffer): Promise<object>;
    parse(decoded: object): Promise<readonly FetchedPartition[]>;
  };
}

const READ_COMMITTED = 1;
const CONSUMER = -1;

export function fetchRequest(topic: string, positions: readonly FetchPosition[], bounds: FetchBounds): ProtocolRequest {
  const build = inner('kafkajs/src/protocol/requests/fetch/v11/request.js') as (fields: object) => object;
  const request = build({
    replicaId: CONSUMER,
    maxWaitTime: bounds.maxWaitMs,
    minBytes: 1,
    maxBytes: bounds.maxBytes,
    isolationLevel: READ_COMMITTED,
    topics: [
      {
        topic,
        partitions: positions.map(({ partition, offset }) => ({
          partition,
          fetchOffset: String(offset),
          maxBytes: bounds.maxBytesPerPartition,
        })),
      },
    ],
  });
  const asked = new Map(positions.map(({ partition, offset }) => [partition, offset]));
  return {
    request,
    response: {
      decode: async (answer) => ({ clientSideThrottleTime: 0, partitions: decodeAnswer(answer, asked, bounds.kept) }),
      parse: async (decoded) => (decoded as { partitions: FetchedPartition[] }).partitions,
    },
  };
}

/** The message of an error code, e.g. NOT_LEADER_FOR_PARTITION. */
export function errorOf(code: number): Error & { readonly type?: string } {
  const { createErrorFromCode } = inner('kafkajs/src/protocol/error.js') as {
    createErrorFromCode(code: number): Error & { type?: string };
  };
  return createErrorFromCode(code);
}

/**
 * Fetch response v11: throttle, error, session, [topic, [partition, error, high watermark, last stable offset, log start,
 * [aborted: producer id, first offset], preferred replica, record batches]].
 */
function decodeAnswer(answer: Buffer, asked: ReadonlyMap<number, number>, kept = false): FetchedPartition[] {
  const errorCode = answer.readInt16BE(4);
  if (errorCode !== 0) throw errorOf(errorCode);
  const found: FetchedPartition[] = [];
  let at = 10;
  const topics = answer.readInt32BE(at);
  at += 4;
  for (let topic = 0; topic < topics; topic += 1) {
    at += 2 + answer.readInt16BE(at);
    const partitions = answer.readInt32BE(at);
    at += 4;
    for (let index = 0; index < partitions; index += 1) {
      const partition = answer.readInt32BE(at);
      const code = answer.readInt16BE(at + 4);
      const stableEnd = int64(answer, at + 14);
      const logStart = int64(answer, at + 22);
      const abortedCount = answer.readInt32BE(at + 30);
      at += 34;
      const aborted: AbortedTransaction[] = [];
      for (let one = 0; one < abortedCount; one += 1, at += 16)
        aborted.push({ producerId: answer.readBigInt64BE(at), firstOffset: int64(answer, at + 8) });
      const size = answer.readInt32BE(at + 4);
      at += 8;
      const slice = answer.subarray(at, at + Math.max(0, size));
      const bytes = kept ? Buffer.from(slice) : slice;
      at += bytes.length;
      aborted.sort((a, b) => a.firstOffset - b.firstOffset);
      const batches = decodeBatches(bytes, asked.get(partition) ?? 0, aborted);
      found.push({ partition, errorCode: code, logStart, stableEnd, ...batches });
    }
  }
  return found;
}
