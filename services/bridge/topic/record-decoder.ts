// Bytes of the public topic to records: schemas are fetched ahead, each record is decoded when somebody asks for it.
import { PUBLIC_TOPIC } from '@ess/schemas/topics.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import type { PublicRecord } from './source.ts';

export type RecordDecoder = (partition: number, records: readonly ReadRecord[]) => Promise<readonly PublicRecord[]>;

/**
 * The decoder rejects with EssError ESS_REGISTRY while the registry is away: nothing is known about the records then.
 * @param once whether what was decoded stays for the next who asks: many views ask for a live record at once, but history is
 *   kept for long, and to keep its objects alive costs the collector more than to decode again (bench F3)
 */
export function recordDecoder(
  codec: Codec,
  once: boolean,
  unreadable: (record: PublicRecord, detail: string) => void,
): RecordDecoder {
  const read: Read = (value, record) => {
    const decoded = codec.decode(value, PUBLIC_TOPIC);
    if (decoded.ok) return decoded.record;
    unreadable(record, decoded.detail);
    return undefined;
  };
  return async (partition, records) => {
    await codec.prepare(records.map(({ value }) => value));
    return records.map((record) => new (once ? LiveRecord : LazyRecord)(partition, record, read));
  };
}

type Read = (value: Buffer | null, record: PublicRecord) => object | undefined;

class LazyRecord implements PublicRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly #record: ReadRecord;
  readonly #read: Read;

  constructor(partition: number, record: ReadRecord, read: Read) {
    this.partition = partition;
    this.offset = record.offset;
    this.timestampMs = record.timestampMs;
    this.#record = record;
    this.#read = read;
  }

  get rule(): object | undefined {
    return this.#read(this.#record.value, this);
  }
}

class LiveRecord extends LazyRecord {
  #rule: object | null | undefined = null;

  override get rule(): object | undefined {
    if (this.#rule === null) this.#rule = super.rule;
    return this.#rule;
  }
}
