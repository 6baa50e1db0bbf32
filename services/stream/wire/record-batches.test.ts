import { gzipSync } from 'node:zlib';
import { makeBatch, pack, recordBytes, varint } from '@ess/test/fakes/kafka/record-batch.ts';
import { describe, expect, test } from '@jest/globals';
import { decodeBatches } from './record-batches.ts';
import { Allowance, unpackBatches } from './unpack.ts';

const good = (baseOffset: number, ...values: string[]) =>
  makeBatch({ baseOffset, records: values.map((value, index) => ({ key: `k${value}`, value, offsetDelta: index })) });

const decode = async (bytes: Buffer, from = 0, allowance = new Allowance()) =>
  decodeBatches(bytes, { partition: 3, from, aborted: [], unpacked: await unpackBatches(bytes, allowance) });

async function read(bytes: Buffer, from = 0, allowance = new Allowance()) {
  const { records, next, unreadable } = await decode(bytes, from, allowance);
  return { values: records.map(({ value }) => String(value)), next, unreadable };
}

test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('records packed with %s are read', async (codec) => {
  const records = [
    { key: 'a', value: '1' },
    { key: null, value: null, headers: [['h', 'x']] as const, offsetDelta: 3 },
  ];
  const bytes = makeBatch({ baseOffset: 7, records, codec, lastOffsetDelta: 5, timestampMs: 1_000 });
  const found = await decode(bytes);
  expect(found).toMatchObject({ next: 13, unreadable: [] });
  expect(found.records.map(({ offset, key, value, timestampMs }) => [offset, key, value, timestampMs])).toEqual([
    [7, Buffer.from('a'), Buffer.from('1'), 1_000],
    [10, null, null, 1_000],
  ]);
  expect(found.records[1]?.headers).toEqual({ h: Buffer.from('x') });
});

test('where the broker sets the time, all records of a batch have its time, and offsets of their own', async () => {
  const records = [0, 1, 2].map((index) => ({ value: `${index}`, timestampDelta: 300 * index, offsetDelta: index }));
  const made = makeBatch({ baseOffset: 7, records, timestampMs: 1_000, attributes: 0x08 });
  const found = await decode(made);
  expect(found).toMatchObject({ next: 10, unreadable: [] });
  expect(found.records.map(({ offset, value, timestampMs }) => [offset, String(value), timestampMs])).toEqual([
    [7, '0', 1_000],
    [8, '1', 1_000],
    [9, '2', 1_000],
  ]);
});

test('headers: repeated ones have all their values, one without a value is there', async () => {
  const headers = [
    ['a', '1'],
    ['__proto__', 'p'],
    ['a', '2'],
    ['none', null],
  ] as const;
  const bytes = makeBatch({ records: [{ headers }] });
  const { records } = await decode(bytes);
  expect(Object.entries(records[0]?.headers ?? {})).toEqual([
    ['a', [Buffer.from('1'), Buffer.from('2')]],
    ['__proto__', Buffer.from('p')],
    ['none', undefined],
  ]);
});

test('a name that every object has is a name like any other', async () => {
  const names = ['constructor', 'toString', '__proto__', 'length'];
  const bytes = makeBatch({ records: [{ headers: names.map((name) => [name, name] as const) }] });
  const { records } = await decode(bytes);
  expect(Object.entries(records[0]?.headers ?? {}).map(([name, value]) => [name, String(value)])).toEqual(
    names.map((name) => [name, name]),
  );
});

test.each([
  ['of names of their own', (index: number) => index.toString(36)],
  ['of one name', () => 'h'],
])('a hundred thousand headers %s are read in one pass', async (_, name) => {
  const headers = Array.from({ length: 100_000 }, (_unused, index) => [name(index), ''] as const);
  const bytes = makeBatch({ records: [{ headers }] });
  const { records } = await decode(bytes);
  expect(Object.values(records[0]?.headers ?? {}).flat()).toHaveLength(100_000);
});

const record = recordBytes({ key: 'k', value: 'v' });

describe('what is malformed is told with its place, and what comes before and after it is read', () => {
  test.each([
    ['a codec of tomorrow', makeBatch({ bytes: record, count: 1, attributes: 5 }), /codec 5/],
    ['gzip that is none', makeBatch({ bytes: Buffer.from('no gzip at all'), count: 1, codec: 'gzip' }), /not gzip/],
    ['gzip that is cut', makeBatch({ bytes: gzipSync(record).subarray(0, 20), count: 1, codec: 'gzip' }), /not gzip/],
    ['snappy that is none', makeBatch({ bytes: Buffer.from('no snappy'), count: 1, codec: 'snappy' }), /not snappy/],
    [
      'snappy that is cut',
      makeBatch({ bytes: pack('snappy', record).subarray(0, -3), count: 1, codec: 'snappy' }),
      /not snappy/,
    ],
    ['lz4 that is none', makeBatch({ bytes: Buffer.from('no lz4 at all'), count: 1, codec: 'lz4' }), /not lz4/],
    ['lz4 that is cut', makeBatch({ bytes: pack('lz4', record).subarray(0, -6), count: 1, codec: 'lz4' }), /not lz4/],
    [
      'lz4 without its end',
      makeBatch({ bytes: pack('lz4', record).subarray(0, -4), count: 1, codec: 'lz4' }),
      /not lz4/,
    ],
    ['zstd that is none', makeBatch({ bytes: Buffer.from('no zstd at all'), count: 1, codec: 'zstd' }), /not zstd/],
    ['format 1', makeBatch({ records: [{ value: 'x' }], magic: 1 }), /format 1/],
    ['more records than bytes', makeBatch({ bytes: record, count: 2 ** 31 - 1 }), /records in/],
    ['a negative count', makeBatch({ bytes: record, count: -1 }), /records in/],
    ['one record too many', makeBatch({ bytes: Buffer.concat([record, Buffer.alloc(9)]), count: 2 }), /malformed/],
    [
      'a record longer than the batch',
      makeBatch({ bytes: Buffer.concat([varint(900), record]), count: 1 }),
      /malformed/,
    ],
    ['a record of negative length', makeBatch({ bytes: Buffer.concat([varint(-9), record]), count: 1 }), /malformed/],
    [
      'a key longer than its record',
      makeBatch({ bytes: Buffer.concat([varint(8), Buffer.from([0, 0, 0]), varint(2 ** 40), record]), count: 1 }),
      /malformed/,
    ],
    ['varints without an end', makeBatch({ bytes: Buffer.alloc(64, 0xff), count: 1 }), /malformed/],
    ['an offset of another batch', makeBatch({ records: [{ offsetDelta: 99 }] }), /offset/],
    ['offsets that go back', makeBatch({ records: [{ offsetDelta: 1 }, { offsetDelta: 0 }] }), /offset/],
  ])('%s', async (_, bad, why) => {
    bad.writeBigInt64BE(12n, 0); // at 12 and 13
    bad.writeInt32BE(1, 23);
    const found = await read(Buffer.concat([good(10, 'a', 'b'), bad, good(14, 'c')]), 11);
    expect(found).toMatchObject({ values: ['b', 'c'], next: 15 });
    expect(found.unreadable).toEqual([{ offset: 12, next: 14, why: expect.stringMatching(why) }]);
  });

  test.each([-12, 0, 48])('a batch that says it has %i bytes: nobody knows what comes after', async (length) => {
    const bad = makeBatch({ baseOffset: 12, records: [{ value: 'x' }], length });
    const found = await read(Buffer.concat([good(10, 'a', 'b'), bad, good(13, 'c')]));
    expect(found).toMatchObject({ values: ['a', 'b'], next: 13, unreadable: [{ offset: 12, next: 13 }] });
  });

  test('a batch that is cut is for the next fetch', async () => {
    const bytes = Buffer.concat([good(10, 'a'), good(11, 'b').subarray(0, 62)]);
    expect(await read(bytes)).toMatchObject({ values: ['a'], next: 11, unreadable: [] });
  });

  test('a time beyond the calendar is the last of it, one before 1970 none', async () => {
    const records = [{ timestampDelta: 2 ** 53 }, { timestampDelta: -(2 ** 51), offsetDelta: 1 }];
    const bytes = makeBatch({ records });
    const found = await decode(bytes);
    expect(found.records.map(({ timestampMs }) => timestampMs)).toEqual([8.64e15, -1]);
  });
});

describe('what is unpacked is bounded', () => {
  const zeros = (baseOffset: number, codec: 'gzip' | 'zstd', bytes: number) =>
    makeBatch({ baseOffset, records: [{ value: Buffer.alloc(bytes) }], codec });
  const allowance = () => new Allowance(100_000);

  test.each(['gzip', 'zstd'] as const)('a batch of %s that unpacks to more than anybody needs', async (codec) => {
    const found = await read(Buffer.concat([zeros(5, codec, 100_000), good(6, 'a')]), 0, allowance());
    expect(found).toMatchObject({ values: ['a'], next: 7 });
    expect(found.unreadable).toEqual([{ offset: 5, next: 6, why: expect.stringContaining('more than 100000') }]);
  });

  test('several that do not fit beside each other come one fetch after the other', async () => {
    const first = zeros(5, 'gzip', 60_000);
    const bytes = Buffer.concat([first, zeros(6, 'gzip', 60_000), good(7, 'a')]);
    expect(await read(bytes, 0, allowance())).toMatchObject({ next: 6, unreadable: [], values: { length: 1 } });
    expect(await read(bytes.subarray(first.length), 0, allowance())).toMatchObject({ next: 8, unreadable: [] });
    // Beside another partition of the same answer.
    const shared = allowance();
    await unpackBatches(bytes, shared);
    expect(await read(bytes, 0, shared)).toMatchObject({ values: [], next: 0, unreadable: [] });
  });

  test('64 MB is the most', () => {
    expect(new Allowance().maxBytes).toBe(64 * 1024 * 1024);
  });
});
