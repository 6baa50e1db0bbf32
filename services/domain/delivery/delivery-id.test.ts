import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deliveryId } from './delivery-id.ts';

const POSITION = { topic: 'rules', partition: 3, offset: 42 };

test('the same record to the same partner has the same id, for ever', () => {
  // Written down: a change of this value would make partners take old deliveries for new ones.
  expect(deliveryId('cluster-1', 'hospital', POSITION)).toBe('THteMEubFkvSrgKpe5akxQ');
});

test('every part of the position counts, and so do cluster, partner and a replay with new ids', () => {
  const ids = [
    deliveryId('cluster-1', 'hospital', POSITION),
    deliveryId('cluster-2', 'hospital', POSITION),
    deliveryId('cluster-1', 'county-ems', POSITION),
    deliveryId('cluster-1', 'hospital', { ...POSITION, topic: 'rules.latest' }),
    deliveryId('cluster-1', 'hospital', { ...POSITION, partition: 4 }),
    deliveryId('cluster-1', 'hospital', { ...POSITION, offset: 43 }),
    deliveryId('cluster-1', 'hospital', POSITION, 'replay-1'),
    deliveryId('cluster-1', 'hospital', POSITION, ''),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test('digits that move between partition and offset make another id', () => {
  const id = (partition: number, offset: number) => deliveryId('c', 'p', { topic: 't', partition, offset });
  expect(id(1, 12)).not.toBe(id(11, 2));
});

test('it is the first 16 bytes of the hash, as an outside reader would compute them', () => {
  fc.assert(
    fc.property(fc.nat(), (offset) => {
      const text = ['c', 'p', 't', 0, offset].join('\n');
      const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
      expect(deliveryId('c', 'p', { topic: 't', partition: 0, offset })).toBe(bytes.toString('base64url'));
    }),
  );
});

test('it is 22 characters that fit into any header or URL', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(), fc.nat(), (cluster, partner, partition, offset) => {
      expect(deliveryId(cluster, partner, { topic: 'rules', partition, offset })).toMatch(/^[\w-]{22}$/);
    }),
  );
});
