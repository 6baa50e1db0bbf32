// Records of topics, decoded: of what read.ts and follow.ts hand over, the schemas are fetched and each record is decoded.
import type { ReadAs } from '@ess/domain/avro/read-as.ts';
import type {
  BedChanged,
  Command,
  DeadLetter,
  DeadLetterState,
  DeliveryAttempt,
  DeliveryState,
  PublicRule,
  RulePublished,
  StreamState,
} from '@ess/schemas/generated/types.ts';
import type { Decoded, Decodes } from '../registry/codec.ts';
import type { ReadRecord } from '../wire/record-batches.ts';

/** The type that our schema of a topic has. */
export interface RowOf {
  readonly rules: RulePublished;
  readonly 'rules.latest': RulePublished;
  readonly 'public.rules': PublicRule;
  readonly 'hospital.bedChange': BedChanged;
  readonly 'ess.audit': DeliveryAttempt;
  readonly 'ess.control': Command;
  readonly 'ess.dead-letters': DeadLetter;
  readonly 'ess.dead-letter-state': DeadLetterState;
  readonly 'ess.delivery-state': DeliveryState;
  readonly 'ess.stream-state': StreamState;
}

export interface ReadRow<T> {
  readonly record: ReadRecord;
  readonly row: T;
}

export interface DecodedRecord {
  readonly record: ReadRecord;
  readonly decoded: Decoded;
}

export interface RowOptions {
  /** The others are left aside without being decoded. */
  readonly wanted?: (record: ReadRecord) => boolean;
  /** Told of each record that is no such row, which is left out. A tombstone is none. */
  readonly unreadable?: (record: ReadRecord, detail: string) => void;
}

type Batches = AsyncIterable<readonly ReadRecord[]>;

/**
 * The rows that can be decoded, in batches that are not empty.
 * @param topic whose record each has to be, wherever the batches come from
 * @throws EssError ESS_REGISTRY when the registry does not answer
 */
export async function* rows<Topic extends keyof RowOf>(
  codec: Decodes,
  topic: Topic,
  batches: Batches,
  { wanted, unreadable }: RowOptions = {},
): AsyncGenerator<ReadonlyArray<ReadRow<RowOf[Topic]>>> {
  for await (const batch of decodedRecords(codec, topic, batches, wanted)) {
    const found: Array<ReadRow<RowOf[Topic]>> = [];
    // `decode` has checked that the record's schema resolves into the topic's.
    for (const { record, decoded } of batch)
      if (decoded.ok) found.push({ record, row: decoded.record as unknown as RowOf[Topic] });
      else unreadable?.(record, decoded.detail);
    if (found.length > 0) yield found;
  }
}

/**
 * Every record with what it decodes to, in batches that are not empty.
 * @param as what each is read as: a topic whose schema this program was built with; undefined: as it was written
 * @throws EssError ESS_REGISTRY when the registry does not answer
 */
export async function* decodedRecords(
  codec: Decodes,
  as: string | ReadAs | undefined,
  batches: Batches,
  wanted?: (record: ReadRecord) => boolean,
): AsyncGenerator<readonly DecodedRecord[]> {
  for await (const batch of batches) {
    const mine = wanted ? batch.filter(wanted) : batch;
    if (mine.length === 0) continue;
    await codec.prepare(mine.map(({ value }) => value));
    yield mine.map((record) => ({ record, decoded: codec.decode(record.value, as) }));
  }
}
