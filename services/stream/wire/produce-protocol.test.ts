// Our Produce request is what kafkajs sends for the same batches; its answer is read as kafkajs reads it.
import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { encodeBatch, ReusedBytes } from './encode-batch.ts';
import { produceRequest, readProduceAnswer } from './produce-protocol.ts';

const inner = createRequire(import.meta.url);
type Encoded = { buffer: Buffer };
const theirs = inner('kafkajs/src/protocol/requests/produce/v7/request') as (fields: object) => {
  apiKey: number;
  apiVersion: number;
  encode(): Promise<Encoded>;
};
const { decode } = inner('kafkajs/src/protocol/requests/produce/v7/response') as {
  decode(answer: Buffer): Promise<object>;
};

const withHead = inner('kafkajs/src/protocol/request') as (asked: {
  correlationId: number;
  clientId: string;
  request: object;
}) => Promise<Encoded>;

const AT_MS = 1_800_000_000_000;
const PARTS = [
  { topic: 'ess.audit', partition: 3, firstSequence: 5, messages: [{ key: 'a', value: Buffer.from('1') }] },
  { topic: 'ess.delivery-state', partition: 0, firstSequence: 0, messages: [{ key: 'b', value: null }] },
  { topic: 'ess.audit', partition: 11, firstSequence: 9, messages: [{ key: 'c', value: Buffer.from('3') }] },
];

const head = { producerId: 7n, producerEpoch: 2, timestampMs: AT_MS };
const ours = () =>
  produceRequest(
    PARTS.map(({ topic, partition, firstSequence, messages }) => {
      return { topic, partition, batch: encodeBatch(messages, { ...head, baseSequence: firstSequence }) };
    }),
    10_000,
  ).request as ReturnType<typeof theirs>;
const wanted = () => {
  const timed = (part: (typeof PARTS)[number]) => ({
    ...part,
    messages: part.messages.map((message) => ({ ...message, timestamp: AT_MS })),
  });
  return theirs({
    acks: -1,
    timeout: 10_000,
    producerId: '7',
    producerEpoch: 2,
    topicData: [...Map.groupBy(PARTS, ({ topic }) => topic)].map(([topic, parts]) => ({
      topic,
      partitions: parts.map(timed),
    })),
  });
};

test('one request has all partitions of all topics, as kafkajs would send them', async () => {
  const request = ours();
  expect([request.apiKey, request.apiVersion]).toEqual([wanted().apiKey, wanted().apiVersion]);
  expect((await request.encode()).buffer.toString('hex')).toBe((await wanted().encode()).buffer.toString('hex'));
});

test.each([
  ['in its place', 'ess-worker', true],
  ['where it has no room, in a copy', 'x'.repeat(60), false],
])('kafkajs has its head before it: %s', async (_, clientId, isInPlace) => {
  const memory = new ReusedBytes();
  const request = produceRequest([{ topic: 'a', partition: 0, batch: Buffer.from('batch') }], 1, memory).request;
  const { buffer } = await withHead({ correlationId: 9, clientId, request });
  expect(buffer.toString('latin1')).toMatch(/batch$/);
  memory.free();
  expect(buffer.buffer === memory.take(1).buffer).toBe(isInPlace);
  const sent = await withHead({ correlationId: 9, clientId, request: ours() });
  const theirsSent = await withHead({ correlationId: 9, clientId, request: wanted() });
  expect(sent.buffer.toString('hex')).toBe(theirsSent.buffer.toString('hex'));
});

/** Topic by topic, with its partitions: number, error, offset. */
const ANSWER = Buffer.from(
  '00000002' +
    '0001' +
    '61' +
    '00000002' +
    '00000003' +
    '0000' +
    '0000000100000005' +
    'ffffffffffffffff' +
    '0000000000000000' +
    '00000004' +
    '0006' +
    'ffffffffffffffff' +
    'ffffffffffffffff' +
    'ffffffffffffffff' +
    '0002' +
    'c3a9' +
    '00000001' +
    '00000000' +
    '002e' +
    'ffffffffffffffff' +
    'ffffffffffffffff' +
    '0000000000000000' +
    '0000002a',
  'hex',
);

test('an answer tells each partition, and how long the broker wants to hear nothing', async () => {
  const read = readProduceAnswer(ANSWER);
  expect(read).toEqual({
    throttleMs: 42,
    partitions: [
      { topic: 'a', partition: 3, errorCode: 0, baseOffset: 2 ** 32 + 5 },
      { topic: 'a', partition: 4, errorCode: 6, baseOffset: -1 },
      { topic: 'é', partition: 0, errorCode: 46, baseOffset: -1 },
    ],
  });
  const { response } = produceRequest([], 1);
  const ours = await response.decode(ANSWER);
  const { clientSideThrottleTime } = (await decode(ANSWER)) as { clientSideThrottleTime: number };
  expect(ours).toMatchObject({ clientSideThrottleTime });
  expect(await response.parse(ours)).toEqual(read.partitions);
});

test('an answer that ends too soon is an error', () => {
  for (let length = 0; length < ANSWER.length; length += 1)
    expect(() => readProduceAnswer(ANSWER.subarray(0, length))).toThrow(/outside buffer bounds|out of range/);
});
