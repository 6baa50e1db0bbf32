// Bytes of the public topic to records: schemas are fetched ahead, each record is decoded when somebody asks for it.
import type { Plan } from '@ess/domain/avro/avro-resolution.ts';
import { PUBLIC_TOPIC } from '@ess/schemas/topics.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import { HEADER_BYTES, ID_AT, MAGIC } from '@ess/stream/registry/wire-format.ts';
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
  let known: { readonly id: number; readonly plan: Plan } | undefined;
  const planOf = (record: ReadRecord): Plan | undefined => {
    const id = idIn(record);
    if (id === undefined) return undefined;
    if (known?.id === id) return known.plan;
    const plan = codec.planOf(id, PUBLIC_TOPIC);
    if (plan) known = { id, plan };
    return plan;
  };
  return async (partition, records) => {
    await codec.prepare(oneOfEachSchema(records));
    return records.map((record) =>
      once ? new LiveRecord(partition, record, read) : new LazyRecord(partition, record, read, planOf),
    );
  };
}

/** Values that name all schemas of these records: few do, and each value is a slice that has to be made. */
function oneOfEachSchema(records: readonly ReadRecord[]): Array<Buffer | null> {
  const values = new Map<number, Buffer | null>();
  let last = -1;
  for (const [index, record] of records.entries()) {
    const id = idIn(record) ?? -1 - index;
    if (id !== last && !values.has(id)) values.set(id, record.value);
    last = id;
  }
  return [...values.values()];
}

/** Of its schema; undefined: the value tells, or nothing does. */
function idIn({ batch, valueFrom = -1, valueEnd = 0 }: ReadRecord): number | undefined {
  if (batch === undefined || valueFrom < 0 || valueEnd - valueFrom < HEADER_BYTES) return undefined;
  return batch[valueFrom] === MAGIC ? batch.readInt32BE(valueFrom + ID_AT) : undefined;
}

type Read = (value: Buffer | null, record: PublicRecord) => object | undefined;
type PlanOf = (record: ReadRecord) => Plan | undefined;

class LazyRecord implements PublicRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly raw: ReadRecord;
  readonly #read: Read;
  readonly #planOf: PlanOf | undefined;

  constructor(partition: number, record: ReadRecord, read: Read, planOf?: PlanOf) {
    this.partition = partition;
    this.offset = record.offset;
    this.timestampMs = record.timestampMs;
    this.raw = record;
    this.#read = read;
    this.#planOf = planOf;
  }

  get rule(): object | undefined {
    return this.#read(this.raw.value, this);
  }

  get plan(): Plan | undefined {
    return this.#planOf?.(this.raw);
  }
}

class LiveRecord extends LazyRecord {
  #rule: object | null | undefined = null;

  override get rule(): object | undefined {
    if (this.#rule === null) this.#rule = super.rule;
    return this.#rule;
  }
}
