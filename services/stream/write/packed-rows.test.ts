import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { packRows, unpackRows } from './packed-rows.ts';

const row = fc.record({
  topic: fc.constantFrom('ess.audit', 'ess.delivery-state'),
  key: fc.string({ unit: 'binary' }),
  value: fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
});

test('what is packed is unpacked as it was, also by another thread', () => {
  fc.assert(
    fc.property(fc.array(fc.array(row)), (appends) => {
      const packed = packRows(appends);
      expect(unpackRows(structuredClone(packed, { transfer: [packed.bytes.buffer] }))).toEqual(appends);
    }),
  );
});
