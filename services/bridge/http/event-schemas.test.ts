import { CursorSigner } from '@ess/domain/stream/cursor.ts';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { gapEvent } from '../topic/gap.ts';
import { CURSOR, GAP_EVENT } from './event-schemas.ts';

const isValid = (schema: object) => new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

test('every cursor that is handed out is one as it is described', () => {
  const isCursor = isValid(CURSOR);
  const signer = new CursorSigner('a-key', 'clinic');
  const offsets = fc.array(fc.nat({ max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 24 });
  fc.assert(
    fc.property(offsets, fc.nat({ max: 2 ** 31 - 1 }), (vector, timestampMs) => {
      expect(isCursor(signer.position(vector, timestampMs))).toBe(true);
      expect(isCursor(signer.cursor(timestampMs))).toBe(true);
    }),
  );
});

test('so is what is said of a gap', () => {
  const isGap = isValid(GAP_EVENT);
  const lost = fc.record({ partition: fc.nat({ max: 11 }), from: fc.option(fc.nat()), to: fc.nat() });
  fc.assert(fc.property(fc.array(lost), (ranges) => expect(isGap(JSON.parse(gapEvent(ranges)))).toBe(true)));
});
