import { describe, expect, test } from '@jest/globals';
import type { Codec, Decoded } from '../registry/codec.ts';
import type { ReadRecord } from '../wire/record-batches.ts';
import { decodedRecords, rows } from './rows.ts';

const recordOf = (offset: number, value: string | null): ReadRecord => ({
  partition: 1,
  offset,
  timestampMs: 5,
  bytes: 9,
  key: Buffer.from(`k${offset}`),
  headers: {},
  value: value === null ? null : Buffer.from(value),
});

async function* batchesOf(...batches: ReadRecord[][]): AsyncGenerator<ReadRecord[]> {
  yield* batches;
}

/** Text that begins with "good" decodes; what was not prepared does not. */
function codecOf() {
  const prepared = new Set<string>();
  const topics = new Set<unknown>();
  const codec: Pick<Codec, 'prepare' | 'decode'> = {
    prepare: async (values) => {
      for (const value of values) prepared.add(String(value));
    },
    decode: (value, topic): Decoded => {
      topics.add(topic);
      if (value === null) return { ok: false, reason: 'tombstone', detail: 'the record has no value' };
      if (!prepared.has(String(value))) return { ok: false, reason: 'unknown-schema', detail: 'not prepared' };
      if (!String(value).startsWith('good')) return { ok: false, reason: 'decode', detail: 'bad' };
      return { ok: true, record: { text: String(value) } };
    },
  };
  return { codec: codec as Codec, prepared, topics };
}

describe('rows', () => {
  test('each batch is prepared before it is decoded, and comes with its records', async () => {
    const { codec, topics } = codecOf();
    const found: unknown[] = [];
    for await (const batch of rows(codec, 'ess.audit', batchesOf([recordOf(0, 'good a')], [recordOf(1, 'good b')])))
      found.push(batch.map(({ record, row }) => [record.offset, row]));
    expect(found).toEqual([[[0, { text: 'good a' }]], [[1, { text: 'good b' }]]]);
    expect([...topics]).toEqual(['ess.audit']);
  });

  test('what is not wanted costs no decoding; what is no row is told and left out; no batch is empty', async () => {
    const { codec, prepared } = codecOf();
    const told: unknown[] = [];
    const batches = batchesOf(
      [recordOf(0, 'good a'), recordOf(1, 'bad'), recordOf(2, null), recordOf(3, 'good d')],
      [recordOf(4, 'bad')],
      [recordOf(5, 'good not mine')],
    );
    const found: unknown[] = [];
    const wanted = ({ offset }: ReadRecord) => offset !== 3 && offset !== 5;
    const unreadable = ({ offset }: ReadRecord, detail: string) => told.push([offset, detail]);
    for await (const batch of rows(codec, 'ess.audit', batches, { wanted, unreadable })) found.push(batch.length);
    expect(found).toEqual([1]);
    expect(told).toEqual([
      [1, 'bad'],
      [2, 'the record has no value'],
      [4, 'bad'],
    ]);
    expect([...prepared].sort()).toEqual(['bad', 'good a', 'null']);
  });

  test('who stops early ends the reading', async () => {
    const { codec } = codecOf();
    let ended = false;
    async function* endless(): AsyncGenerator<ReadRecord[]> {
      try {
        for (let offset = 0; ; offset += 1) yield [recordOf(offset, 'good')];
      } finally {
        ended = true;
      }
    }
    for await (const _ of rows(codec, 'ess.audit', endless())) break;
    expect(ended).toBe(true);
  });
});

test('decodedRecords has all of them, with what each came to', async () => {
  const { codec } = codecOf();
  const found: unknown[] = [];
  for await (const batch of decodedRecords(codec, undefined, batchesOf([recordOf(0, 'good'), recordOf(1, 'bad')])))
    found.push(...batch.map(({ record, decoded }) => [record.offset, decoded.ok]));
  expect(found).toEqual([
    [0, true],
    [1, false],
  ]);
});
