// A connection of kafkajs against a broker that breaks off in the middle of an answer.
import { createRequire } from 'node:module';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { beginAnew } from './fresh-connection.ts';

interface Connection {
  host: string;
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  send(asked: object): Promise<unknown>;
}
const inner = createRequire(import.meta.url);
const Connection = inner('kafkajs/src/network/connection.js') as new (options: object) => Connection;
const Encoder = inner('kafkajs/src/protocol/encoder.js') as new () => object;
beginAnew();

const LENGTH_BYTES = 4;
const CORRELATION_AT = 8;
const nothing = () => undefined;
const logger = { namespace: () => ({ debug: nothing, error: nothing, warn: nothing, info: nothing }) };
const API_VERSIONS = { apiKey: 18, apiVersion: 0, apiName: 'ApiVersions', encode: async () => new Encoder() };
const PLAIN = { decode: async (payload: Buffer) => ({ text: String(payload) }), parse: async (read: object) => read };

/** An answer as Kafka writes it: length, correlation id, payload. */
function answerTo(request: Buffer, text: string): Buffer {
  const answer = Buffer.alloc(2 * LENGTH_BYTES + text.length);
  answer.writeInt32BE(answer.length - LENGTH_BYTES);
  answer.writeInt32BE(request.readInt32BE(CORRELATION_AT), LENGTH_BYTES);
  answer.write(text, 2 * LENGTH_BYTES);
  return answer;
}

async function brokerThat(answers: Array<(socket: Socket, request: Buffer) => void>) {
  let sockets = 0;
  const server = createServer((socket) => {
    sockets += 1;
    const answer = answers.shift() as (typeof answers)[number];
    socket.on('data', (request) => answer(socket, request)).on('error', nothing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const connection = new Connection({
    host: '127.0.0.1',
    port,
    logger,
    requestTimeout: 2_000,
    connectionTimeout: 2_000,
    socketFactory: ({ host, onConnect }: { host: string; onConnect: () => void }) => connect({ host, port }, onConnect),
  });
  return {
    ask: () => connection.send({ request: API_VERSIONS, response: PLAIN }),
    connection,
    sockets: () => sockets,
    async [Symbol.asyncDispose]() {
      await connection.disconnect();
      server.close();
    },
  };
}

// Up to a few bytes the rest is a length of nonsense; beyond them the next answers are taken for the rest.
test.each([1, 3, 6, 20])(
  '%d bytes of an answer, then the end: the next connection reads its own answers',
  async (bytes) => {
    await using broker = await brokerThat([
      (socket, request) => socket.end(answerTo(request, 'never whole, and long enough').subarray(0, bytes)),
      (socket, request) => socket.write(answerTo(request, 'whole')),
    ]);
    await broker.connection.connect();
    await expect(broker.ask()).rejects.toThrow();
    await broker.connection.connect();
    expect(await broker.ask()).toEqual({ text: 'whole' });
  },
);

test('who needs the connection while it is being opened gets the same socket', async () => {
  await using broker = await brokerThat([(socket, request) => socket.write(answerTo(request, 'whole'))]);
  await Promise.all([broker.connection.connect(), broker.connection.connect(), broker.connection.connect()]);
  expect(await broker.ask()).toEqual({ text: 'whole' });
  expect(broker.sockets()).toBe(1);
});

test('one that could not be opened is opened again by the next', async () => {
  await using broker = await brokerThat([(socket, request) => socket.write(answerTo(request, 'whole'))]);
  const { host } = broker.connection;
  broker.connection.host = '127.0.0.2'; // nobody listens there, and it says so at once
  await Promise.all([1, 2].map(() => expect(broker.connection.connect()).rejects.toThrow('Connection error')));
  broker.connection.host = host;
  await broker.connection.connect();
  expect(await broker.ask()).toEqual({ text: 'whole' });
});
