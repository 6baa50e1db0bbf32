// Avro by hand: numbers, records in the wire format, and schemas that are easy to lie with.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';

/** Zig-zag, seven bits to a byte. */
export function long(value: number | bigint): number[] {
  let rest = BigInt(value) >= 0n ? BigInt(value) << 1n : (-BigInt(value) << 1n) - 1n;
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

export const framed = (id: number, body: Uint8Array) => {
  const header = Buffer.alloc(5);
  header.writeInt32BE(id, 1);
  return Buffer.concat([header, body]);
};
export const one = (type: unknown, name = 'R') =>
  ({ type: 'record', name, fields: [{ name: 'f', type }] }) as AvroSchemaJson;
export const array = (items: unknown) => ({ type: 'array', items });
export const map = (values: unknown) => ({ type: 'map', values });

export const CHAIN = one(['null', 'R']);
export const TREE = one(array('R'));
export const KINDS = { type: 'enum', name: 'Kind', symbols: ['A', 'B'] };
/** 2^20 nulls in no byte at all. */
export const HOLLOW = one(
  Array.from({ length: 20 }).reduce<unknown>(
    (inner, _, level) => ({
      type: 'record',
      name: `L${level + 1}`,
      fields: [
        { name: 'a', type: inner },
        { name: 'b', type: `L${level}` },
      ],
    }),
    one('null', 'L0'),
  ),
);
