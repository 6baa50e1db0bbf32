// Kafka's Fetch request, as kafkajs sends it, with an answer decoded for readers of chosen partitions. kafkajs has no
// assign(): a consumer needs a group, joins for seconds, and jumps silently when an offset is out of range. The request
// itself is exact. This file and topic-reader.ts know inner parts of kafkajs 2.2.4, its last release; every test of streams in
// test/integrity fails when they change.
import { createRequire } from 'node:module';
import { readFetchAnswer } from './fetch-answer.ts';
import type { DecodedBatches } from './record-batches.ts';
import { decodeBatches } from './record-batches.ts';
import { Allowance, unpackBatches } from './unpack.ts';

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
      decode: async (answer) => ({
        clientSideThrottleTime: 0,
        partitions: await decodeAnswer(answer, asked, bounds.kept),
      }),
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

async function decodeAnswer(
  answer: Buffer,
  asked: ReadonlyMap<number, number>,
  kept = false,
): Promise<FetchedPartition[]> {
  const { errorCode, partitions } = readFetchAnswer(answer);
  if (errorCode !== 0) throw errorOf(errorCode);
  const allowance = new Allowance();
  const found: FetchedPartition[] = [];
  for (const { partition, errorCode: code, logStart, stableEnd, aborted, batches } of partitions) {
    const bytes = kept ? Buffer.from(batches) : batches;
    const from = asked.get(partition) ?? 0;
    const decoded = decodeBatches(bytes, { partition, from, aborted, unpacked: await unpackBatches(bytes, allowance) });
    found.push({ partition, errorCode: code, logStart, stableEnd, ...decoded });
  }
  return found;
}
