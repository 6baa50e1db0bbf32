// What a value is that no schema can be found for: whoever reads the letter learns which serializer wrote it, and what to set.
import { ID_AT, MAGIC } from './wire-format.ts';

const WIRE_FORMAT = 'not in the Confluent wire format (magic byte 0 and a schema id)';
const GLUE_BYTES = 18;
const FINGERPRINT_AT = 2;
const WIDE_ID_BYTES = 9;

/** Of a value that does not name a schema by the wire format. */
export function foreignFraming(value: Buffer): string {
  return `${WIRE_FORMAT}: ${looksLike(value)}`;
}

/** Why no schema can have such an id, with what was more likely meant; undefined when one can. */
export function noSuchId(value: Buffer): string | undefined {
  const id = value.readInt32BE(ID_AT);
  if (id > 0) return undefined;
  const wide = value.length >= WIDE_ID_BYTES ? value.readBigInt64BE(ID_AT) : 0n;
  const none = `schema id ${id}: ids begin at 1`;
  if (id !== 0 || wide === 0n) return none;
  return `${none}; read as 8 bytes, as Apicurio's serializer writes it unless told otherwise, it is ${wide}: let it write ids of 4 bytes (apicurio.registry.as-confluent=true, or its Legacy4ByteIdHandler)`;
}

function looksLike(value: Buffer): string {
  const [first = -1, second = -1] = value;
  if (first === MAGIC || value.length === 0) return `it has ${value.length} bytes`;
  if (first === 3 && (second === 0 || second === 5) && value.length >= GLUE_BYTES)
    return `it begins as AWS Glue's serializer writes it (bytes 3 and ${second}, schema version ${uuid(value)})`;
  if (first === 0xc3 && second === 1 && value.length >= 10)
    return `it is Avro's single-object encoding (bytes c3 01, fingerprint ${value.readBigUInt64LE(FINGERPRINT_AT).toString(16)}), which names no schema id`;
  if (value.subarray(0, 4).equals(CONTAINER)) return 'it is a whole Avro file (it begins with "Obj" and 1)';
  if (first === 1 && value.length > GLUE_BYTES - 1)
    return `it begins with ${hex(value)}: maybe a schema's GUID, which newer Confluent serializers write instead of an id`;
  if (isJson(value)) return 'it is plain JSON (a JSON serializer without a schema)';
  return `it begins with ${hex(value)}: maybe Avro without the id, which some serializers put into a header, or another format`;
}

const CONTAINER = Buffer.from('Obj\u0001');

const hex = (value: Buffer): string => value.toString('hex', 0, 4).replaceAll(/..(?=.)/g, '$& ');

function uuid(value: Buffer): string {
  return value.toString('hex', 2, GLUE_BYTES).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** By its ends alone: what is long and only looks like it is not worth the time. */
function isJson(value: Buffer): boolean {
  const [first, last] = [
    value.toString('latin1', 0, 64).trimStart()[0],
    value
      .toString('latin1', value.length - 64)
      .trimEnd()
      .at(-1),
  ];
  return (first === '{' && last === '}') || (first === '[' && last === ']') || (first === '"' && last === '"');
}
