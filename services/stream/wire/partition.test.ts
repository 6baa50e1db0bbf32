import { anyCharacter } from '@ess/test/harness/data/any-character.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { partitionOf, partitionOfBody } from './partition.ts';
import { bodyOf, RecordBody } from './record-body.ts';

// From Kafka's own test, org.apache.kafka.common.utils.UtilsTest#testMurmur2, as (hash & 0x7fffffff).
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
])('%s goes where the Java client puts it', (key, murmur2) => {
  for (const count of [1, 6, 12, 1_000]) {
    expect(partitionOf(key, count)).toBe((murmur2 & 0x7fffffff) % count);
    expect(partitionOf(Buffer.from(key), count)).toBe(partitionOf(key, count));
    const { bytes } = bodyOf({ key, value: Buffer.from('v') });
    const among = Buffer.concat([Buffer.of(1), bytes]);
    expect(partitionOfBody(new RecordBody(among, 1, among.length), count)).toBe(partitionOf(key, count));
  }
});

test('every key has one partition among those there are', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), fc.integer({ min: 1, max: 50 }), (key, count) => {
      const partition = partitionOf(key, count);
      expect(partition).toBe(partitionOf(key, count));
      expect(partition >= 0 && partition < count && Number.isInteger(partition)).toBe(true);
    }),
  );
});

test('kafkajs’ own partitioner agrees', () => {
  const partitioner = kafkajs.Partitioners.DefaultPartitioner();
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter, maxLength: 2_000 }), fc.integer({ min: 1, max: 50 }), (key, count) => {
      const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({ partitionId })) as never;
      const theirs = partitioner({ topic: '', partitionMetadata, message: { key: Buffer.from(key), value: null } });
      expect(partitionOf(key, count)).toBe(theirs);
    }),
  );
});
