// A lane over a Kafka that refuses some records for their own sake.

import type { TransactionRecord } from '@ess/stream/kafkajs/transactional-producer.ts';
import { expect, test } from '@jest/globals';
import type { Entry } from './projection-lane.ts';
import { ProjectionLane } from './projection-lane.ts';

/** Runs `count` records through a lane. @param refusal what Kafka says of a transaction with these offsets */
async function project(count: number, refusal: (offsets: readonly number[]) => string | undefined) {
  const written: number[] = [];
  const parked: Array<readonly [offset: number, reason: string, detail: string]> = [];
  let failures = 0;
  let committed = 0;
  const all = Promise.withResolvers<void>();
  const lane = new ProjectionLane({
    partition: 0,
    claim: async () => ({ commit: async () => undefined, discard: async () => undefined }),
    committed: async () => committed,
    commit: async (_producer, records, offset) => {
      const offsets = records.map(({ timestampMs }) => timestampMs);
      const type = refusal(offsets);
      if (type !== undefined) throw Object.assign(new Error(type), { type });
      written.push(...offsets);
      committed = offset;
    },
    project: (record) => ({ outputs: [{ timestampMs: record.offset } as TransactionRecord] }),
    newestOf: () => undefined,
    setNewest: () => undefined,
    reloadNewest: async () => undefined,
    park: async (refused) =>
      void parked.push(...refused.map(({ record, reason, detail }) => [record.offset, reason, detail] as const)),
    owned: () => true,
    onCommitted: (_records, next) => {
      if (next === count) all.resolve();
    },
    onFailed: () => {
      failures += 1;
    },
  });
  await lane.claim();
  lane.push(
    Array.from({ length: count }, (_, offset): Entry => {
      const record = { partition: 0, offset, key: null, value: null, timestampMs: 1, bytes: 0, headers: {} };
      return { kind: 'record', record, next: offset + 1 };
    }),
  );
  lane.start();
  await all.promise;
  await lane.stop(0);
  return { written, parked, failures };
}

test.each(['MESSAGE_TOO_LARGE', 'INVALID_TIMESTAMP', 'INVALID_RECORD', 'RECORD_LIST_TOO_LARGE'])(
  'what is refused as %s is found and parked, exactly that; the others are written once, in order',
  async (type) => {
    const culprits = [0, 5, 6, 29];
    const { written, parked } = await project(30, (offsets) =>
      offsets.some((offset) => culprits.includes(offset)) ? type : undefined,
    );
    expect(parked).toEqual(culprits.map((offset) => [offset, 'projection', expect.stringContaining(type)]));
    expect(written).toEqual(Array.from({ length: 30 }, (_, offset) => offset).filter((one) => !culprits.includes(one)));
  },
);

test('what says nothing about a record parks none, however often it is said', async () => {
  let left = 2;
  const { written, parked, failures } = await project(3, () => (left-- > 0 ? 'NOT_ENOUGH_REPLICAS' : undefined));
  expect([written, parked, failures]).toEqual([[0, 1, 2], [], 2]);
});
