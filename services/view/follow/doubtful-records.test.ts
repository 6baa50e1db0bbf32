import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import { expect, test } from '@jest/globals';
import { DoubtfulRecords } from './doubtful-records.ts';

const record = (key: string | null, offset: number, bytes = 10): ReadRecord => ({
  ...{ partition: 0, offset, timestampMs: 1_000, bytes, headers: {} },
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from('v'),
});

test('the newest of each key is kept, until one comes that can be read', () => {
  const doubtful = new DoubtfulRecords();
  const kept = () => doubtful.all.map(({ key, offset }) => `${key} ${offset}`);
  doubtful.take(record('a', 1), true);
  doubtful.take(record('b', 2), true);
  doubtful.take(record(null, 3), true);
  doubtful.take(record('a', 4), true);
  expect(kept()).toEqual(['b 2', 'a 4']);
  doubtful.take(record('b', 5), false);
  expect(kept()).toEqual(['a 4']);
});

test('however many there are, they take so much memory and no more', () => {
  const doubtful = new DoubtfulRecords();
  const large = 9_000_000;
  doubtful.take(record('a', 1, large), true);
  doubtful.take(record('b', 2, large), true);
  expect(doubtful.all).toMatchObject([{ offset: 1 }]);
  doubtful.take(record('a', 3, large), true);
  expect(doubtful.all).toMatchObject([{ offset: 3 }]);
  doubtful.take(record('a', 4), false);
  doubtful.take(record('b', 5, large), true);
  expect(doubtful.all).toMatchObject([{ offset: 5 }]);
});
