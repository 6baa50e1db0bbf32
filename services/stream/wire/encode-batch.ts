// Encodes the records of one partition as one record batch: what record-batches.ts reads, where the format is. The sizes are
// computed first, so a batch is one buffer that is written once. kafkajs makes an encoder for each record and copies it four
// times; at full load that was most of what the outbox's thread did (bench S1).
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { crc32c } from './crc32c.ts';
import type { RecordToWrite } from './record-body.ts';
import { bodyOf, RecordBody, varintSize, writeVarint } from './record-body.ts';
import { LENGTH_AT, OVERHEAD, UNCOUNTED } from './unpack.ts';

/** Who writes the batch, by which the broker recognises it when it comes again. */
export interface BatchHead {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** The number of its first record among all that this producer writes to the partition. */
  readonly baseSequence: number;
  /** Of all its records, ms since 1970. */
  readonly timestampMs: number;
}

const MAGIC = 2;
const GZIP = 1;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
/** Attributes and timestamp delta of a record, both 0. */
const ZEROS_BYTES = 2;
/** Of the first that are taken. */
const FIRST_BYTES = 4_096;
const gzipped = promisify(gzip) as (bytes: Buffer) => Promise<Buffer>;

/** Bytes that are used again: those of a send for the next one, so that no send leaves some to be collected. */
export class ReusedBytes {
  #bytes = Buffer.alloc(0);
  #used = 0;

  take(size: number): Buffer {
    if (this.#used + size > this.#bytes.length) {
      // What was taken stays with who has it.
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(size, this.#bytes.length * 2, FIRST_BYTES));
      this.#used = 0;
    }
    this.#used += size;
    return this.#bytes.subarray(this.#used - size, this.#used);
  }

  /** All of it may be taken again. */
  free(): void {
    this.#used = 0;
  }
}

/** @param records at least one @param memory for the batch */
export function encodeBatch(records: readonly RecordToWrite[], head: BatchHead, memory = new ReusedBytes()): Buffer {
  const bodies = records.map((record) => (record instanceof RecordBody ? record : bodyOf(record)));
  let size = OVERHEAD;
  for (const [index, body] of bodies.entries()) {
    const inside = insideSize(index, body);
    size += varintSize(inside) + inside;
  }
  const batch = memory.take(size);
  let at = OVERHEAD;
  for (const [index, body] of bodies.entries()) {
    at = writeVarint(batch, at, insideSize(index, body));
    batch[at++] = 0;
    batch[at++] = 0;
    at = writeVarint(batch, at, index);
    at += body.bytes.copy(batch, at, body.from, body.end);
  }
  return sealed(batch, records.length, head, 0);
}

/** The same, packed with gzip. */
export async function packBatch(records: readonly RecordToWrite[], head: BatchHead): Promise<Buffer> {
  const plain = encodeBatch(records, head);
  const packed = await gzipped(plain.subarray(OVERHEAD));
  return sealed(Buffer.concat([plain.subarray(0, OVERHEAD), packed]), records.length, head, GZIP);
}

/** Writes the head of a batch whose records are in it. */
function sealed(batch: Buffer, count: number, head: BatchHead, codec: number): Buffer {
  batch.fill(0, 0, OVERHEAD); // offset and leader's epoch are the broker's to set
  batch.writeInt32BE(batch.length - UNCOUNTED, LENGTH_AT);
  batch.writeInt8(MAGIC, 16);
  batch.writeInt16BE(codec, ATTRIBUTES_AT);
  batch.writeInt32BE(count - 1, 23);
  batch.writeBigInt64BE(BigInt(head.timestampMs), 27);
  batch.writeBigInt64BE(BigInt(head.timestampMs), 35);
  batch.writeBigInt64BE(head.producerId, 43);
  batch.writeInt16BE(head.producerEpoch, 51);
  batch.writeInt32BE(head.baseSequence, 53);
  batch.writeInt32BE(count, 57);
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_AT), CRC_AT);
  return batch;
}

/** Of what comes after its length. */
const insideSize = (index: number, { from, end }: RecordBody): number => ZEROS_BYTES + varintSize(index) + end - from;
