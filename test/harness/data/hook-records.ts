// What a hook's topic holds: decoded as the registry says, and how often each idempotency key is there.
import type { BedChanged } from '@ess/schemas/generated/types.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import type { TestStack } from '../test-stack.ts';

export interface HookRecord {
  readonly key: string | undefined;
  readonly partner: string | undefined;
  readonly record: BedChanged;
}

/** @throws when a record is not a BedChanged: nothing else may be in a hook's topic */
export async function hookRecords(stack: TestStack, topic: string): Promise<HookRecord[]> {
  const codec = new Codec(stack.registry);
  const records: HookRecord[] = [];
  const unreadable = (_: ReadRecord, detail: string): never => {
    throw new Error(`a record of ${topic} is no BedChanged: ${detail}`);
  };
  for await (const batch of rows(codec, 'hospital.bedChange', read(stack.kafka, { topic }), { unreadable }))
    for (const { record, row } of batch) {
      const idempotencyKey = record.headers['idempotency-key'];
      records.push({
        key: idempotencyKey === undefined ? undefined : String(idempotencyKey),
        partner: record.key?.toString(),
        record: row,
      });
    }
  return records;
}

/** Keys that were answered and are not in the topic, or that are there more than once. */
export function judgeKeys(answered: Iterable<string>, records: readonly HookRecord[]) {
  const times = new Map<string, number>();
  for (const { key } of records) if (key !== undefined) times.set(key, (times.get(key) ?? 0) + 1);
  return {
    lost: [...answered].filter((key) => !times.has(key)),
    repeated: [...times].filter(([, count]) => count > 1).map(([key]) => key),
  };
}
