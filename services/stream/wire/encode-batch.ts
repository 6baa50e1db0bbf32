// Encodes the records of one partition as one record batch: what record-batches.ts reads, where the format is. The sizes are
// computed first, so a batch is one buffer that is written once. kafkajs makes an encoder for each record and copies it four
// times; at full load that was most of what the outbox's thread did (bench S1).
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { IHeaders } from 'kafkajs';
import { crc32c } from './crc32c.ts';
import { LENGTH_AT, OVERHEAD, UNCOUNTED } from './unpack.ts';

export interface RecordToWrite {
  readonly key: string | Buffer | null;
  readonly value: Buffer | null;
  /** A header with several values is written once for each. */
  readonly headers?: IHeaders;
}

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
/** -1 as a zigzag varint: null. */
const NULL = 1;
const NO_HEADERS = Buffer.of(0);
/** Attributes and timestamp delta of a record, both 0. */
const ZEROS_BYTES = 2;
const gzipped = promisify(gzip) as (bytes: Buffer) => Promise<Buffer>;

/** @param records at least one */
export function encodeBatch(records: readonly RecordToWrite[], head: BatchHead): Buffer {
  const headers = records.map((record) => (record.headers ? headerBytes(record.headers) : NO_HEADERS));
  const sizes = records.map((record, index) => bodySize(record, index, headers[index] as Buffer));
  const batch = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + varintSize(size) + size, OVERHEAD));
  let at = OVERHEAD;
  for (const [index, { key, value }] of records.entries()) {
    at = writeVarint(batch, at, sizes[index] as number);
    batch[at++] = 0;
    batch[at++] = 0;
    at = writeVarint(batch, at, index);
    at = writeSized(batch, at, key);
    at = writeSized(batch, at, value);
    at += (headers[index] as Buffer).copy(batch, at);
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

const bodySize = ({ key, value }: RecordToWrite, index: number, headers: Buffer): number =>
  ZEROS_BYTES + varintSize(index) + sizedSize(key) + sizedSize(value) + headers.length;

function headerBytes(headers: IHeaders): Buffer {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((one) => [name, one] as const) : [[name, value ?? null] as const],
  );
  const size = pairs.reduce((sum, [name, value]) => sum + sizedSize(name) + sizedSize(value), varintSize(pairs.length));
  const bytes = Buffer.allocUnsafe(size);
  let at = writeVarint(bytes, 0, pairs.length);
  for (const [name, value] of pairs) {
    at = writeSized(bytes, at, name);
    at = writeSized(bytes, at, value);
  }
  return bytes;
}

const byteLength = (content: string | Buffer): number =>
  typeof content === 'string' ? Buffer.byteLength(content) : content.length;

/** With the length before it. */
function sizedSize(content: string | Buffer | null): number {
  if (content === null) return 1;
  const length = byteLength(content);
  return varintSize(length) + length;
}

/** @returns where it ends */
function writeSized(into: Buffer, from: number, content: string | Buffer | null): number {
  if (content === null) {
    into[from] = NULL;
    return from + 1;
  }
  const at = writeVarint(into, from, byteLength(content));
  return at + (typeof content === 'string' ? into.write(content, at) : content.copy(into, at));
}

/** @param value not negative, below 2^31 */
const varintSize = (value: number): number =>
  value < 0x40 ? 1 : value < 0x2000 ? 2 : value < 0x10_0000 ? 3 : value < 0x800_0000 ? 4 : 5;

function writeVarint(into: Buffer, from: number, value: number): number {
  let at = from;
  let rest = value * 2;
  for (; rest >= 0x80; rest >>>= 7) into[at++] = (rest & 0x7f) | 0x80;
  into[at++] = rest;
  return at;
}
