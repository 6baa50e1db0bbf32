// What is encoded here is what kafkajs's encoder makes of the same records, byte by byte, and is read back by both decoders.
import { createRequire } from 'node:module';
import { anyCharacter } from '@ess/test/harness/data/any-character.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeBatch, packBatch, ReusedBytes } from './encode-batch.ts';
import { decodeBatches } from './record-batches.ts';
import type { RecordToWrite } from './record-body.ts';
import { bodyOf, RecordBody } from './record-body.ts';
import { Allowance, unpackBatches } from './unpack.ts';

const inner = createRequire(import.meta.url);
const { RecordBatch } = inner('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch(batch: object): Promise<{ buffer: Buffer }>;
};
const encodeRecord = inner('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => object;
const decodeByKafkajs = inner('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: object) => Promise<{
  producerId: string;
  producerEpoch: number;
  firstSequence: number;
  records: ReadonlyArray<{
    offset: string;
    timestamp: string;
    key: Buffer | null;
    value: Buffer | null;
    headers: object;
  }>;
}>;
const Decoder = inner('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;

const head = {
  producerId: 2n ** 40n + 7n,
  producerEpoch: 3,
  baseSequence: 2 ** 31 - 1,
  timestampMs: 1_800_000_000_123,
};

async function byKafkajs(records: readonly RecordToWrite[], compression = 0): Promise<Buffer> {
  const { buffer } = await RecordBatch({
    compression,
    records: records.map((record, offsetDelta) => encodeRecord({ ...record, offsetDelta })),
    firstTimestamp: head.timestampMs,
    maxTimestamp: head.timestampMs,
    producerId: String(head.producerId),
    producerEpoch: head.producerEpoch,
    firstSequence: head.baseSequence,
    lastOffsetDelta: records.length - 1,
  });
  return buffer;
}

async function decode(bytes: Buffer) {
  const unpacked = await unpackBatches(bytes, new Allowance());
  return decodeBatches(bytes, { partition: 3, from: 0, aborted: [], unpacked });
}

/** Buffers are compared as text: Jest takes a millisecond for a kB of them. */
const asText = (made: string | Buffer | null) => made && Buffer.from(made).toString('latin1');

const text = fc.string({ unit: anyCharacter, maxLength: 100 });
const bytes = fc.uint8Array({ maxLength: 100 }).map((made) => Buffer.from(made));
const long = fc.constantFrom(63, 64, 8_191, 8_192).map((length) => Buffer.alloc(length, 'é'));
const content = fc.oneof(text, bytes);
const record: fc.Arbitrary<RecordToWrite> = fc.record(
  {
    key: fc.option(content),
    value: fc.option(fc.oneof(bytes, long)),
    headers: fc.dictionary(text, fc.oneof(content, fc.array(content, { maxLength: 3 })), { maxKeys: 3 }),
  },
  { requiredKeys: ['key', 'value'] },
);

test('a batch is byte by byte what kafkajs makes of the same records', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 5 }), async (records) => {
      expect(encodeBatch(records, head).toString('latin1')).toBe((await byKafkajs(records)).toString('latin1'));
    }),
  );
  const many = Array.from({ length: 100 }, (_, index) => ({ key: `k${index}`, value: null }));
  expect(encodeBatch(many, head).equals(await byKafkajs(many))).toBe(true);
});

test('a record whose body was made before is the same in the batch, wherever its bytes are', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), fc.nat(9), (records, before) => {
      const bodies = records.map((one) => {
        const { bytes, from, end } = bodyOf(one);
        const among = Buffer.concat([Buffer.alloc(before, 1), bytes.subarray(from, end), Buffer.of(1)]);
        return new RecordBody(among, before, before + end - from);
      });
      expect(encodeBatch(bodies, head).equals(encodeBatch(records, head))).toBe(true);
      expect(bodies.map(({ key, value }) => [asText(key), asText(value)])).toEqual(
        records.map(({ key, value }) => [asText(key), asText(value)]),
      );
    }),
  );
});

test('memory is used again only when it is free, and what was taken before stays as it is', () => {
  const memory = new ReusedBytes();
  const taken = [1, 5_000, 20_000, 3].map((size, index) => memory.take(size).fill(index));
  expect(taken.map((bytes) => [bytes.length, new Set(bytes)])).toEqual(
    [1, 5_000, 20_000, 3].map((size, index) => [size, new Set([index])]),
  );
  memory.free();
  expect(memory.take(20_000).buffer).toBe(taken[3]?.buffer);
});

test('packed with gzip, too', async () => {
  const records = [{ key: 'big', value: Buffer.alloc(100_000, 'x'), headers: { a: '1' } }];
  const packed = await packBatch(records, head);
  expect(packed.length).toBeLessThan(1_000);
  expect(packed.equals(await byKafkajs(records, 1))).toBe(true);
});

test('what is written is read back, by our decoder and by that of kafkajs', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 5 }), fc.boolean(), async (records, isPacked) => {
      const batch = isPacked ? await packBatch(records, head) : encodeBatch(records, head);
      const wanted = records.map(({ key, value }, offset) => [offset, head.timestampMs, asText(key), asText(value)]);
      const { records: found, ...rest } = await decode(batch);
      expect(rest).toEqual({ next: records.length, unreadable: [] });
      expect(
        found.map(({ offset, timestampMs, key, value }) => [offset, timestampMs, asText(key), asText(value)]),
      ).toEqual(wanted);
      const theirs = await decodeByKafkajs(new Decoder(batch));
      expect(theirs).toMatchObject({
        producerId: String(head.producerId),
        producerEpoch: 3,
        firstSequence: 2 ** 31 - 1,
      });
      expect(
        theirs.records.map(({ offset, timestamp, key, value }) => [+offset, +timestamp, asText(key), asText(value)]),
      ).toEqual(wanted);
    }),
  );
});

test('a header without a value is there, and one with several has each', async () => {
  const headers = { none: undefined, many: ['1', Buffer.from('2')], é: 'ö' };
  const { records } = await decode(encodeBatch([{ key: null, value: null, headers }], head));
  const found = { none: undefined, many: [Buffer.from('1'), Buffer.from('2')], é: Buffer.from('ö') };
  expect({ ...records[0]?.headers }).toEqual(found);
});
