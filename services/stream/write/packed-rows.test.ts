import { anyCharacter } from '@ess/test/harness/data/any-character.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OutboxRecord } from './outbox.ts';
import { RowPacker, unpackRows } from './packed-rows.ts';

const row = fc.record({
  topic: fc.constantFrom('ess.audit', 'ess.delivery-state'),
  key: fc.string({ unit: anyCharacter }),
  value: fc.option(fc.uint8Array({ maxLength: 9_000 }).map((bytes) => Buffer.from(bytes))),
});

const text = (content: Buffer | string | null) => content && Buffer.from(content).toString('latin1');
const shown = (appends: ReadonlyArray<ReadonlyArray<Pick<OutboxRecord, 'topic' | 'key' | 'value'>>>) =>
  appends.map((rows) => rows.map(({ topic, key, value }) => [topic, text(key), text(value)]));

test('what is packed is unpacked as it was, also by another thread, message after message', () => {
  const packer = new RowPacker();
  fc.assert(
    fc.property(fc.array(fc.array(row)), (appends) => {
      for (const append of appends) packer.add(append);
      expect(packer.rows).toBe(appends.flat().length);
      const packed = packer.take();
      const unpacked = unpackRows(structuredClone(packed, { transfer: [packed.bytes.buffer] }));
      expect(shown(unpacked)).toEqual(shown(appends));
      expect(packer.rows).toBe(0);
    }),
  );
});
