// avsc's own longs end at 2^53; this type of its reads and writes all of them.
import type { Schema } from 'avsc';
import avro from 'avsc';

/** Reads a number where it is exact, and a bigint where it is not; writes either. */
const EXACT_LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => {
    const long = bytes.readBigInt64LE();
    return Number.isSafeInteger(Number(long)) ? Number(long) : long;
  },
  toBuffer: (value: bigint | number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isInteger(value),
  compare: (a: bigint | number, b: bigint | number) => Number(a > b) - Number(a < b),
});

const isLong = (schema: Schema): boolean => schema === 'long' || (schema as { type?: unknown }).type === 'long';

/** For the `typeHook` of `avro.Type.forSchema`. */
export const exactLongs = (schema: Schema): avro.Type | undefined => (isLong(schema) ? EXACT_LONG : undefined);
