import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deliveryId, letterDeliveryId } from './delivery-id.ts';

const RECORD = { partition: 3, offset: 42, timestampMs: 1_764_000_000_000 };
const LETTER = { partner: 'hospital', topic: 'rules', partition: 3, offset: 42 };

test('the same record to the same partner has the same id, for ever', () => {
  // Written down: a change of these values would make partners take old deliveries for new ones.
  expect(deliveryId('cluster-1', 'hospital', 'rules', RECORD)).toBe('6CkdKVk2W7pQ4ifHnJpktw');
  expect(letterDeliveryId('cluster-1', { ...LETTER, deliveryId: null })).toBe('THteMEubFkvSrgKpe5akxQ');
});

test('a letter keeps the id that it was parked with', () => {
  expect(letterDeliveryId('cluster-1', { ...LETTER, deliveryId: 'as-it-was' })).toBe('as-it-was');
});

test('every part of its place counts, and so do cluster, partner, its time and a replay with new ids', () => {
  const ids = [
    deliveryId('cluster-1', 'hospital', 'rules', RECORD),
    deliveryId('cluster-2', 'hospital', 'rules', RECORD),
    deliveryId('cluster-1', 'county-ems', 'rules', RECORD),
    deliveryId('cluster-1', 'hospital', 'rules.latest', RECORD),
    deliveryId('cluster-1', 'hospital', 'rules', { ...RECORD, partition: 4 }),
    deliveryId('cluster-1', 'hospital', 'rules', { ...RECORD, offset: 43 }),
    deliveryId('cluster-1', 'hospital', 'rules', { ...RECORD, timestampMs: RECORD.timestampMs + 1 }),
    deliveryId('cluster-1', 'hospital', 'rules', RECORD, 'replay-1'),
    deliveryId('cluster-1', 'hospital', 'rules', RECORD, ''),
    letterDeliveryId('cluster-1', { ...LETTER, deliveryId: null }),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test('digits that move from one number to the next make another id', () => {
  const id = (partition: number, offset: number, timestampMs: number) =>
    deliveryId('c', 'p', 't', { partition, offset, timestampMs });
  expect(new Set([id(1, 12, 3), id(11, 2, 3), id(1, 1, 23)]).size).toBe(3);
});

test('it is the first 16 bytes of the hash, as an outside reader would compute them', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (offset, timestampMs) => {
      const text = ['c', 'p', 't', 0, offset, timestampMs].join('\n');
      const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
      expect(deliveryId('c', 'p', 't', { partition: 0, offset, timestampMs })).toBe(bytes.toString('base64url'));
    }),
  );
});

test('it is 22 characters that fit into any header or URL', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(), fc.nat(), (cluster, partner, partition, offset) => {
      expect(deliveryId(cluster, partner, 'rules', { partition, offset, timestampMs: 0 })).toMatch(/^[\w-]{22}$/);
    }),
  );
});
