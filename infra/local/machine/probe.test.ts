import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { decodeMetadataAnswer, encodeMetadataRequest, fetchMetadata } from './probe.ts';

/** Metadata v5: length, correlation, throttle, brokers (id, host, port, rack), cluster id, controller, topics. */
function answer(): Buffer {
  const int32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const text = (value: string | null) => {
    const length = Buffer.alloc(2);
    length.writeInt16BE(value === null ? -1 : value.length);
    return Buffer.concat([length, Buffer.from(value ?? '')]);
  };
  const broker = (id: number, port: number, rack: string | null) => [
    int32(id),
    text('127.0.0.1'),
    int32(port),
    text(rack),
  ];
  const parts = [
    int32(1),
    int32(0),
    int32(2),
    ...broker(1, 9092, null),
    ...broker(2, 9093, 'r2'),
    text('abc'),
    int32(2),
    int32(0),
  ];
  const body = Buffer.concat(parts);
  return Buffer.concat([int32(body.length), body]);
}

const CLUSTER = {
  clusterId: 'abc',
  controllerId: 2,
  brokers: [
    { id: 1, host: '127.0.0.1', port: 9092 },
    { id: 2, host: '127.0.0.1', port: 9093 },
  ],
};

/** Answers every request with these pieces. */
async function startFake(pieces: Buffer[]): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.once('data', () => {
      for (const piece of pieces) socket.write(piece);
      if (pieces.length === 0) socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { port: (server.address() as { port: number }).port, [Symbol.asyncDispose]: close };
}

describe('the Kafka probe', () => {
  test('asks for metadata version 5 of no topic', () => {
    expect(encodeMetadataRequest(7, 'me').toString('hex')).toBe(
      '00000011' + '0003' + '0005' + '00000007' + '00026d65' + '00000000' + '00',
    );
  });

  test('reads cluster, controller and brokers', () => {
    expect(decodeMetadataAnswer(answer())).toEqual(CLUSTER);
  });

  test('puts an answer together that arrives in pieces', async () => {
    await using fake = await startFake([answer().subarray(0, 2), answer().subarray(2, 30), answer().subarray(30)]);
    expect(await fetchMetadata(fake.port)).toEqual(CLUSTER);
  });

  test('rejects when the connection is closed without an answer, or refused', async () => {
    const fake = await startFake([]);
    await expect(fetchMetadata(fake.port)).rejects.toThrow();
    await fake[Symbol.asyncDispose]();
    await expect(fetchMetadata(fake.port)).rejects.toThrow('ECONNREFUSED');
  });
});
