// Decodes the record batches of a fetch answer: the records that a read_committed reader may see, and the offset after all of
// them. kafkajs decodes to strings and objects meant for any use. /stream and /replay read far more than they keep, so this
// makes numbers and slices only (bench F3: three times as fast). Nothing of a batch is believed: what is malformed in it is
// told with its place, and what comes after it is read.
//
// A batch, format v2 (KIP-98), the only one that Kafka 4 writes; numbers are big endian:
//    at  bytes
//     0  8  base offset            the first record's, before compaction
//     8  4  length                 of what follows, so the batch ends at 12 + length
//    12  4  leader epoch           not read
//    16  1  magic                  2
//    17  4  CRC-32C                of all from 21 on; not checked, TCP and the broker have
//    21  2  attributes             bits 0-2 codec: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd; bit 3 times are the broker's;
//                                  bit 4 transactional; bit 5 control batch: markers of commits and aborts
//    23  4  last offset delta      kept when compaction takes the last record
//    27  8  base timestamp         ms since 1970
//    35  8  greatest timestamp     of every record, when bit 3 is set
//    43  8  producer id            whose transaction it is
//    51  2  producer epoch         not read
//    53  4  base sequence          not read
//    57  4  count of records
//    61     records, packed together by the codec
//
// A record; all numbers but the first byte after the length are zigzag varints, and a length of -1 means null:
//    length, attributes (1 byte), timestamp delta, offset delta, key length, key, value length, value,
//    count of headers, [name length, name, value length, value]
import { CALENDAR_MS } from '@ess/domain/text/moment.ts';
import { Varints } from './record-body.ts';
import type { Unpacked } from './unpack.ts';
import { LENGTH_AT, OVERHEAD, UNCOUNTED } from './unpack.ts';
import type { Unreadable } from './unreadable.ts';

export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  /** The record takes so many in its batch. */
  readonly bytes: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** By name; a name that is there more than once has all its values. Decoded when asked for. */
  readonly headers: Headers;
  /** Where the value lies, for who reads it without a slice of its own; absent: there is only `value`. */
  readonly batch?: Buffer;
  /** -1: it is null. */
  readonly valueFrom?: number;
  readonly valueEnd?: number;
}

/** undefined: the header is there, without a value. */
export type Headers = Record<string, Buffer | undefined | Array<Buffer | undefined>>;

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface DecodedBatches {
  readonly records: ReadRecord[];
  /** Offset after the last whole batch, markers and aborted records included; `from` when there was none. */
  readonly next: number;
  /** In order; what is before `from` is not in it. */
  readonly unreadable: readonly Unreadable[];
}

/** Where a batch has what; the table is above. */
const MAGIC_AT = 16;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const BASE_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_ID_AT = 43;
const COUNT_AT = 57;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const PACKED = 0x07;
/** What Kafka means by it. */
const NO_TIME = -1;
/** A record with no key, no value and no headers has so many. */
const RECORD_MIN_BYTES = 7;
const NONE: readonly Unreadable[] = [];
const NO_HEADERS: Headers = Object.freeze({});

export interface BatchesOf {
  readonly partition: number;
  /** Records before it are left out: a fetch answers with whole batches. */
  readonly from: number;
  /** In order of their first offset. */
  readonly aborted: readonly AbortedTransaction[];
  /** The packed batches among them (unpack.ts); the first that is missing is where the decoding ends. */
  readonly unpacked: Unpacked;
}

/** @param bytes as the broker sent them; the last batch may be cut */
export function decodeBatches(bytes: Buffer, { partition, from, aborted, unpacked }: BatchesOf): DecodedBatches {
  const records: ReadRecord[] = [];
  let unreadable: Unreadable[] | undefined;
  const waiting = [...aborted];
  const abortedNow = new Set<bigint>();
  let next = from;
  for (let at = 0; at + OVERHEAD <= bytes.length; ) {
    const end = at + UNCOUNTED + bytes.readInt32BE(at + LENGTH_AT);
    if (end > bytes.length) break;
    const attributes = bytes.readInt16BE(at + ATTRIBUTES_AT);
    const baseOffset = int64(bytes, at);
    const lastOffset = baseOffset + Math.max(0, bytes.readInt32BE(at + LAST_OFFSET_DELTA_AT));
    const producerId = bytes.readBigInt64BE(at + PRODUCER_ID_AT);
    while (waiting[0] !== undefined && waiting[0].firstOffset <= lastOffset)
      abortedNow.add((waiting.shift() as AbortedTransaction).producerId);
    const magic = bytes.readInt8(at + MAGIC_AT);
    let why: string | undefined;
    if (end < at + OVERHEAD) why = 'a batch shorter than its own head';
    else if (magic !== 2) why = `record batch format ${magic}, and only 2 is known`;
    else if ((attributes & CONTROL) !== 0) {
      // A commit of this producer ends nothing that was in the set.
      abortedNow.delete(producerId);
    } else if ((attributes & TRANSACTIONAL) === 0 || !abortedNow.has(producerId)) {
      const packed = (attributes & PACKED) !== 0;
      const plain = packed ? unpacked.get(at) : bytes.subarray(at + OVERHEAD, end);
      if (plain === undefined) break;
      why =
        typeof plain === 'string'
          ? plain
          : readRecords(bytes, at, plain, { partition, baseOffset, lastOffset, from }, records);
    }
    const before = next;
    next = Math.max(next, lastOffset + 1);
    // Nobody knows where the next batch begins; the next fetch must not begin where this one did.
    const isLost = end < at + OVERHEAD;
    if (isLost && next === before) next += 1;
    if (why !== undefined && next > before) {
      unreadable ??= [];
      unreadable.push({ offset: Math.max(from, baseOffset), next, why });
    }
    if (isLost) break;
    at = end;
  }
  return { records, next, unreadable: unreadable ?? NONE };
}

interface BatchOffsets {
  readonly partition: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly from: number;
}

/** @param plain its records, unpacked @returns why none of them can be read, if so */
function readRecords(
  bytes: Buffer,
  at: number,
  plain: Buffer,
  { partition, baseOffset, lastOffset, from }: BatchOffsets,
  into: ReadRecord[],
): string | undefined {
  const attributes = bytes.readInt16BE(at + ATTRIBUTES_AT);
  const stampedAtMs = (attributes & LOG_APPEND_TIME) === 0 ? undefined : int64(bytes, at + MAX_TIMESTAMP_AT);
  const baseMs = int64(bytes, at + BASE_TIMESTAMP_AT);
  const count = bytes.readInt32BE(at + COUNT_AT);
  if (count < 0 || count * RECORD_MIN_BYTES > plain.length) return `${count} records in ${plain.length} bytes`;
  const before = into.length;
  const cursor = new Varints(plain);
  let expected = baseOffset;
  for (let index = 0; index < count; index += 1) {
    const length = cursor.next();
    const recordEnd = cursor.at + length;
    cursor.at += 1;
    const madeAtMs = baseMs + cursor.next(); // read also when the broker's own time counts: the offset comes after it
    const offset = baseOffset + cursor.next();
    const keyAt = cursor.skip();
    const valueBytes = cursor.next();
    const valueFrom = valueBytes < 0 ? -1 : cursor.at;
    if (valueBytes > 0) cursor.at += valueBytes;
    const valueEnd = cursor.at;
    // Written so that what is not a number fails, too.
    if (!(length >= RECORD_MIN_BYTES - 1 && cursor.at < recordEnd && recordEnd <= plain.length)) {
      into.length = before;
      return `record ${index} of ${count} is malformed`;
    }
    if (!(offset >= expected && offset <= lastOffset)) {
      into.length = before;
      return `record ${index} of ${count} has an offset that is not its own`;
    }
    expected = offset + 1;
    if (offset >= from) {
      const atMs = Math.max(NO_TIME, Math.min(stampedAtMs ?? madeAtMs, CALENDAR_MS));
      into.push(new BatchRecord(partition, offset, atMs, length, plain, keyAt, valueFrom, valueEnd));
    }
    cursor.at = recordEnd;
  }
  return undefined;
}

/** Key and value are sliced when they are asked for: a slice is an object as large as the record, and thousands are read ahead. */
class BatchRecord implements ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly bytes: number;
  readonly batch: Buffer;
  readonly #keyAt: number;
  readonly valueFrom: number;
  readonly valueEnd: number;

  constructor(
    partition: number,
    offset: number,
    timestampMs: number,
    bytes: number,
    batch: Buffer,
    keyAt: number,
    valueFrom: number,
    valueEnd: number,
  ) {
    this.partition = partition;
    this.offset = offset;
    this.timestampMs = timestampMs;
    this.bytes = bytes;
    this.batch = batch;
    this.#keyAt = keyAt;
    this.valueFrom = valueFrom;
    this.valueEnd = valueEnd;
  }

  /** The same in bytes of its own, from the key to the last header. */
  apart(): BatchRecord {
    const { bytes, batch, valueFrom, valueEnd } = this;
    const from = this.#keyAt;
    const own = Buffer.from(batch.subarray(from, from + bytes));
    const at = valueFrom < 0 ? -1 : valueFrom - from;
    return new BatchRecord(this.partition, this.offset, this.timestampMs, bytes, own, 0, at, valueEnd - from);
  }

  get key(): Buffer | null {
    return new Varints(this.batch, this.#keyAt).bytes();
  }

  get value(): Buffer | null {
    return this.valueFrom < 0 ? null : this.batch.subarray(this.valueFrom, this.valueEnd);
  }

  /** Read when asked for: few ask, and a record may have a hundred thousand. */
  get headers(): Headers {
    const cursor = new Varints(this.batch, this.valueEnd);
    const count = cursor.next();
    if (count <= 0) return NO_HEADERS;
    const headers = Object.create(null) as Headers;
    for (let left = count; left > 0 && cursor.at < this.batch.length; left -= 1) {
      const name = String(cursor.bytes() ?? '');
      addHeader(headers, name, cursor.bytes() ?? undefined);
    }
    return headers;
  }
}

/** @returns the same record, which does not keep its whole batch in memory */
export const apart = <R extends object>(record: R): R | BatchRecord =>
  record instanceof BatchRecord ? record.apart() : record;

/** Beside what the name has already. @param headers without a prototype: a name may be that of one of its properties */
export function addHeader(headers: Headers, name: string, value: Buffer | undefined): void {
  const before = headers[name];
  if (!(name in headers)) headers[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else headers[name] = [before, value];
}

/** Exact up to 2^53, which no offset or time reaches. */
export function int64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 2 ** 32 + buffer.readUInt32BE(at + 4);
}
