// The Confluent wire format: a zero byte, the schema id (4 bytes, big endian), the Avro body.
export const MAGIC = 0;
export const ID_AT = 1;
export const HEADER_BYTES = 5;

/** Undefined when the value is not in the wire format. */
export function schemaIdOf(value: Buffer | null): number | undefined {
  if (value === null || value.length < HEADER_BYTES || value[0] !== MAGIC) return undefined;
  return value.readInt32BE(ID_AT);
}
