// Batches as Kafka's own client writes them (kafka-clients 4.3.1, MemoryRecords): what we read is held against its bytes, and
// against nothing of ours.
import { describe, expect, test } from '@jest/globals';
import { decodeBatches } from '../wire/record-batches.ts';
import { Allowance, unpackBatches } from '../wire/unpack.ts';

/** Three records from offset 41 on, of a transaction of producer 9. */
const BATCHES = {
  none:
    '0000000000000029000000740000000002c79a90060010000000020000018bcfe568000000018bcfe5692c0000000000' +
    '00000900010000000500000003540000001077696c64666972651869637520626564733a203130040e76657273696f6e' +
    '0237086e6f6e65010e00d804020101001e00ac02041077696c64666972650000',
  gzip:
    '0000000000000029000000810000000002480791ed0011000000020000018bcfe568000000018bcfe5692c0000000000' +
    '000009000100000005000000031f8b08000000000000ff0b6160601028cfcc4949cb2c4a95c84c2e55484a4d29b65230' +
    '3460e12b4b2d2acecccf6332e7c8cbcf4b65e463b8c1c2c4c8c820c7b0868905ae8781010098539f8b43000000',
  zstd:
    '00000000000000290000008000000000025cca92ef0014000000020000018bcfe568000000018bcfe5692c0000000000' +
    '0000090001000000050000000328b52ffd0058180200540000001077696c64666972651869637520626564733a203130' +
    '040e76657273696f6e0237086e6f6e65010e00d804020101001e00ac02041077696c64666972650000010000',
  snappy:
    '00000000000000290000008b0000000002d52720560012000000020000018bcfe568000000018bcfe5692c0000000000' +
    '0000090001000000050000000382534e415050590000000001000000010000004643f042540000001077696c64666972' +
    '651869637520626564733a203130040e76657273696f6e0237086e6f6e65010e00d804020101001e00ac02041077696c' +
    '64666972650000',
  lz4:
    '00000000000000290000008300000000027c090e700013000000020000018bcfe568000000018bcfe5692c0000000000' +
    '0000090001000000050000000304224d1860408243000080540000001077696c64666972651869637520626564733a20' +
    '3130040e76657273696f6e0237086e6f6e65010e00d804020101001e00ac02041077696c6466697265000000000000',
};

/** The first batch again, without a transaction; the broker has set the time of all records. */
const TIMED_BY_BROKER =
  '000000000000002900000074ffffffff021ef9f5380008000000020000018bcfe56800000001a221dc4c14ffffffffff' +
  'ffffffffffffffffff00000003540000001077696c64666972651869637520626564733a203130040e76657273696f6e' +
  '0237086e6f6e65010e00d804020101001e00ac02041077696c64666972650000';

/** At offset 44, of producer 9. */
const MARKERS = {
  commit:
    '000000000000002c000000420000000002d79824c00030000000000000018bcfe569900000018bcfe569900000000000' +
    '0000090001ffffffff000000012000000008000000010c00000000000300',
  abort:
    '000000000000002c00000042000000000223a6f2880030000000000000018bcfe569900000018bcfe569900000000000' +
    '0000090001ffffffff000000012000000008000000000c00000000000300',
};

const FIRST_MS = 1_700_000_000_000;
const RECORDS = [
  [41, FIRST_MS, 'wildfire', 'icu beds: 10', { version: Buffer.from('7'), none: undefined }],
  [42, FIRST_MS + 300, null, null, {}],
  [43, FIRST_MS + 150, 'wildfire', '', {}],
];

async function decode(hex: string, aborted: ReadonlyArray<{ producerId: bigint; firstOffset: number }> = [], from = 0) {
  const bytes = Buffer.from(hex, 'hex');
  const unpacked = await unpackBatches(bytes, new Allowance());
  const { records, ...rest } = decodeBatches(bytes, { partition: 3, from, aborted, unpacked });
  const found = records.map(({ offset, timestampMs, key, value, headers }) => {
    const texts = [key, value].map((bytes) => bytes && String(bytes));
    return [offset, timestampMs, ...texts, { ...headers }];
  });
  return { ...rest, records: found };
}

describe('a transaction that was committed', () => {
  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('packed with %s', async (codec) => {
    const found = await decode(BATCHES[codec] + MARKERS.commit);
    expect(found).toEqual({ records: RECORDS, next: 45, unreadable: [] });
  });

  test('from the middle of it', async () => {
    expect(await decode(BATCHES.gzip, [], 43)).toEqual({ records: RECORDS.slice(2), next: 44, unreadable: [] });
  });
});

test('a transaction that was aborted, and the next one of the same producer', async () => {
  const next = BATCHES.none.replace(/^.{16}/, '000000000000002d'); // at offset 45
  const found = await decode(BATCHES.zstd + MARKERS.abort + next, [{ producerId: 9n, firstOffset: 41 }]);
  expect(found).toMatchObject({ next: 48, unreadable: [] });
  expect(found.records.map(([offset]) => offset)).toEqual([45, 46, 47]);
});

test('times that the broker has set', async () => {
  const { records } = await decode(TIMED_BY_BROKER);
  const times = new Set(records.map(([, timestampMs]) => timestampMs));
  expect(records.map(([offset]) => offset)).toEqual([41, 42, 43]);
  expect([...times]).toEqual([Number.parseInt(TIMED_BY_BROKER.slice(70, 86), 16)]);
});
