import { createRequire } from 'node:module';
import { makeBatch } from '@ess/test/fakes/record-batch.ts';
import { expect, test } from '@jest/globals';
import type { Cluster } from 'kafkajs';
import type { OnUnreadable } from './consumer-fetch.ts';
import { decodeFetches, watchFetches } from './consumer-fetch.ts';

const inner = createRequire(import.meta.url);
const response = inner('kafkajs/src/protocol/requests/fetch/v11/response.js') as {
  decode(answer: Buffer): Promise<{ responses: Array<{ partitions: object[] }> }>;
};
const Batch = inner('kafkajs/src/consumer/batch.js') as new (topic: string, from: string, found: object) => KafkaBatch;

interface KafkaBatch {
  readonly messages: ReadonlyArray<{ offset: string; value: Buffer | null }>;
  firstOffset(): string | null;
  lastOffset(): string;
  isEmptyDueToFiltering(): boolean;
}

/** An answer about partition 3 of `t`; `aborted`: producer id and first offset. */
function answerOf(batches: Buffer, aborted: ReadonlyArray<readonly [bigint, number]> = []): Buffer {
  const parts: Buffer[] = [];
  const int = (value: number | bigint, bytes: 2 | 4 | 8) => {
    const part = Buffer.alloc(bytes);
    if (bytes === 8) part.writeBigInt64BE(BigInt(value));
    else part.writeIntBE(Number(value), 0, bytes);
    parts.push(part);
  };
  int(0, 4); // throttle
  int(0, 2);
  int(7, 4); // session
  int(1, 4);
  int(1, 2);
  parts.push(Buffer.from('t'));
  int(1, 4);
  int(3, 4);
  int(0, 2);
  int(100, 8); // high watermark
  int(100, 8);
  int(0, 8);
  int(aborted.length, 4);
  for (const [producerId, firstOffset] of aborted) {
    int(producerId, 8);
    int(firstOffset, 8);
  }
  int(-1, 4);
  int(batches.length, 4);
  return Buffer.concat([...parts, batches]);
}

/** As a consumer that fetches from `from` is given it. */
async function fetched(
  batches: Buffer,
  from: number,
  onUnreadable: OnUnreadable,
  aborted?: Parameters<typeof answerOf>[1],
) {
  decodeFetches();
  const broker = { fetch: async () => response.decode(answerOf(batches, aborted)) };
  const cluster = { findBroker: async () => broker };
  watchFetches(cluster as unknown as Cluster, onUnreadable);
  const fetching = (await cluster.findBroker()) as unknown as {
    fetch(request: object): ReturnType<typeof response.decode>;
  };
  const request = { topics: [{ topic: 't', partitions: [{ partition: 3, fetchOffset: String(from) }] }] };
  const { responses } = await fetching.fetch(request);
  const batch = new Batch('t', String(from), responses[0]?.partitions[0] as object);
  const { messages } = batch;
  return { values: messages.map(({ value }) => String(value)), last: batch.lastOffset(), batch };
}

const one = (baseOffset: number, value: string, more: object = {}) =>
  makeBatch({ baseOffset, records: [{ value }], ...more });
const packed = (baseOffset: number) => one(baseOffset, 'x', { codec: 'lz4' });
const pass: OnUnreadable = () => 'pass';

test('what cannot be read is a hole for a reader that passes it', async () => {
  const told: unknown[] = [];
  const batches = Buffer.concat([one(4, 'a'), packed(5), one(6, 'b'), packed(7)]);
  const { values, last } = await fetched(batches, 4, (...place) => {
    told.push(place.slice(0, 2), place[2].offset, place[3]);
    return 'pass';
  });
  expect([values, last]).toEqual([['a', 'b'], '7']);
  expect(told).toEqual([['t', 3], 5, false, ['t', 3], 7, false]);
});

test('nothing but what cannot be read is passed as transaction markers are', async () => {
  const { batch, last } = await fetched(packed(4), 4, pass);
  expect([batch.messages, batch.isEmptyDueToFiltering(), last]).toEqual([[], true, '4']);
});

test('a reader that holds gets what comes before, and then nothing', async () => {
  const places: Array<[number, boolean]> = [];
  const hold: OnUnreadable = (_topic, _partition, { offset }, isNext) => {
    places.push([offset, isNext]);
    return 'hold';
  };
  const batches = Buffer.concat([one(4, 'a'), packed(5), one(6, 'b')]);
  expect(await fetched(batches, 4, hold)).toMatchObject({ values: ['a'], last: '4' });
  const { batch } = await fetched(batches.subarray(one(4, 'a').length), 5, hold);
  expect([batch.messages, batch.firstOffset(), batch.isEmptyDueToFiltering()]).toEqual([[], null, false]);
  expect(places).toEqual([
    [5, false],
    [5, true],
  ]);
});

test('a transaction that was taken back is left out, and its marker passed', async () => {
  const transactional = { attributes: 0x10, producerId: 9n };
  const marker = makeBatch({
    baseOffset: 6,
    records: [{ key: Buffer.from([0, 0, 0, 0]) }],
    attributes: 0x30,
    producerId: 9n,
  });
  const batches = Buffer.concat([one(4, 'a'), one(5, 'gone', transactional), marker, one(7, 'b', transactional)]);
  expect(await fetched(batches, 4, pass, [[9n, 5]])).toMatchObject({ values: ['a', 'b'], last: '7' });
  expect(await fetched(batches.subarray(0, -one(7, 'b').length), 4, pass, [[9n, 5]])).toMatchObject({
    values: ['a'],
    last: '6',
  });
});
