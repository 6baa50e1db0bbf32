import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';
import { CODECS } from './codecs.ts';

const unpack = (name: string, bytes: Buffer, maxOutputLength = 10_000_000) => {
  const codec = [...CODECS.values()].find((one) => one.name === name);
  return (codec as NonNullable<typeof codec>).unpack(bytes, { maxOutputLength });
};

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

/** As snappy-java's stream does it: a head, and blocks of at most so many bytes behind their lengths. */
function xerial(bytes: Buffer, blockBytes = 32_768): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = compressSync(bytes.subarray(at, at + blockBytes));
    blocks.push(int32(block.length), block);
  }
  return Buffer.concat([Buffer.from('82534e41505059000000000100000001', 'hex'), ...blocks]);
}

const PACKERS = {
  'one block of snappy, as librdkafka writes it': ['snappy', (bytes: Buffer) => compressSync(bytes)],
  'blocks of snappy, as Java writes them': ['snappy', (bytes: Buffer) => xerial(bytes, 1_000)],
  'a frame of lz4': ['lz4', (bytes: Buffer) => compressFrameSync(bytes)],
  'a frame of lz4 with checksums': [
    'lz4',
    (bytes: Buffer) => compressFrameSync(bytes, { contentChecksum: true, blockChecksums: true }),
  ],
} as const;

describe.each(Object.entries(PACKERS))('%s', (_, [name, pack]) => {
  test('gives back what was packed', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 5_000 }),
      fc.tuple(fc.string({ maxLength: 20 }), fc.nat(20_000)).map(([text, count]) => Buffer.from(text.repeat(count))),
    );
    const property = fc.asyncProperty(bytes, async (plain) => {
      const given = Buffer.from(plain);
      fc.pre(given.length > 0);
      expect((await unpack(name, pack(given))).equals(given)).toBe(true);
    });
    await fc.assert(property, { numRuns: 50 });
  });

  test('that would be longer than the bound is refused, a little one of a million zeros too', async () => {
    const bomb = pack(Buffer.alloc(1_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    await expect(unpack(name, bomb, 900_000)).rejects.toMatchObject({ code: 'ERR_BUFFER_TOO_LARGE' });
    expect(await unpack(name, bomb, 4_000_000)).toHaveLength(1_000_000);
  });

  test('that is cut anywhere, or is something else, is an error', async () => {
    const packed = pack(randomBytes(3_000));
    for (const length of [1, 5, 17, 40, 1_500, packed.length - 1])
      await expect(unpack(name, packed.subarray(0, length))).rejects.toThrow();
    await expect(unpack(name, Buffer.from('{"plain":"json"}'))).rejects.toThrow();
  });
});

test('what a block of snappy claims to unpack to is believed for the bound, and is not made before', async () => {
  const claim = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]); // 4 GB
  await expect(unpack('snappy', claim)).rejects.toMatchObject({ code: 'ERR_BUFFER_TOO_LARGE' });
  const negative = Buffer.concat([xerial(Buffer.from('x')), int32(-4)]);
  await expect(unpack('snappy', negative)).rejects.toThrow('longer than what is there');
});
