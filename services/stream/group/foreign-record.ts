// What a record of others weighs, and its headers: both are theirs to choose.
import type { DeadLetter } from '@ess/schemas/generated/types.ts';
import type { KafkaMessage } from 'kafkajs';
import type { ReadRecord } from '../wire/record-batches.ts';
import type { GroupRecord } from './assignment.ts';

interface Foreign {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly message: object;
}

/** Bytes of a record in memory: a small value may have a large key or headers. */
export function weightOf({ key, value, message }: Foreign): number {
  // As it was fetched (consumer-fetch.ts); one that was made from a letter has no more than these.
  const { bytes } = message as { readonly bytes?: number };
  return bytes ?? (key?.length ?? 0) + (value?.length ?? 0);
}

type Value = Buffer | string | null | undefined;

/** As a dead letter keeps them. A header may have no value, and a name several. */
export function letterHeaders({
  headers = {},
}: {
  readonly headers?: Record<string, Value | Value[]>;
}): DeadLetter['headers'] {
  return Object.entries(headers).flatMap(([key, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => ({
      key,
      value: value == null ? null : Buffer.from(value),
    })),
  );
}

/** A record that was read back, in the form in which a group takes records in. Its headers stay undecoded until they are asked for. */
export function asTaken(record: ReadRecord): GroupRecord {
  const { partition, offset, key, value, timestampMs } = record;
  return { partition, offset, key, value, timestampMs, message: record as Pick<KafkaMessage, 'headers'> };
}
