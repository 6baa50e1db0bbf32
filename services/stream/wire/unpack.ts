// Record batches that are packed, unpacked within bounds: a few kB of gzip may say "ten gigabytes". What does not fit beside
// the rest of its answer is left for the next fetch. What does not fit alone cannot be read.
import { CODECS } from './codecs.ts';

/** One batch may have so many, and all of one answer together. Kafka's own limit of a batch as it is sent is 1 to 2 MB. */
const UNPACKED_MAX_BYTES = 64 * 1024 * 1024;

export const OVERHEAD = 61;
export const LENGTH_AT = 8;
const ATTRIBUTES_AT = 21;
/** Bytes of a batch that its own length does not count. */
export const UNCOUNTED = LENGTH_AT + 4;

/** By where the batch begins: its records, or why they cannot be had. A packed batch that is not in it is for a later fetch. */
export type Unpacked = ReadonlyMap<number, Buffer | string>;

const NOTHING: Unpacked = new Map();

/** What one answer may still unpack. */
export class Allowance {
  readonly maxBytes: number;
  leftBytes: number;

  constructor(maxBytes = UNPACKED_MAX_BYTES) {
    this.maxBytes = maxBytes;
    this.leftBytes = maxBytes;
  }
}

/** @param bytes batches as the broker sent them; what is malformed ends the walk, and is found again by who reads on */
export async function unpackBatches(bytes: Buffer, allowance: Allowance): Promise<Unpacked> {
  let found: Map<number, Buffer | string> | undefined;
  for (let at = 0; at + OVERHEAD <= bytes.length; ) {
    const end = at + UNCOUNTED + bytes.readInt32BE(at + LENGTH_AT);
    if (end < at + OVERHEAD || end > bytes.length) break;
    const codec = bytes.readInt16BE(at + ATTRIBUTES_AT) & 0x07;
    if (codec !== 0) {
      const records = await unpacked(bytes.subarray(at + OVERHEAD, end), codec, allowance);
      if (records === undefined) break;
      found ??= new Map();
      found.set(at, records);
    }
    at = end;
  }
  return found ?? NOTHING;
}

async function unpacked(packed: Buffer, codec: number, allowance: Allowance): Promise<Buffer | string | undefined> {
  const known = CODECS.get(codec);
  if (!known) return `packed with codec ${codec}`;
  const { name, unpack } = known;
  if (allowance.leftBytes === 0) return undefined;
  try {
    const records = await unpack(packed, { maxOutputLength: allowance.leftBytes });
    allowance.leftBytes -= records.length;
    return records;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_BUFFER_TOO_LARGE') return `not ${name}: ${message}`;
    if (allowance.leftBytes < allowance.maxBytes) return undefined;
    return `${packed.length} bytes of ${name} that unpack to more than ${allowance.maxBytes}`;
  }
}
