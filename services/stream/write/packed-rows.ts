// Rows on their way to another thread: one buffer of bodies as they will stand in a record batch, which is handed over and not
// copied. Key and value are encoded once, by who has them; an object or a string per row would cost more than all of it.
//
//   each append: count of rows (4 bytes); each of its rows: topic (4, by its place in `topics`), size (4), body
import { bodySize, RecordBody, writeBody } from '../wire/record-body.ts';
import type { OutboxRecord } from './outbox.ts';

/** What is written without headers and to the partition of its key. */
export interface Row {
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer | null;
}

export interface PackedRows {
  readonly topics: readonly string[];
  /** Of all appends, in order; what is beyond `size` says nothing. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly size: number;
}

/** A row as another thread takes it out. */
export class PackedRow extends RecordBody implements OutboxRecord {
  readonly topic: string;

  constructor(topic: string, bytes: Buffer, from: number, end: number) {
    super(bytes, from, end);
    this.topic = topic;
  }

  override get key(): Buffer {
    return super.key as Buffer;
  }
}

const WORD_BYTES = 4;
const HEAD_BYTES = 2 * WORD_BYTES;
const FIRST_BYTES = 4_096;

export class RowPacker {
  #topics: string[] = [];
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #size = 0;
  /** Rows that were added and not taken. */
  rows = 0;

  add(append: readonly Row[]): void {
    this.#reserve(WORD_BYTES);
    this.#size = this.#bytes.writeUInt32LE(append.length, this.#size);
    for (const row of append) this.#add(row);
    this.rows += append.length;
  }

  #add({ topic, key, value }: Row): void {
    const size = bodySize(key, value);
    this.#reserve(HEAD_BYTES + size);
    let known = this.#topics.indexOf(topic);
    if (known < 0) known = this.#topics.push(topic) - 1;
    this.#bytes.writeUInt32LE(known, this.#size);
    this.#bytes.writeUInt32LE(size, this.#size + WORD_BYTES);
    this.#size = writeBody(this.#bytes, this.#size + HEAD_BYTES, key, value);
  }

  #reserve(more: number): void {
    const wanted = this.#size + more;
    if (wanted <= this.#bytes.length) return;
    const before = this.#bytes;
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(wanted, before.length * 2));
    before.copy(this.#bytes, 0, 0, this.#size);
  }

  /** What was added since this was last asked. */
  take(): PackedRows {
    const taken = { topics: this.#topics, bytes: this.#bytes, size: this.#size };
    this.#topics = [];
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, this.#size)); // the next ones will be about as many
    this.#size = this.rows = 0;
    return taken;
  }
}

/** @returns the rows of each append, in order */
export function unpackRows({ topics, bytes, size }: PackedRows): PackedRow[][] {
  const packed = Buffer.from(bytes.buffer, bytes.byteOffset, size);
  const appends: PackedRow[][] = [];
  for (let at = 0; at < size; ) {
    const append: PackedRow[] = [];
    let left = packed.readUInt32LE(at);
    for (at += WORD_BYTES; left > 0; left -= 1) {
      const from = at + HEAD_BYTES;
      const topic = topics[packed.readUInt32LE(at)] as string;
      at = from + packed.readUInt32LE(at + WORD_BYTES);
      append.push(new PackedRow(topic, packed, from, at));
    }
    appends.push(append);
  }
  return appends;
}
