// Bytes of the public topic to records: schemas are fetched ahead, each record is decoded when somebody first asks for it.
import { readSchema } from '@ess/schemas/catalog.ts';
import type { Codec } from '@ess/stream/codec.ts';
import type { ReadRecord } from '@ess/stream/record-batches.ts';
import type { PublicRecord } from './source.ts';

export type RecordDecoder = (partition: number, records: readonly ReadRecord[]) => Promise<readonly PublicRecord[]>;

/** The decoder rejects with EssError ESS_REGISTRY while the registry is away: nothing is known about the records then. */
export function recordDecoder(codec: Codec, unreadable: (record: PublicRecord, detail: string) => void): RecordDecoder {
  const name = (readSchema('public.rules') as { name: string }).name;
  return async (partition, records) => {
    await codec.prepare(records.map(({ value }) => value));
    return records.map((record) => new LazyRecord(partition, record, codec, name, unreadable));
  };
}

class LazyRecord implements PublicRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  #value: Buffer | null | undefined;
  #rule: object | undefined;
  readonly #read: (value: Buffer | null) => object | undefined;

  constructor(
    partition: number,
    { offset, timestampMs, value }: ReadRecord,
    codec: Codec,
    name: string,
    unreadable: (record: PublicRecord, detail: string) => void,
  ) {
    this.partition = partition;
    this.offset = offset;
    this.timestampMs = timestampMs;
    this.#value = value;
    this.#read = (bytes) => {
      const decoded = codec.decode(bytes, name);
      if (decoded.ok) return decoded.record;
      unreadable(this, decoded.detail);
      return undefined;
    };
  }

  get rule(): object | undefined {
    if (this.#value !== undefined) {
      const value = this.#value;
      this.#value = undefined; // the bytes belong to a fetch answer of many records
      this.#rule = this.#read(value);
    }
    return this.#rule;
  }
}
