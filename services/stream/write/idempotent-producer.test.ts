// The idempotent producer against brokers that know sequences: what is written is written once, whatever happens to answers.
import { createRequire } from 'node:module';
import type { Asked } from '@ess/test/fakes/kafka/producing-cluster.ts';
import { CODES, closed, ProducingCluster } from '@ess/test/fakes/kafka/producing-cluster.ts';
import { describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { IdempotentProducer } from './idempotent-producer.ts';
import { OutboxProducer } from './outbox-producer.ts';

const { KafkaJSSASLAuthenticationError } = createRequire(import.meta.url)('kafkajs/src/errors.js') as {
  KafkaJSSASLAuthenticationError: new (message: string) => Error;
};

const RETRY = { initialRetryTime: 1, maxRetryTime: 1, retries: 3 };
const LEADERS = { 'a/0': '1', 'a/1': '2', 'b/0': '1' };

async function open() {
  const cluster = new ProducingCluster(LEADERS);
  const producer = new IdempotentProducer(cluster.kafka, RETRY);
  await producer.connect();
  return { cluster, producer };
}

/** `a/0=1`: this value to that partition. */
function batch(...rows: string[]) {
  const records = rows.map((row) => {
    const [, topic = '', partition, value = ''] = /^(.*)\/(.*)=(.*)$/.exec(row) ?? [];
    return { topic, key: 'k', value: Buffer.from(value), partition: Number(partition) };
  });
  const parts = [...Map.groupBy(records, ({ topic, partition }) => `${topic}/${partition}`).values()].map((group) => ({
    topic: group[0]!.topic,
    partition: group[0]!.partition,
    records: group,
  }));
  return { timeout: 1_000, parts } as const;
}

const places = (
  answer: ReadonlyArray<{ topicName: string; partition: number; errorCode: number; baseOffset?: string }>,
) =>
  Object.fromEntries(
    answer.map((one) => [`${one.topicName}/${one.partition}`, [one.errorCode, Number(one.baseOffset)]]),
  );

/** The broker has it, and its answer is lost. */
async function unheard({ take }: Asked): Promise<never> {
  await take();
  throw closed();
}

test('each leader gets one request with all of its partitions, and each partition its records in order', async () => {
  const { cluster, producer } = await open();
  const answer = await producer.sendBatch(batch('a/0=1', 'b/0=2', 'a/1=3', 'a/0=4'));
  expect(places(answer)).toEqual({ 'a/0': [0, 0], 'a/1': [0, 0], 'b/0': [0, 0] });
  expect(cluster.asked).toEqual([
    ['1', ['a/0', 'b/0']],
    ['2', ['a/1']],
  ]);
  expect(places(await producer.sendBatch(batch('a/0=5')))).toEqual({ 'a/0': [0, 2] });
  expect(cluster.values('a/0')).toEqual(['1', '4', '5']);
  expect(new Set(cluster.requestTimeouts)).toEqual(new Set([6_000])); // longer than brokers wait for their replicas
});

test('one record packed with gzip', async () => {
  const { cluster, producer } = await open();
  await producer.sendBatch({ ...batch('a/0=big'), compression: kafkajs.CompressionTypes.GZIP });
  expect(cluster.values('a/0')).toEqual(['big']);
});

describe('the same batch goes again, and is written once', () => {
  test('after the connection ended before the answer: over a new connection, with fresh metadata', async () => {
    const { cluster, producer } = await open();
    cluster.fault = (asked, index) => (index === 0 ? unheard(asked) : asked.take());
    expect(places(await producer.sendBatch(batch('a/0=1', 'a/0=2')))).toEqual({ 'a/0': [0, 0] });
    await producer.sendBatch(batch('a/0=3'));
    expect(cluster.values('a/0')).toEqual(['1', '2', '3']);
    expect([cluster.asked.length, cluster.removed, cluster.refreshed]).toEqual([3, 1, 1]);
  });

  test('to the new leader, and only what is not written: the other partitions are not sent again', async () => {
    const { cluster, producer } = await open();
    cluster.logs.get('b/0')!.leader = '1';
    await producer.sendBatch(batch('a/0=1', 'b/0=1'));
    cluster.logs.get('b/0')!.leader = '2';
    await producer.sendBatch(batch('a/0=2', 'b/0=2'));
    expect(cluster.asked.slice(1)).toEqual([
      ['1', ['a/0', 'b/0']],
      ['2', ['b/0']],
    ]);
    expect([cluster.values('a/0'), cluster.values('b/0')]).toEqual([
      ['1', '2'],
      ['1', '2'],
    ]);
  });

  test('after an answer that leaves a partition out, and after one that says that replicas were missing', async () => {
    const { cluster, producer } = await open();
    cluster.fault = async ({ take }, index) => {
      const all = await take();
      if (index === 0) all.delete('b/0');
      if (index === 0) all.set('a/0', [CODES.notEnoughReplicasAfterAppend, -1]);
      return all;
    };
    expect(places(await producer.sendBatch(batch('a/0=1', 'b/0=2')))).toEqual({ 'a/0': [0, 0], 'b/0': [0, 0] });
    expect([cluster.values('a/0'), cluster.values('b/0')]).toEqual([['1'], ['2']]);
  });

  test.each([
    [
      'authentication to which the connection ended',
      new KafkaJSSASLAuthenticationError('SASL PLAIN authentication failed: Closed connection'),
    ],
    ['an answer that ends too soon', new RangeError('out of range')],
    ['a connection that is not there', new Error('Broker not connected')],
  ])('after %s, of which kafkajs says nothing else', async (_what, trouble) => {
    const { cluster, producer } = await open();
    cluster.fault = async (asked, index) => {
      if (index === 1) throw trouble;
      return index === 0 ? unheard(asked) : asked.take();
    };
    expect(places(await producer.sendBatch(batch('a/0=1')))).toEqual({ 'a/0': [0, 0] });
    expect([cluster.asked.length, cluster.values('a/0')]).toEqual([3, ['1']]);
  });

  test('DUPLICATE_SEQUENCE_NUMBER says that it is written, and not where', async () => {
    const { cluster, producer } = await open();
    cluster.fault = async ({ places: [place = ''], take }) => {
      await take();
      return new Map([[place, [CODES.duplicate, -1]]]);
    };
    expect(places(await producer.sendBatch(batch('a/0=1')))).toEqual({ 'a/0': [0, -1] });
  });
});

describe('what is not known to be written ends the producer', () => {
  test('a broker that never answers: after so many tries, with its error', async () => {
    const { cluster, producer } = await open();
    cluster.fault = unheard;
    await expect(producer.sendBatch(batch('a/0=1'))).rejects.toThrow(closed().message);
    expect(cluster.asked).toHaveLength(1 + RETRY.retries);
    await expect(producer.sendBatch(batch('a/0=2'))).rejects.toThrow('has ended');
    expect(cluster.values('a/0')).toEqual(['1']);
  });

  test.each([CODES.outOfOrder, CODES.topicForbidden, CODES.messageTooLarge])('code %d, at once', async (code) => {
    const { cluster, producer } = await open();
    cluster.fault = async () => new Map([['a/0', [code, -1]]]);
    await expect(producer.sendBatch(batch('a/0=1'))).rejects.toMatchObject({ code });
    expect(cluster.asked).toHaveLength(1);
    await expect(producer.sendBatch(batch('a/0=1'))).rejects.toThrow('has ended');
  });

  test.each(['a/1', 'b/0'])('%s that is not there any more, while the others are written and told', async (gone) => {
    const { cluster, producer } = await open();
    cluster.logs.delete(gone);
    const answer = await producer.sendBatch(batch(`${gone}=2`, 'a/0=1'));
    expect(places(answer)).toEqual({ 'a/0': [0, 0], [gone]: [CODES.unknownPartition, -1] });
    expect(cluster.values('a/0')).toEqual(['1']);
    await expect(producer.sendBatch(batch('a/0=2'))).rejects.toThrow('has ended');
  });

  test('a record that is refused, after the other partitions are written: the code says so', async () => {
    const { cluster, producer } = await open();
    cluster.fault = async ({ node, places: named, take }) =>
      node === '2' ? new Map([[named[0] ?? '', [CODES.messageTooLarge, -1]]]) : take();
    const answer = await producer.sendBatch(batch('a/0=1', 'a/1=big'));
    expect(places(answer)).toEqual({ 'a/0': [0, 0], 'a/1': [CODES.messageTooLarge, -1] });
  });

  test('of several reasons the final one is thrown', async () => {
    const { cluster, producer } = await open();
    cluster.fault = (asked) =>
      asked.node === '1' ? unheard(asked) : Promise.resolve(new Map([['a/1', [CODES.topicForbidden, -1] as const]]));
    await expect(producer.sendBatch(batch('a/0=1', 'a/1=2'))).rejects.toMatchObject({ code: CODES.topicForbidden });
  });

  test('a refused record is told beside what became of the others, also where none is written', async () => {
    const { cluster, producer } = await open();
    const told = new Map([
      ['a/0', [CODES.topicForbidden, -1] as const],
      ['a/1', [CODES.messageTooLarge, -1] as const],
    ]);
    cluster.fault = async (asked) =>
      asked.places[0] === 'b/0' ? unheard(asked) : new Map([...told].filter(([place]) => asked.places.includes(place)));
    cluster.logs.get('b/0')!.leader = '3';
    const answer = await producer.sendBatch(batch('a/0=1', 'b/0=2', 'a/1=big'));
    expect(places(answer)).toEqual({
      'a/0': [CODES.topicForbidden, -1],
      'a/1': [CODES.messageTooLarge, -1],
      'b/0': [CODES.networkException, -1],
    });
  });
});

describe('a producer id', () => {
  test('is asked for again while brokers cannot give one, and each producer has its own', async () => {
    const cluster = new ProducingCluster(LEADERS);
    let asked = 0;
    cluster.onIdentify = async () => {
      asked += 1;
      if (asked < 3) throw closed();
    };
    await new IdempotentProducer(cluster.kafka, RETRY).connect();
    await new IdempotentProducer(cluster.kafka, RETRY).connect();
    expect([asked, cluster.ids]).toEqual([4, 2]);
  });

  test('that is refused is an error at once, and no connection is left', async () => {
    const cluster = new ProducingCluster(LEADERS);
    cluster.onIdentify = async () => {
      throw Object.assign(new Error('no'), { type: 'CLUSTER_AUTHORIZATION_FAILED', retriable: false });
    };
    const producer = new IdempotentProducer(cluster.kafka, RETRY);
    await expect(producer.connect()).rejects.toMatchObject({ type: 'CLUSTER_AUTHORIZATION_FAILED' });
    expect(cluster.open).toBe(0);
  });
});

describe('the successor of a producer that ended', () => {
  /** One whose last batch is on its way, after two that are written. */
  async function ended(code?: number) {
    const { cluster, producer } = await open();
    await producer.sendBatch(batch('a/0=1', 'a/0=2'));
    let late: Asked['take'] | undefined;
    cluster.fault = async ({ take, places: [place = ''] }) => {
      late ??= take;
      if (code === undefined) throw closed();
      return new Map([[place, [code, -1]]]);
    };
    await expect(producer.sendBatch(batch('a/0=3'))).rejects.toThrow();
    await producer.disconnect();
    cluster.fault = ({ take }) => take();
    const successor = new IdempotentProducer(cluster.kafka, RETRY, producer.identity);
    await successor.connect();
    return { cluster, successor, late: late! };
  }

  test('has its id and the next epoch: what is late is not taken after its first batch', async () => {
    const { cluster, successor, late } = await ended();
    await successor.sendBatch(batch('a/0=3'));
    await successor.sendBatch(batch('a/0=4'));
    expect(await late()).toEqual(new Map([['a/0', [CODES.oldEpoch, -1]]]));
    expect([cluster.values('a/0'), cluster.ids]).toEqual([['1', '2', '3', '4'], 1]);
    expect(successor.identity).toEqual({ producerId: 1n, producerEpoch: 1 });
  });

  test.each([CODES.oldEpoch, CODES.unknownProducer])('has another id after code %d', async (code) => {
    const { cluster, successor } = await ended(code);
    await successor.sendBatch(batch('a/0=3'));
    expect([cluster.values('a/0'), cluster.ids]).toEqual([['1', '2', '3'], 2]);
  });

  test('has another id after the last epoch', async () => {
    const { cluster } = await ended();
    await new IdempotentProducer(cluster.kafka, RETRY, { producerId: 1n, producerEpoch: 32_766 }).connect();
    expect(cluster.ids).toBe(1);
    await new IdempotentProducer(cluster.kafka, RETRY, { producerId: 1n, producerEpoch: 32_767 }).connect();
    expect(cluster.ids).toBe(2);
  });

  test('is made by an outbox, also after one that did not connect', async () => {
    const cluster = new ProducingCluster(LEADERS);
    const made: Array<number | undefined> = [];
    const outbox = new OutboxProducer((before) => {
      made.push(before?.producerEpoch);
      return new IdempotentProducer(cluster.kafka, RETRY, before);
    });
    await outbox.connected();
    await outbox.retire();
    const cut = outbox.connected();
    await outbox.retire();
    await expect(cut).rejects.toThrow('closed');
    await outbox.connected();
    await outbox.retire();
    await outbox.connected();
    expect([made, cluster.ids]).toEqual([[undefined, 0, 0, 1], 1]);
  });
});

describe('a producer that is closed', () => {
  test('while a send is on its way does not try it again, and leaves no connection', async () => {
    const { cluster, producer } = await open();
    cluster.fault = async (asked) => {
      await producer.disconnect();
      cluster.open = 1; // what kafkajs opens again behind a close
      return unheard(asked);
    };
    await expect(producer.sendBatch(batch('a/0=1'))).rejects.toThrow(closed().message);
    expect([cluster.asked.length, cluster.open]).toEqual([1, 0]);
  });

  test('while it connects leaves no connection', async () => {
    const cluster = new ProducingCluster(LEADERS);
    const producer = new IdempotentProducer(cluster.kafka, RETRY);
    cluster.onIdentify = () => producer.disconnect();
    await expect(producer.connect()).rejects.toThrow('closed');
    expect(cluster.open).toBe(0);
    await expect(producer.sendBatch(batch('a/0=1'))).rejects.toThrow('not connected');
  });
});
