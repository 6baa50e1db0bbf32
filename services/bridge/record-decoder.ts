// Bytes of the public topic to records: schemas are fetched ahead, each record is decoded when somebody first asks for it.
import { readSchema } from '@ess/schemas/catalog.ts';
import type { Codec } from '@ess/stream/codec.ts';
import type { ReadRecord } from '@ess/stream/record-batches.ts';
import type { PublicRecord } from './source.ts';

export type RecordDecoder = (partition: number, records: readonly ReadRecord[]) => Promise<readonly PublicRecord[]>;

/** The decoder rejects with EssError ESS_REGISTRY while the registry is away: nothing is known about the records then. */
export function recordDecoder(codec: Codec, unreadable: (record: PublicRecord, detail: string) => void): RecordDecoder {
  const name = (readSchema('public.rules') as { name: string }).name;
  const read: Read = (value, record) => {
    const decoded = codec.decode(value, name);
    if (decoded.ok) return decoded.record;
    unreadable(record, decoded.detail);
    return undefined;
  };
  return async (partition, records) => {
    await codec.prepare(records.map(({ value }) => value));
    return records.map((record) => new LazyRecord(partition, record, read));
  };
}

type Read = (value: Buffer | null, record: PublicRecord) => object | undefined;

class LazyRecord implements PublicRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  #value: Buffer | null | undefined;
  #rule: object | undefined;
  readonly #read: Read;

  constructor(partition: number, { offset, timestampMs, value }: ReadRecord, read: Read) {
    this.partition = partition;
    this.offset = offset;
    this.timestampMs = timestampMs;
    this.#value = value;
    this.#read = read;
  }

  get rule(): object | undefined {
    if (this.#value !== undefined) {
      const value = this.#value;
      this.#value = undefined; // the bytes belong to a fetch answer of many records
      this.#rule = this.#read(value, this);
    }
    return this.#rule;
  }
}
