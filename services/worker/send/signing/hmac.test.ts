import { createHmac } from 'node:crypto';
import { anyCharacter } from '@ess/test/harness/data/any-character.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Hmac } from './hmac.ts';

const key = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
/** Also longer than what is kept, and with halves of pairs. */
const text = fc.oneof(
  fc.string({ unit: anyCharacter }),
  fc.string({ unit: fc.constantFrom('a', 'ß', '✓', '🔥', '\ud83d') }),
  fc.nat(70_000).map((length) => 'ü'.repeat(length)),
);

test('it is what Node makes of the same key and text, however often and in whatever order it is asked', () => {
  fc.assert(
    fc.property(key, fc.array(text, { maxLength: 5 }), (secret, texts) => {
      const hmac = new Hmac(secret);
      for (const one of texts) expect(hmac.digest(one)).toBe(createHmac('sha256', secret).update(one).digest('base64'));
    }),
  );
});

// RFC 4231, test cases 2 and 6: a short key, and one longer than a block.
test.each([
  [
    Buffer.from('Jefe'),
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    Buffer.alloc(131, 0xaa),
    'Test Using Larger Than Block-Size Key - Hash Key First',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
])('it is what the standard says (%#)', (secret, said, hex) => {
  expect(Buffer.from(new Hmac(secret).digest(said), 'base64').toString('hex')).toBe(hex);
});
