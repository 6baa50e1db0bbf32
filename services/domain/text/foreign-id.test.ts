import { anyCharacter } from '@ess/test/harness/data/any-character.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ID_MAX_BYTES, isLongId, keyText, longIdIn, shortId } from './foreign-id.ts';

/** Longest name of a long id: 64 characters of four bytes, `...sha256:` and 16 hex digits. */
const NAME_MAX_BYTES = 64 * 4 + 10 + 16;

describe('an id of 1,024 bytes is taken, one of 1,025 is not', () => {
  test.each([
    ['ASCII', 'x', 1],
    ['two bytes', 'é', 2],
    ['three bytes', '傷', 3],
    ['four bytes', '🔥', 4],
  ])('%s', (_, character, bytes) => {
    const most = character.repeat(Math.floor(ID_MAX_BYTES / bytes)) + 'x'.repeat(ID_MAX_BYTES % bytes);
    for (const [id, long] of [
      [most, false],
      [`${most}x`, true],
    ] as const) {
      expect([isLongId(id), isLongId(Buffer.from(id))]).toEqual([long, long]);
      expect(shortId(id) === id).toBe(!long);
    }
  });
});

test('text and bytes of one long id have one name, which is short, printable and whole characters', () => {
  const id = fc
    .tuple(fc.string({ unit: anyCharacter, maxLength: 100 }), fc.nat(3))
    .map(([start, pad]) => start + '🔥'.repeat(300) + 'x'.repeat(pad));
  fc.assert(
    fc.property(id, (long) => {
      const name = shortId(long);
      expect(shortId(Buffer.from(long))).toBe(name);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(NAME_MAX_BYTES);
      expect(name).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}]{64}\.\.\.sha256:[0-9a-f]{16}$/u);
    }),
    { numRuns: 50 },
  );
});

test('ids that differ only behind what is shown have different names', () => {
  const ids = ['a', 'b'].map((end) => 'x'.repeat(2_000) + end);
  expect(new Set(ids.map(shortId)).size).toBe(2);
});

test('what is too long is named, with its length and its hash; the rest is nobody else’s business', () => {
  const long = 'r'.repeat(900_000);
  expect(longIdIn(Buffer.from('k'), 'r-1', 'e-1')).toBeUndefined();
  expect(longIdIn(null, null, undefined)).toBeUndefined();
  expect(longIdIn(Buffer.from('k'), long, 'e')).toMatch(
    /^the rule id is 900000 bytes long, .*: r{64}\.\.\.sha256:\w{16}$/,
  );
  expect(longIdIn(Buffer.from(long), 'r-1', 'e')).toMatch(/^the record key is 900000 bytes/);
  expect(longIdIn(Buffer.from('k'), 'r-1', long)).toMatch(/^the event id is 900000 bytes/);
});

describe('the text of a key', () => {
  test.each<readonly [key: Buffer, text: string]>([
    [Buffer.from('ICU-42'), 'ICU-42'],
    [Buffer.from('Spital Zürich 🔥'), 'Spital Zürich 🔥'],
    [Buffer.from(''), ''],
    [Buffer.from('base64:AA=='), 'base64:YmFzZTY0OkFBPT0='],
    [Buffer.from('base64'), 'base64'],
    [Buffer.from('a\nb'), 'base64:YQpi'],
    [Buffer.from('a\u0085b'), 'base64:YcKFYg=='],
    [Buffer.from([0, 0, 0, 0, 0, 0, 0, 0xff]), 'base64:AAAAAAAAAP8='],
    [Buffer.from([0xed, 0xa0, 0x80]), 'base64:7aCA'],
    [Buffer.from([0xef, 0xbb, 0xbf, 0x61]), '\ufeffa'],
  ])('%p is %j', (key, text) => expect(keyText(key)).toBe(text));

  test('no two keys share one, and it tells the key', () => {
    const bytes = fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array));
    const texts = fc
      .oneof(fc.string({ unit: anyCharacter }), fc.constantFrom('base64:', 'base64:AAAA'))
      .map((one) => Buffer.from(one));
    fc.assert(
      fc.property(fc.oneof(bytes, texts), (key) => {
        const text = keyText(key);
        const back = text.startsWith('base64:') ? Buffer.from(text.slice(7), 'base64') : Buffer.from(text);
        expect(back.equals(key)).toBe(true);
      }),
    );
  });

  test('a long key goes by its short name', () => {
    const key = Buffer.alloc(ID_MAX_BYTES + 1, 0xff);
    expect(keyText(key)).toBe(shortId(key));
    expect(keyText(key.subarray(1)).length).toBe(7 + Math.ceil(ID_MAX_BYTES / 3) * 4);
  });
});
