// The four codecs in which a record batch may be packed, each within a bound: what would unpack to more is refused before it does.
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';

export interface Codec {
  readonly name: string;
  /** @throws with code ERR_BUFFER_TOO_LARGE what would be longer, and what the library throws for bytes that are not of the codec */
  readonly unpack: (bytes: Buffer, bounds: { readonly maxOutputLength: number }) => Promise<Buffer>;
}

/** The native ones are loaded when the first batch needs them: most topics do not. */
const load = createRequire(import.meta.url);

/** By the number in a batch's attributes. */
export const CODECS: ReadonlyMap<number, Codec> = new Map<number, Codec>([
  [1, { name: 'gzip', unpack: promisify(gunzip) as Codec['unpack'] }],
  [2, { name: 'snappy', unpack: unpackSnappy }],
  [3, { name: 'lz4', unpack: unpackLz4 }],
  [4, { name: 'zstd', unpack: promisify(zstdDecompress) as Codec['unpack'] }],
]);

/** How the stream of snappy-java begins, which Java's producer writes: this, two versions of four bytes, then block after block. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEAD_BYTES = 16;

/** Blocks of snappy-java, each behind its length (int32), or the one block that librdkafka writes. */
async function unpackSnappy(bytes: Buffer, { maxOutputLength }: { maxOutputLength: number }): Promise<Buffer> {
  const { uncompress } = load('snappy') as typeof import('snappy');
  const blocks: Buffer[] = [];
  if (bytes.subarray(0, XERIAL.length).equals(XERIAL))
    for (let at = XERIAL_HEAD_BYTES; at < bytes.length; ) {
      const end = at + 4 + bytes.readInt32BE(at);
      if (end <= at || end > bytes.length) throw new Error('a block is longer than what is there');
      blocks.push(bytes.subarray(at + 4, end));
      at = end;
    }
  else blocks.push(bytes);
  refuseMore(
    blocks.reduce((sum, block) => sum + snappyLength(block), 0),
    maxOutputLength,
  );
  const parts: Buffer[] = [];
  for (const block of blocks) parts.push((await uncompress(block, { asBuffer: true })) as Buffer);
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}

/** What a block says that it unpacks to: a number of 7 bits a byte, the lowest first. The library holds it to that. */
function snappyLength(block: Buffer): number {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = block[at] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return length;
  }
  throw new Error('no length at its beginning');
}

async function unpackLz4(bytes: Buffer, { maxOutputLength }: { maxOutputLength: number }): Promise<Buffer> {
  const { decompressFrame } = load('lz4-napi') as typeof import('lz4-napi');
  refuseMore(lz4LengthAtMost(bytes), maxOutputLength);
  return decompressFrame(bytes);
}

const LZ4_MAGIC = 0x184d2204;
/** One byte of a match's length stands for at most so many. */
const LZ4_MAX_RATIO = 255;

/**
 * How long a frame can get, from the sizes of its blocks (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md): a block is not
 * longer than the frame's maximum, nor than its bytes can say. The size that a frame may name itself is what a stranger claims.
 */
function lz4LengthAtMost(bytes: Buffer): number {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== LZ4_MAGIC) throw new Error('no frame at its beginning');
  const flags = bytes[4] as number;
  const blockMax = 2 ** (8 + 2 * (((bytes[5] as number) >> 4) & 0x07));
  const checksumBytes = flags & 0x10 ? 4 : 0;
  let length = 0;
  let at = 7 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0);
  while (at + 4 <= bytes.length) {
    const size = bytes.readUInt32LE(at);
    if (size === 0) return length;
    const isPlain = size >= 0x8000_0000;
    const blockBytes = size % 0x8000_0000;
    length += isPlain ? blockBytes : Math.min(blockMax, blockBytes * LZ4_MAX_RATIO);
    at += 4 + blockBytes + checksumBytes;
  }
  throw new Error('it ends in the middle of a block');
}

function refuseMore(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) throw Object.assign(new Error('too long'), { code: 'ERR_BUFFER_TOO_LARGE' });
}
