// Record batches made by hand, as producers of any make and intent could write them, and a way to put them into a topic as
// they are: kafkajs packs with gzip only, and says nothing wrong.
import { createRequire } from 'node:module';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';

const inner = createRequire(import.meta.url);

export interface MadeRecord {
  readonly key?: Buffer | string | null;
  readonly value?: Buffer | string | null;
  readonly headers?: ReadonlyArray<readonly [string, Buffer | string | null]>;
  readonly timestampDelta?: number;
  readonly offsetDelta?: number;
}

export interface MadeBatch {
  readonly records?: readonly MadeRecord[];
  /** Instead of `records`: these bytes, already packed if they are meant to be. */
  readonly bytes?: Buffer;
  readonly baseOffset?: number;
  readonly lastOffsetDelta?: number;
  /** That the batch claims. */
  readonly count?: number;
  readonly codec?: keyof typeof CODECS;
  readonly attributes?: number;
  readonly magic?: number;
  /** That the batch claims, of what follows the length. */
  readonly length?: number;
  readonly timestampMs?: number;
  readonly producerId?: bigint;
}

const CODECS = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

export function makeBatch(made: MadeBatch): Buffer {
  const { records = [], codec = 'none', baseOffset = 0, timestampMs = Date.now() } = made;
  const body = made.bytes ?? pack(codec, Buffer.concat(records.map(recordBytes)));
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(BigInt(baseOffset), 0);
  head.writeInt32BE(made.length ?? 49 + body.length, 8);
  head.writeInt8(made.magic ?? 2, 16);
  head.writeInt16BE(made.attributes ?? CODECS[codec], 21);
  head.writeInt32BE(made.lastOffsetDelta ?? Math.max(0, records.length - 1), 23);
  head.writeBigInt64BE(BigInt(timestampMs), 27);
  head.writeBigInt64BE(BigInt(timestampMs), 35);
  head.writeBigInt64BE(made.producerId ?? -1n, 43);
  head.writeInt16BE(-1, 51);
  head.writeInt32BE(-1, 53);
  head.writeInt32BE(made.count ?? records.length, 57);
  const batch = Buffer.concat([head, body]);
  const crc32c = inner('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

export function recordBytes({ key = null, value = null, headers = [], ...at }: MadeRecord, index = 0): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(at.timestampDelta ?? 0),
    varint(at.offsetDelta ?? index),
    sized(key),
    sized(value),
    varint(headers.length),
    ...headers.flatMap(([name, content]) => [sized(name), sized(content)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value < 0 ? BigInt(value) * -2n - 1n : BigInt(value) * 2n;
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(left)]);
}

/** As the codecs of Kafka's Java client frame it; snappy and lz4 hold their bytes uncompressed, which both allow. */
export function pack(codec: keyof typeof CODECS, bytes: Buffer): Buffer {
  if (codec === 'gzip') return gzipSync(bytes);
  if (codec === 'zstd') return zstdCompressSync(bytes);
  if (codec === 'snappy') {
    const literal = Buffer.concat([uvarint(bytes.length), Buffer.from([61 << 2]), u16(bytes.length - 1), bytes]);
    return Buffer.concat([Buffer.from('82534e41505059000000000100000001', 'hex'), u32be(literal.length), literal]);
  }
  if (codec === 'lz4')
    return Buffer.concat([
      Buffer.from('04224d18604082', 'hex'), // independent blocks of at most 64 kB
      u32le((0x80000000 | bytes.length) >>> 0),
      bytes,
      u32le(0),
    ]);
  return bytes;
}

/** Writes batches to a partition as they are. @throws what the broker answers when it refuses one */
export async function produceRaw(kafka: Kafka, topic: string, partition: number, batch: Buffer): Promise<void> {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const create = (kafka as unknown as Record<symbol, (options: object) => RawCluster>)[symbol as symbol];
  const cluster = create?.({ metadataMaxAge: 300_000, allowAutoTopicCreation: false }) as RawCluster;
  await cluster.connect();
  try {
    await cluster.addTargetTopic(topic);
    const [nodeId = ''] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
    const broker = await cluster.findBroker({ nodeId });
    const Encoder = inner('kafkajs/src/protocol/encoder') as new () => RawEncoder;
    const request = {
      apiKey: 0,
      apiVersion: 7,
      apiName: 'Produce',
      expectResponse: () => true,
      encode: async () =>
        new Encoder()
          .writeString(null)
          .writeInt16(-1)
          .writeInt32(10_000)
          .writeArray([
            new Encoder().writeString(topic).writeArray([new Encoder().writeInt32(partition).writeBytes(batch)]),
          ]),
    };
    await broker.connectionPool.send({
      request,
      response: inner('kafkajs/src/protocol/requests/produce/v7/response') as object,
    });
  } finally {
    await cluster.disconnect();
  }
}

interface RawCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<{ connectionPool: { send(request: object): Promise<unknown> } }>;
}

interface RawEncoder {
  writeString(value: string | null): RawEncoder;
  writeInt16(value: number): RawEncoder;
  writeInt32(value: number): RawEncoder;
  writeBytes(value: Buffer): RawEncoder;
  writeArray(value: readonly RawEncoder[]): RawEncoder;
}

function sized(content: Buffer | string | null): Buffer {
  if (content === null) return varint(-1);
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(bytes.length), bytes]);
}

function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Buffer.from([...bytes, left]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32le(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u32be(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
