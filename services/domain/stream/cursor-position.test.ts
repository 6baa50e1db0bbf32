import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CursorReader, CursorSigner } from './cursor.ts';

const OFFSET = fc.oneof(fc.nat(1_000_000), fc.nat(2 ** 34), fc.nat(Number.MAX_SAFE_INTEGER));
const TIME = fc.nat(2 ** 47);

test('a cursor of positions comes back as it was, within 128 characters of the safe set, or as its time', () => {
  fc.assert(
    fc.property(
      fc.array(OFFSET, { minLength: 1, maxLength: 40 }),
      TIME,
      fc.string(),
      (offsets, timestampMs, secret) => {
        const cursor = new CursorSigner(secret, 'hospital').position(offsets, timestampMs);
        expect(cursor).toMatch(/^[A-Za-z0-9._~-]{1,128}$/);
        const read = new CursorReader(['another', secret], 'hospital').read(cursor);
        expect([
          { kind: 'position', timestampMs, offsets },
          { kind: 'time', timestampMs },
        ]).toContainEqual(read);
      },
    ),
  );
});

test('one that names its log comes back with it, and whoever knows of none reads the same offsets and an earlier time', () => {
  fc.assert(
    fc.property(
      fc.array(OFFSET, { minLength: 1, maxLength: 40 }),
      TIME,
      fc.nat(2 ** 16 - 1),
      (offsets, timestampMs, log) => {
        const cursor = new CursorSigner('key', 'hospital').position(offsets, timestampMs, log);
        expect(cursor).toMatch(/^[A-Za-z0-9._~-]{1,128}$/);
        const read = new CursorReader(['key'], 'hospital').read(cursor);
        if (read?.kind === 'time') return expect(read.timestampMs).toBe(timestampMs);
        expect(read).toEqual({ kind: 'position', timestampMs: expect.any(Number), offsets, log });
        const before = asBefore(cursor);
        expect(before.offsets).toEqual(offsets);
        if (timestampMs < 2 ** 17) return;
        for (const { timestampMs: time } of [read as { timestampMs: number }, before]) {
          expect(time).toBeLessThanOrEqual(timestampMs);
          expect(time).toBeGreaterThan(timestampMs - 2 ** 17);
        }
      },
    ),
  );
});

/** As the last version reads it: six bytes of time, and varints up to the end. */
function asBefore(cursor: string): { readonly timestampMs: number; readonly offsets: readonly number[] } {
  const bytes = Buffer.from(cursor.split('.')[2] as string, 'base64url');
  const offsets: number[] = [];
  for (let at = 6; at < bytes.length; ) {
    let value = 0;
    let factor = 1;
    let byte: number;
    do {
      byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * factor;
      factor *= 128;
    } while (byte >= 0x80);
    offsets.push(value);
  }
  return { timestampMs: bytes.readUIntBE(0, 6), offsets };
}

test.each([[0], [0, 0], [127, 0], [128], [2 ** 14, 0, 0]])(
  'an offset of 0 at the end names no log: %j',
  (...offsets) => {
    const cursor = new CursorSigner('key', 'hospital').position(offsets, 0x80ff_ffff);
    expect(new CursorReader(['key'], 'hospital').read(cursor)).toEqual({
      kind: 'position',
      timestampMs: 0x80ff_ffff,
      offsets,
    });
  },
);

test('12 partitions with 34 billion records each keep their offsets', () => {
  const offsets = Array.from({ length: 12 }, (_, index) => 2 ** 35 - 1 - index);
  const signer = new CursorSigner('key', 'hospital');
  const reader = new CursorReader(['key'], 'hospital');
  const timestampMs = 1_795_000_000_000;
  expect(reader.read(signer.position(offsets, timestampMs))).toEqual({ kind: 'position', timestampMs, offsets });
  expect(reader.read(signer.position(offsets, timestampMs, 65_535))).toMatchObject({ offsets, log: 65_535 });
});

test('only a cursor of a key that nobody has is one of a retired key', () => {
  const signer = new CursorSigner('key', 'hospital');
  for (const cursor of [signer.cursor(1_795_000_000_000), signer.position([5, 70_000, 0], 1_795_000_000_000)]) {
    expect(new CursorReader(['other', 'third'], 'hospital').isOfRetiredKey(cursor)).toBe(true);
    expect(new CursorReader(['other', 'key'], 'hospital').isOfRetiredKey(cursor)).toBe(false);
    // Of another partner, or changed: refused as before.
    expect(new CursorReader(['key'], 'county-ems').isOfRetiredKey(cursor)).toBe(false);
    expect(new CursorReader(['key'], 'hospital').isOfRetiredKey(`${cursor.slice(0, -1)}!`)).toBe(false);
    expect(new CursorReader(['other'], 'hospital').isOfRetiredKey(`${cursor}${'x'.repeat(100)}`)).toBe(false);
  }
  expect(new CursorReader(['key'], 'hospital').isOfRetiredKey('made-up')).toBe(false);
});

test('a timestamp cursor of a delivery is read as its time', () => {
  const cursor = new CursorSigner('key', 'hospital').cursor(1_795_000_000_000);
  expect(new CursorReader(['key'], 'hospital').read(cursor)).toEqual({ kind: 'time', timestampMs: 1_795_000_000_000 });
});

test('a cursor of another partner, of an unknown key, or with any character changed is none', () => {
  const signer = new CursorSigner('key', 'hospital');
  for (const cursor of [signer.cursor(1_795_000_000_000), signer.position([5, 70_000, 0], 1_795_000_000_000)]) {
    expect(new CursorReader(['key'], 'hospital').read(cursor)).toBeDefined();
    expect(new CursorReader(['key'], 'county-ems').read(cursor)).toBeUndefined();
    expect(new CursorReader(['other'], 'hospital').read(cursor)).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), fc.constantFrom(...'abcXYZ019._~-'), (at, character) => {
        fc.pre(cursor[at] !== character);
        const changed = cursor.slice(0, at) + character + cursor.slice(at + 1);
        expect(new CursorReader(['key'], 'hospital').read(changed)).toBeUndefined();
      }),
    );
  }
});

test('what is no cursor at all is none', () => {
  const reader = new CursorReader(['key'], 'hospital');
  fc.assert(fc.property(fc.string(), (text) => expect(reader.read(text)).toBeUndefined()));
});

test.each([-1, -5, 2 ** 48, 2 ** 53, Number.MAX_SAFE_INTEGER, 2 ** 63])(
  'a record of the time %d has cursors too',
  (ms) => {
    const signer = new CursorSigner('key', 'hospital');
    const reader = new CursorReader(['key'], 'hospital');
    const timestampMs = ms < 0 ? 0 : 2 ** 48 - 1;
    expect(reader.read(signer.cursor(ms))).toEqual({ kind: 'time', timestampMs });
    expect(reader.read(signer.position([7], ms))).toEqual({ kind: 'position', timestampMs, offsets: [7] });
  },
);
