import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CursorSigner } from './cursor.ts';

const timestampCursor = (secret: string, partner: string, atMs: number) =>
  new CursorSigner(secret, partner).cursor(atMs);

test('it fits into a header, a URL and a Last-Event-ID: 128 characters of the safe set', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(Number.MAX_SAFE_INTEGER), (secret, partner, atMs) => {
      expect(timestampCursor(secret, partner, atMs)).toMatch(/^[A-Za-z0-9._~-]{1,128}$/);
    }),
  );
});

test('it shows its version, the key it was signed with and the timestamp', () => {
  const [version, keyId, time, mac] = timestampCursor('key-one', 'hospital', 1_795_000_000_000).split('.');
  expect([version, Number.parseInt(time!, 36)]).toEqual(['t2', 1_795_000_000_000]);
  expect(timestampCursor('key-one', 'county-ems', 7).split('.')[1]).toBe(keyId);
  expect(timestampCursor('key-two', 'hospital', 7).split('.')[1]).not.toBe(keyId);
  expect(mac).toHaveLength(22);
});

test('the signature is bound to the key, the partner and the timestamp', () => {
  const macs = [
    timestampCursor('key-one', 'hospital', 1),
    timestampCursor('key-two', 'hospital', 1),
    timestampCursor('key-one', 'county-ems', 1),
    timestampCursor('key-one', 'hospital', 2),
  ].map((cursor) => cursor.split('.')[3]);
  expect(new Set(macs).size).toBe(4);
});

test('the same timestamp gives the same cursor, and the key is not in it', () => {
  const cursor = timestampCursor('planted-key', 'hospital', 5);
  expect(timestampCursor('planted-key', 'hospital', 5)).toBe(cursor);
  expect(cursor).not.toContain('planted');
});

test('one signer gives each timestamp its own cursor, in any order', () => {
  const signer = new CursorSigner('key-one', 'hospital');
  for (const atMs of [1, 2, 2, 1, 3]) expect(signer.cursor(atMs)).toBe(timestampCursor('key-one', 'hospital', atMs));
});
