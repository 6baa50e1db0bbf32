// What the hub needs of Kafka: @ess/stream/read/topic-reader.ts has it.
import type { Plan } from '@ess/domain/avro/avro-resolution.ts';
import type { PartitionBounds, PartitionRead } from '@ess/stream/read/topic-reader.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';

export interface Source {
  readonly partitions: readonly number[];
  bounds(): Promise<readonly PartitionBounds[]>;
  /** By partition: the first offset at or after the time; undefined where there is none. */
  offsetsAt(timestampMs: number): Promise<ReadonlyArray<number | undefined>>;
  fetch(
    positions: ReadonlyArray<{ partition: number; offset: number }>,
    bounds: { maxWaitMs: number; maxBytes: number; maxBytesPerPartition: number; kept?: boolean },
  ): Promise<readonly PartitionRead[]>;
}

export interface HistorySource extends Source {
  /** After an error. */
  refresh(): Promise<void>;
}

/** A record of the public topic, decoded at most once however many views want it. */
export interface PublicRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  /** Undefined when the bytes cannot be read: in nobody's scope. */
  readonly rule: object | undefined;
  /** Its bytes, and how they are read, for who does that himself; absent: there is only `rule`. */
  readonly raw?: ReadRecord;
  readonly plan?: Plan | undefined;
}
