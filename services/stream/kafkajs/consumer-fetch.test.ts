import { createRequire } from 'node:module';
import { fetchAnswer } from '@ess/test/fakes/kafka/fake-cluster.ts';
import { makeBatch } from '@ess/test/fakes/kafka/record-batch.ts';
import { expect, test } from '@jest/globals';
import type { FetchingCluster, OnUnreadable } from './consumer-fetch.ts';
import { decodeFetches, recordOf, watchFetches } from './consumer-fetch.ts';

const inner = createRequire(import.meta.url);
const response = inner('kafkajs/src/protocol/requests/fetch/v11/response.js') as {
  decode(answer: Buffer): ReturnType<Awaited<ReturnType<FetchingCluster['findBroker']>>['fetch']>;
};
const Batch = inner('kafkajs/src/consumer/batch.js') as new (topic: string, from: string, found: object) => KafkaBatch;

interface KafkaBatch {
  readonly messages: readonly object[];
  firstOffset(): string | null;
  lastOffset(): string;
  isEmptyDueToFiltering(): boolean;
}

type Aborted = ReadonlyArray<readonly [producerId: bigint, firstOffset: number]>;

/** As a consumer that fetches from `from` is given it. */
async function fetched(batches: Buffer, from: number, onUnreadable: OnUnreadable, aborted: Aborted = []) {
  decodeFetches();
  const broker = { fetch: async () => response.decode(fetchAnswer('t', [{ partition: 3, batches, aborted }])) };
  const cluster: FetchingCluster = { findBroker: async () => broker };
  watchFetches(cluster, onUnreadable);
  const fetching = await cluster.findBroker({ nodeId: '1' });
  const request = { topics: [{ topic: 't', partitions: [{ partition: 3, fetchOffset: String(from) }] }] };
  const { responses } = await fetching.fetch(request);
  const batch = new Batch('t', String(from), responses[0]?.partitions[0] as object);
  const { messages } = batch;
  const values = messages.flatMap((message) => recordOf(message) ?? []).map(({ value }) => String(value));
  return { values, last: batch.lastOffset(), batch };
}

const one = (baseOffset: number, value: string, more: object = {}) =>
  makeBatch({ baseOffset, records: [{ value }], ...more });
const packed = (baseOffset: number) => one(baseOffset, 'x', { attributes: 5 });
const none: OnUnreadable = () => {
  throw new Error('nothing here is unreadable');
};

test('what comes before a place that cannot be read is handed over, and then nothing', async () => {
  const places: Array<[number, boolean]> = [];
  const told: OnUnreadable = (_topic, _partition, { offset }, isNext) => places.push([offset, isNext]);
  const batches = Buffer.concat([one(4, 'a'), packed(5), one(6, 'b'), packed(7)]);
  expect(await fetched(batches, 4, told)).toMatchObject({ values: ['a'], last: '4' });
  const { batch } = await fetched(batches.subarray(one(4, 'a').length), 5, told);
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
  expect(await fetched(batches, 4, none, [[9n, 5]])).toMatchObject({ values: ['a', 'b'], last: '7' });
  expect(await fetched(batches.subarray(0, -one(7, 'b').length), 4, none, [[9n, 5]])).toMatchObject({
    values: ['a'],
    last: '6',
  });
  const { values, last, batch } = await fetched(marker, 6, none);
  expect([values, last]).toEqual([[], '6']);
  expect(batch.isEmptyDueToFiltering()).toBe(false); // kafkajs would keep it from the handler
});
