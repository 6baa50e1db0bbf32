// avsc's own longs end at 2^53; this type of its writes and reads all of them, and is slower.
import avro from 'avsc';

/** Reads a number where it is exact, and a bigint where it is not; writes either. */
const EXACT_LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => {
    const long = bytes.readBigInt64LE();
    return Number.isSafeInteger(Number(long)) ? Number(long) : long;
  },
  toBuffer: (long: number | bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(long));
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (long: unknown) => typeof long === 'bigint' || Number.isSafeInteger(long),
  compare: (one: number | bigint, other: number | bigint) => Number(one > other) - Number(one < other),
});

/** For avsc, which asks for each part of a schema: longs of a logical type are such longs too. */
export const exactLong = (part: unknown): avro.Type | undefined =>
  part === 'long' || (part as { type?: unknown }).type === 'long' ? EXACT_LONG : undefined;
