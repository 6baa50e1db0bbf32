// Key, value and headers of a record as they stand in a batch: bytes that are made once, where the record is made, and copied into
// whichever batch it goes with. Lengths are zigzag varints, and a length of -1 means null (record-batches.ts).
import type { IHeaders } from 'kafkajs';

export interface RecordToWrite {
  readonly key: string | Buffer | null;
  readonly value: Buffer | null;
  /** A header with several values is written once for each. */
  readonly headers?: IHeaders;
}

/** A record whose body stands among some bytes. Key and value are sliced when they are asked for. */
export class RecordBody implements RecordToWrite {
  readonly bytes: Buffer;
  readonly from: number;
  readonly end: number;

  constructor(bytes: Buffer, from: number, end: number) {
    this.bytes = bytes;
    this.from = from;
    this.end = end;
  }

  get key(): Buffer | null {
    return new Varints(this.bytes, this.from).bytes();
  }

  get value(): Buffer | null {
    const cursor = new Varints(this.bytes, this.from);
    cursor.skip();
    return cursor.bytes();
  }
}

/** -1 as a zigzag varint: null. */
const NULL = 1;

const NO_HEADERS = Buffer.of(0);

export function bodyOf({ key, value, headers }: RecordToWrite): RecordBody {
  const last = headers ? headerBytes(headers) : NO_HEADERS;
  const bytes = Buffer.allocUnsafe(bodySize(key, value, last));
  return new RecordBody(bytes, 0, writeBody(bytes, 0, key, value, last));
}

/** @param headers their count, and each of them */
export const bodySize = (key: Content, value: Content, headers: Buffer = NO_HEADERS): number =>
  sizedSize(key) + sizedSize(value) + headers.length;

/** @returns where it ends */
export function writeBody(
  into: Buffer,
  from: number,
  key: Content,
  value: Content,
  headers: Buffer = NO_HEADERS,
): number {
  const at = writeSized(into, writeSized(into, from, key), value);
  return at + headers.copy(into, at);
}

type Content = string | Buffer | null;

function headerBytes(headers: IHeaders): Buffer {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((one) => [name, one] as const) : [[name, value ?? null] as const],
  );
  const size = pairs.reduce((sum, [name, value]) => sum + sizedSize(name) + sizedSize(value), varintSize(pairs.length));
  const bytes = Buffer.allocUnsafe(size);
  let at = writeVarint(bytes, 0, pairs.length);
  for (const [name, value] of pairs) at = writeSized(bytes, writeSized(bytes, at, name), value);
  return bytes;
}

const byteLength = (content: string | Buffer): number =>
  typeof content === 'string' ? Buffer.byteLength(content) : content.length;

/** With the length before it. */
function sizedSize(content: Content): number {
  if (content === null) return 1;
  const length = byteLength(content);
  return varintSize(length) + length;
}

/** @returns where it ends */
function writeSized(into: Buffer, from: number, content: Content): number {
  if (content === null) {
    into[from] = NULL;
    return from + 1;
  }
  const at = writeVarint(into, from, byteLength(content));
  return at + (typeof content === 'string' ? into.write(content, at) : content.copy(into, at));
}

/** @param value not negative, below 2^31 */
export const varintSize = (value: number): number =>
  value < 0x40 ? 1 : value < 0x2000 ? 2 : value < 0x10_0000 ? 3 : value < 0x800_0000 ? 4 : 5;

/** @returns where it ends */
export function writeVarint(into: Buffer, from: number, value: number): number {
  let at = from;
  let rest = value * 2;
  for (; rest >= 0x80; rest >>>= 7) into[at++] = (rest & 0x7f) | 0x80;
  into[at++] = rest;
  return at;
}

/** Kafka's signed varints (zigzag), up to 53 bits. */
export class Varints {
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
