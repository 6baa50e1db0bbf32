// The decoder of kafkajs, mended: what it makes of a record's headers.
import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { mendHeaders } from './kafkajs-headers.ts';

const inner = createRequire(import.meta.url);

interface Encoder {
  readonly buffer: Buffer;
  writeInt8(value: number): Encoder;
  writeVarLong(value: number): Encoder;
  writeVarInt(value: number): Encoder;
  writeVarIntBytes(value: Buffer | null): Encoder;
  writeVarIntString(value: string): Encoder;
}

/** A record with these headers, as it is on the wire, decoded. */
function decode(headers: ReadonlyArray<readonly [name: string, value: string | null]>): Record<string, unknown> {
  const [Decoder, Encoder, record] = ['decoder', 'encoder', 'recordBatch/record/v0/decoder'].map((name) =>
    inner(`kafkajs/src/protocol/${name}.js`),
  ) as [
    new (bytes: Buffer) => object,
    new () => Encoder,
    (decoder: object, batch: object) => { headers: Record<string, unknown> },
  ];
  const bytes = new Encoder().writeInt8(0).writeVarLong(0).writeVarInt(0).writeVarIntBytes(null).writeVarIntBytes(null);
  bytes.writeVarInt(headers.length);
  for (const [name, value] of headers)
    bytes.writeVarIntString(name).writeVarIntBytes(value === null ? null : Buffer.from(value));
  return record(new Decoder(bytes.buffer), { firstOffset: '0', firstTimestamp: '0' }).headers;
}

test('headers come by name, a repeated name with its values in order', () => {
  mendHeaders();
  expect(decode([])).toEqual({});
  const headers = decode([
    ['a', '1'],
    ['b', null],
    ['a', '2'],
    ['a', '3'],
  ]);
  expect(headers).toEqual({ a: ['1', '2', '3'].map((value) => Buffer.from(value)), b: null });
});

test('a name that every object has is a name like any other', () => {
  mendHeaders();
  const names = ['constructor', 'toString', '__proto__', 'reduce', 'length'];
  const headers = decode(names.map((name) => [name, name]));
  expect(Object.keys(headers).sort()).toEqual([...names].sort());
  expect(Object.values(headers).map(String).sort()).toEqual([...names].sort());
});

test.each([
  ['of names of their own', (index: number) => `h${index}`],
  ['of one name', () => 'h'],
])('100,000 headers %s are read in one pass', (_, name) => {
  mendHeaders();
  // Copied for each header they would take hours.
  const headers = decode(Array.from({ length: 100_000 }, (_unused, index) => [name(index), null] as const));
  expect(Object.values(headers).flat()).toHaveLength(100_000);
});
