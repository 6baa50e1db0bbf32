// Rows of the index, as what they say.
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import { AUDIT_TOPIC } from '@ess/schemas/topics.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { IndexedRow, Place } from './audit-file.ts';

export interface Audited {
  readonly row: DeliveryAttempt;
  readonly record: Place;
}

/** @throws when one of them cannot be decoded, which its record could */
export async function decodedRows(
  codec: Pick<Codec, 'prepare' | 'decode'>,
  found: readonly IndexedRow[],
): Promise<Audited[]> {
  const values = found.map(({ value }) => Buffer.from(value));
  await codec.prepare(values);
  return found.map(({ partition, offset, timestampMs }, at) => {
    const value = codec.decode(values[at] ?? null, AUDIT_TOPIC);
    if (!value.ok) throw new Error(`row ${partition}:${offset} cannot be read: ${value.detail}`);
    return { row: value.record as unknown as DeliveryAttempt, record: { partition, offset, timestampMs } };
  });
}
