// Kafka's answer to a Fetch, version 11, taken apart: one entry for each partition, its batches still as bytes.
//   throttle, error, session, [topic, [partition, error, high watermark, last stable offset, log start,
//   [aborted: producer id, first offset], preferred replica, record batches]]
import type { AbortedTransaction } from './record-batches.ts';
import { int64 } from './record-batches.ts';

export interface AnsweredPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  /** No committed record is at or after it. */
  readonly stableEnd: number;
  readonly logStart: number;
  /** In order of their first offset. */
  readonly aborted: readonly AbortedTransaction[];
  readonly preferredReplica: number;
  /** A slice of the answer; the last batch may be cut. */
  readonly batches: Buffer;
}

export interface FetchAnswer {
  readonly throttleMs: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly partitions: readonly AnsweredPartition[];
}

export function readFetchAnswer(answer: Buffer): FetchAnswer {
  const partitions: AnsweredPartition[] = [];
  let at = 10;
  const topics = answer.readInt32BE(at);
  at += 4;
  for (let index = 0; index < topics; index += 1) {
    const nameAt = at + 2;
    at = nameAt + answer.readInt16BE(at);
    const topic = answer.toString('utf8', nameAt, at);
    const count = answer.readInt32BE(at);
    at += 4;
    for (let one = 0; one < count; one += 1) {
      const headAt = at;
      const abortedCount = answer.readInt32BE(headAt + 30);
      at += 34;
      const aborted: AbortedTransaction[] = [];
      for (let transaction = 0; transaction < abortedCount; transaction += 1, at += 16)
        aborted.push({ producerId: answer.readBigInt64BE(at), firstOffset: int64(answer, at + 8) });
      aborted.sort((a, b) => a.firstOffset - b.firstOffset);
      const preferredReplica = answer.readInt32BE(at);
      const size = Math.max(0, answer.readInt32BE(at + 4));
      at += 8 + size;
      partitions.push({
        topic,
        partition: answer.readInt32BE(headAt),
        errorCode: answer.readInt16BE(headAt + 4),
        highWatermark: int64(answer, headAt + 6),
        stableEnd: int64(answer, headAt + 14),
        logStart: int64(answer, headAt + 22),
        aborted,
        preferredReplica,
        batches: answer.subarray(at - size, at),
      });
    }
  }
  return {
    throttleMs: answer.readInt32BE(0),
    errorCode: answer.readInt16BE(4),
    sessionId: answer.readInt32BE(6),
    partitions,
  };
}
