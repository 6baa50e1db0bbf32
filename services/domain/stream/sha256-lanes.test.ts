import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blocksOf, LANES, pad, Sha256Lanes } from './sha256-lanes.ts';

const lanes = new Sha256Lanes();

function digestsOf(messages: readonly Uint8Array[]): string[] {
  const bytes = (messages[0] as Uint8Array).length;
  const stride = 64 * blocksOf(bytes);
  for (const [lane, message] of messages.entries()) {
    lanes.bytes.set(message, lane * stride);
    pad(lanes.bytes, lane * stride, bytes);
  }
  lanes.run(0, stride, blocksOf(bytes));
  return messages.map((_, lane) =>
    Array.from({ length: 8 }, (_, word) =>
      ((lanes.digests[LANES * word + lane] as number) >>> 0).toString(16).padStart(8, '0'),
    ).join(''),
  );
}

const sha256 = (message: Uint8Array): string => createHash('sha256').update(message).digest('hex');

test('four messages of any length have the digests that node:crypto gives them', () => {
  fc.assert(
    fc.property(
      fc
        .nat(300)
        .chain((bytes) =>
          fc.array(fc.uint8Array({ minLength: bytes, maxLength: bytes }), { minLength: LANES, maxLength: LANES }),
        ),
      (messages) => expect(digestsOf(messages)).toEqual(messages.map(sha256)),
    ),
  );
});

test.each([0, 1, 55, 56, 63, 64, 119, 120, 1_000])('of %d bytes, around the end of a block', (bytes) => {
  const messages = Array.from({ length: LANES }, (_, lane) => new Uint8Array(bytes).fill(lane + 1));
  expect(digestsOf(messages)).toEqual(messages.map(sha256));
});
