// Decodes the record batches of a fetch answer (format v2, the only one that Kafka 4 writes): the records that a
// read_committed reader may see, and the offset after all of them. kafkajs decodes to strings and objects meant for any
// use; /stream and /replay read far more than they keep, so this makes numbers and slices only (bench F3: three times as fast).
// Nothing of a batch is believed: what is malformed in it is told with its place, and what comes after it is read.
import type { Unpacked } from './unpack.ts';
import { LENGTH_AT, OVERHEAD, UNCOUNTED } from './unpack.ts';
import type { Unreadable } from './unreadable.ts';

export interface ReadRecord {
  readonly offset: number;
  readonly timestampMs: number;
  /** Of the record in its batch. */
  readonly bytes: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** By name; a name that is there more than once has all its values. */
  readonly headers?: Headers;
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

const MAGIC_AT = 16;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const PACKED = 0x07;
/** What Kafka means by it. */
const NO_TIME = -1;
/** Of a record with no key, no value and no headers. */
const RECORD_MIN_BYTES = 7;
/** The calendar's end, ms since 1970: what is later is no number that could be written into a row. */
const CALENDAR_MS = 8.64e15;
const NONE: readonly Unreadable[] = [];
const NO_HEADERS: Headers = Object.freeze({});

/**
 * @param bytes as the broker sent them; the last batch may be cut
 * @param from records before it are left out: a fetch answers with whole batches
 * @param aborted in order of their first offset
 * @param unpacked of the packed batches among them (unpack.ts); the first that is missing is where this ends
 */
export function decodeBatches(
  bytes: Buffer,
  from: number,
  aborted: readonly AbortedTransaction[],
  unpacked: Unpacked,
): DecodedBatches {
  const records: ReadRecord[] = [];
  let unreadable: Unreadable[] | undefined;
  const waiting = [...aborted];
  const abortedNow = new Set<bigint>();
  let next = from;
  for (let at = 0; at + OVERHEAD <= bytes.length; ) {
    const end = at + UNCOUNTED + bytes.readInt32BE(at + LENGTH_AT);
    if (end > bytes.length) break;
    const attributes = bytes.readInt16BE(at + 21);
    const baseOffset = int64(bytes, at);
    const lastOffset = baseOffset + Math.max(0, bytes.readInt32BE(at + 23));
    const producerId = bytes.readBigInt64BE(at + 43);
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
        typeof plain === 'string' ? plain : readRecords(bytes, at, plain, { baseOffset, lastOffset, from }, records);
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

interface Span {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly from: number;
}

/** @param plain its records, unpacked @returns why none of them can be read, if so */
function readRecords(
  bytes: Buffer,
  at: number,
  plain: Buffer,
  { baseOffset, lastOffset, from }: Span,
  into: ReadRecord[],
): string | undefined {
  const attributes = bytes.readInt16BE(at + 21);
  const stampedAtMs = (attributes & LOG_APPEND_TIME) === 0 ? undefined : int64(bytes, at + 35);
  const baseMs = int64(bytes, at + 27);
  const count = bytes.readInt32BE(at + 57);
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
    const valueAt = cursor.skip();
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
      into.push(new BatchRecord(offset, atMs, length, plain, keyAt, valueAt));
    }
    cursor.at = recordEnd;
  }
  return undefined;
}

/** Kafka's signed varints (zigzag), up to 53 bits. */
class Varints {
  at: number;
  readonly #buffer: Buffer;
  constructor(buffer: Buffer, at = 0) {
    this.#buffer = buffer;
    this.at = at;
  }
  next(): number {
    let byte = this.#buffer[this.at++] as number;
    let value = byte & 0x7f;
    let shift = 7;
    while (byte >= 0x80) {
      byte = this.#buffer[this.at++] as number;
      value = shift < 28 ? value | ((byte & 0x7f) << shift) : value + (byte & 0x7f) * 2 ** shift;
      shift += 7;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  /** Over bytes with their length before them. @returns where that begins */
  skip(): number {
    const from = this.at;
    const length = this.next();
    if (length > 0) this.at += length;
    return from;
  }
  bytes(): Buffer | null {
    const length = this.next();
    if (length < 0) return null;
    this.at += length;
    return this.#buffer.subarray(this.at - length, this.at);
  }
}

/** Key and value are sliced when they are asked for: a slice is an object as large as the record, and thousands are read ahead. */
class BatchRecord implements ReadRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly bytes: number;
  readonly #batch: Buffer;
  readonly #keyAt: number;
  readonly #valueAt: number;

  constructor(offset: number, timestampMs: number, bytes: number, batch: Buffer, keyAt: number, valueAt: number) {
    this.offset = offset;
    this.timestampMs = timestampMs;
    this.bytes = bytes;
    this.#batch = batch;
    this.#keyAt = keyAt;
    this.#valueAt = valueAt;
  }

  get key(): Buffer | null {
    return new Varints(this.#batch, this.#keyAt).bytes();
  }

  get value(): Buffer | null {
    return new Varints(this.#batch, this.#valueAt).bytes();
  }

  /** Read when asked for: few ask, and a record may have a hundred thousand. */
  get headers(): Headers {
    const cursor = new Varints(this.#batch, this.#valueAt);
    cursor.skip();
    const count = cursor.next();
    if (count <= 0) return NO_HEADERS;
    const headers = Object.create(null) as Headers;
    for (let left = count; left > 0 && cursor.at < this.#batch.length; left -= 1) {
      const name = String(cursor.bytes() ?? '');
      const value = cursor.bytes() ?? undefined;
      const before = headers[name];
      if (!(name in headers)) headers[name] = value;
      else if (Array.isArray(before)) before.push(value);
      else headers[name] = [before, value];
    }
    return headers;
  }
}

/** Exact up to 2^53, which no offset or time reaches. */
export function int64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 2 ** 32 + buffer.readUInt32BE(at + 4);
}
