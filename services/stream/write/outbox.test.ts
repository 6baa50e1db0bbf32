// The outbox against a Kafka that answers as told: what was acknowledged is written, whatever fails, without a broker.
import { describe, expect, test } from '@jest/globals';
import type { Kafka, ProducerBatch, RecordMetadata } from 'kafkajs';
import { partitionOf } from '../wire/partition.ts';
import { Outbox } from './outbox.ts';

interface Batch {
  /** Which producer sent it, from 1. */
  readonly producer: number;
  /** `key=value` in the order of sending. */
  readonly rows: string[];
  readonly partitions: string[];
}

type Answer = RecordMetadata[];

/** Kafka as the outbox sees it: producers with numbers, and what reached each. */
class FakeKafka {
  readonly sent: Batch[] = [];
  readonly disconnected: number[] = [];
  producers = 0;
  inFlight = 0;
  mostInFlight = 0;
  lookUps: string[][] = [];
  /** Changed by tests; the default acknowledges everything. */
  answer: (all: Answer, index: number) => Promise<Answer> | Answer = (all) => all;
  lookUp: (index: number) => Promise<void> = async () => {};
  connect: () => Promise<void> = async () => {};

  get kafka(): Kafka {
    return { admin: () => this.#admin(), producer: () => this.#producer() } as unknown as Kafka;
  }

  #admin() {
    return {
      connect: async () => {},
      disconnect: async () => {},
      listTopics: async () => ['ess.audit', 'ess.delivery-state', 'a', 'b', 'first', 'second'],
      fetchTopicMetadata: async ({ topics }: { topics: string[] }) => {
        this.lookUps.push(topics);
        await this.lookUp(this.lookUps.length - 1);
        return { topics: topics.map((name) => ({ name, partitions: [{}, {}, {}, {}] })) };
      },
    };
  }

  #producer() {
    const producer = ++this.producers;
    return {
      connect: () => this.connect(),
      disconnect: async () => void this.disconnected.push(producer),
      sendBatch: async ({ topicMessages = [], acks }: ProducerBatch) => {
        expect(acks).toBe(-1);
        const places = topicMessages.flatMap(({ topic, messages }) => messages.map((message) => ({ topic, message })));
        const rows = places.map(({ message }) => `${message.key}=${message.value}`);
        const partitions = [...new Set(places.map(({ topic, message }) => `${topic} ${message.partition}`))];
        this.sent.push({ producer, rows, partitions });
        this.inFlight += 1;
        this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
        try {
          await new Promise((resolve) => setImmediate(resolve));
          const all = partitions.map((place) => {
            const [topicName = '', partition] = place.split(' ');
            return { topicName, partition: Number(partition), errorCode: 0, baseOffset: '100' };
          });
          return await this.answer(all, this.sent.length - 1);
        } finally {
          this.inFlight -= 1;
        }
      },
    };
  }
}

const row = (key: string, value: string, topic = 'ess.audit') => ({ topic, key, value: Buffer.from(value) });
const tooLarge = () => Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' });
/** Keys of different partitions, so that one of them can fail. */
const [A = '', B = ''] = ['a', 'b', 'c', 'd', 'e'].filter(
  (key, index, keys) => index === 0 || partitionOf(key, 4) !== partitionOf(keys[0]!, 4),
);

describe('what is queued while a send is in flight is the next batch', () => {
  test('appends of one turn go out together, later ones after the answer: never two sends at once', async () => {
    const fake = new FakeKafka();
    const outbox = new Outbox(fake.kafka);
    await outbox.open(['ess.audit']);
    const first = [outbox.append([row(A, '1')]), outbox.append([row(B, '1')])];
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 1));
    const second = Array.from({ length: 50 }, (_, index) => outbox.append([row(A, String(index + 2))]));
    await Promise.all([...first, ...second]);
    expect(fake.sent[0]!.rows).toEqual([`${A}=1`, `${B}=1`]);
    expect(fake.sent.length).toBeLessThanOrEqual(3);
    expect(fake.mostInFlight).toBe(1);
    expect([fake.producers, outbox.pending]).toEqual([1, 0]);
  });

  test('a batch is bounded in records and in bytes, and one record always goes', async () => {
    const fake = new FakeKafka();
    const outbox = new Outbox(fake.kafka, { maxBatchRecords: 3, maxBatchBytes: 1_000 });
    await outbox.append(['1', '2', '3', '4', 'x'.repeat(2_000), '6'].map((value) => row(A, value)));
    expect(fake.sent.map(({ rows }) => rows.length)).toEqual([3, 1, 1, 1]);
  });
});

test('where each record was written is answered per partition, in order', async () => {
  const fake = new FakeKafka();
  const written = await new Outbox(fake.kafka).append([row(A, '1'), row(B, '1'), row(A, '2')]);
  expect(written.map(({ offset }) => offset)).toEqual([100, 100, 101]);
  expect(written.map(({ partition }) => partition)).toEqual([A, B, A].map((key) => partitionOf(key, 4)));
});

test('a broker that recognised a repeated batch and names no offset still acknowledges', async () => {
  const fake = new FakeKafka();
  fake.answer = (all) => all.map((part) => ({ ...part, baseOffset: '-1' }));
  expect(await new Outbox(fake.kafka).append([row(A, '1'), row(A, '2')])).toMatchObject([
    { offset: -1 },
    { offset: -1 },
  ]);
});

describe('what is not acknowledged is sent again', () => {
  test('a partition that the answer leaves out, before what came later, by a new producer', async () => {
    const fake = new FakeKafka();
    const failures: number[] = [];
    const settled: string[] = [];
    const appends: Array<Promise<unknown>> = [];
    const append = (key: string, value: string) =>
      appends.push(outbox.append([row(key, value)]).then(() => settled.push(`${key}=${value}`)));
    const onRetry = (_error: unknown, waiting: number) => {
      failures.push(waiting);
      append(A, '3');
    };
    const outbox = new Outbox(fake.kafka, { onRetry });
    const again = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    fake.connect = async () => {
      if (fake.producers === 1) return;
      again.resolve();
      await goOn.promise;
    };
    fake.answer = (all, index) => (index === 0 ? all.filter(({ partition }) => partition !== partitionOf(A, 4)) : all);
    await outbox.open(['ess.audit']);
    append(A, '1');
    append(B, '1');
    append(A, '2');
    await again.promise;
    expect(settled).toEqual([`${B}=1`]);
    goOn.resolve();
    await Promise.all(appends);
    expect(fake.sent.map(({ rows, producer }) => [producer, ...rows])).toEqual([
      [1, `${A}=1`, `${B}=1`, `${A}=2`],
      [2, `${A}=1`, `${A}=2`, `${A}=3`],
    ]);
    expect(fake.disconnected).toEqual([1]);
    expect(failures).toEqual([2]);
  });

  test('a partition answered with an error', async () => {
    const fake = new FakeKafka();
    fake.answer = (all, index) => (index === 0 ? all.map((part) => ({ ...part, errorCode: 6 })) : all);
    expect(await new Outbox(fake.kafka).append([row(A, '1')])).toHaveLength(1);
    expect(fake.sent).toHaveLength(2);
  });

  test('a send that failed: the whole batch, by a new producer each time, until Kafka is back', async () => {
    const fake = new FakeKafka();
    fake.answer = (all, index) => {
      if (index < 3) throw new Error('broker away');
      return all;
    };
    await new Outbox(fake.kafka).append([row(A, '1'), row(A, '2')]);
    expect(fake.sent.map(({ producer, rows }) => [producer, rows.length])).toEqual([1, 2, 3, 4].map((n) => [n, 2]));
    expect(fake.disconnected).toEqual([1, 2, 3]);
  });

  test('a producer that cannot connect', async () => {
    const fake = new FakeKafka();
    fake.connect = async () => {
      if (fake.producers === 1) throw new Error('no broker');
    };
    expect(await new Outbox(fake.kafka).append([row(A, '1')])).toHaveLength(1);
    expect(fake.producers).toBe(2);
  });
});

describe('a record that is too large for Kafka', () => {
  test('alone is refused; those around it are written, in order, whatever their size', async () => {
    const fake = new FakeKafka();
    const outbox = new Outbox(fake.kafka, { onRetry: () => expect('retried').toBe('not retried') });
    // The largest is not the one to blame: topics have different limits.
    fake.answer = (all, index) => {
      if (fake.sent[index]!.rows.includes(`${A}=bad`)) throw tooLarge();
      return all;
    };
    const values = ['1', '2', 'x'.repeat(5_000), 'bad', '5', '6', '7'];
    const results = await Promise.allSettled(values.map((value) => outbox.append([row(A, value)])));
    expect(results.map(({ status }) => status)).toEqual(
      values.map((value) => (value === 'bad' ? 'rejected' : 'fulfilled')),
    );
    const text = `ess.audit does not take a record of 4 bytes with the key ${A}: MESSAGE_TOO_LARGE`;
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'ESS_RECORD', message: text },
    });
    const good = fake.sent.filter(({ rows }) => !rows.includes(`${A}=bad`)).flatMap(({ rows }) => rows);
    expect(good).toEqual(values.filter((value) => value !== 'bad').map((value) => `${A}=${value}`));
    await outbox.append([row(A, '8'), row(A, '9'), row(A, '10')]); // batches are whole again
    expect(fake.sent.at(-1)!.rows).toHaveLength(3);
    expect(outbox.pending).toBe(0);
  });

  test('has its producer retired as every failed send has: the sequence is unknown', async () => {
    const fake = new FakeKafka();
    fake.answer = (all, index) => {
      if (index === 0) throw tooLarge();
      return all;
    };
    await new Outbox(fake.kafka).append([row(A, '1'), row(A, '2')]);
    expect(fake.sent.map(({ producer }) => producer)).toEqual([1, 2, 2]);
  });
});

describe('what Kafka says of a record, and what it says of itself', () => {
  test.each(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'UNSUPPORTED_FOR_MESSAGE_FORMAT'])(
    '%s ends the append, also inside another error',
    async (type) => {
      const fake = new FakeKafka();
      fake.answer = () => {
        throw new Error('no retry', { cause: Object.assign(new Error(type), { type }) });
      };
      await expect(new Outbox(fake.kafka).append([row(A, '1')])).rejects.toMatchObject({ code: 'ESS_RECORD' });
    },
  );

  test.each(['INVALID_TIMESTAMP', 'TOPIC_AUTHORIZATION_FAILED', 'NOT_ENOUGH_REPLICAS'])(
    '%s does not: our clock and rights can be set right',
    async (type) => {
      const fake = new FakeKafka();
      fake.answer = (all, index) => {
        if (index === 0) throw Object.assign(new Error(type), { type });
        return all;
      };
      expect(await new Outbox(fake.kafka).append([row(A, '1')])).toHaveLength(1);
    },
  );
});

test('of a batch that was refused, what Kafka has taken is not sent again where that can be known', async () => {
  const fake = new FakeKafka();
  fake.answer = (all, index) => {
    if (fake.sent[index]?.rows.includes(`${A}=bad`)) throw tooLarge();
    return all;
  };
  const outbox = new Outbox(fake.kafka, {
    alreadyWritten: async (records) => new Set(records.filter(({ value }) => String(value) === 'there')),
  });
  const appends = ['there', 'bad'].map((value) => outbox.append([row(value === 'bad' ? A : B, value)]));
  expect((await Promise.allSettled(appends)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(fake.sent.map(({ rows }) => rows)).toEqual([[`${B}=there`, `${A}=bad`], [`${A}=bad`]]);
});

describe('records of one key are written in the order of their appends', () => {
  test('through failures, missing partitions and small batches', async () => {
    const fake = new FakeKafka();
    const outbox = new Outbox(fake.kafka, { maxBatchRecords: 4 });
    const acknowledged: string[] = [];
    fake.answer = (all, index) => {
      if (index === 1) throw new Error('broker away');
      return index === 3 ? all.slice(1) : all;
    };
    const appends = Array.from({ length: 30 }, (_, index) => {
      const record = row([A, B][index % 2]!, String(index));
      return outbox.append([record]).then(() => acknowledged.push(`${record.key}=${record.value}`));
    });
    await Promise.all(appends);
    for (const key of [A, B]) {
      const order = acknowledged.filter((entry) => entry.startsWith(`${key}=`)).map((entry) => Number(entry.slice(2)));
      expect(order).toEqual([...order].sort((a, b) => a - b));
      expect(order).toHaveLength(15);
    }
  });

  test('also when both had to wait for an unknown topic and the second look-up is faster', async () => {
    const fake = new FakeKafka();
    fake.lookUp = (index) => new Promise((resolve) => setTimeout(resolve, index === 0 ? 30 : 1));
    const outbox = new Outbox(fake.kafka);
    await Promise.all([outbox.append([row(A, '1')]), outbox.append([row(A, '2')])]);
    expect(fake.sent.flatMap(({ rows }) => rows)).toEqual([`${A}=1`, `${A}=2`]);
    expect(fake.lookUps).toEqual([['ess.audit']]);
  });
});

describe('close', () => {
  test('waits for what is queued, then disconnects and takes nothing more', async () => {
    const fake = new FakeKafka();
    const outbox = new Outbox(fake.kafka);
    await outbox.open(['ess.audit']);
    const append = outbox.append([row(A, '1')]);
    await outbox.close(1_000);
    expect(await append).toHaveLength(1);
    expect(fake.disconnected).toEqual([1]);
    await expect(outbox.append([row(A, '2')])).rejects.toThrow('the outbox is closed');
  });

  test('rejects what Kafka has not acknowledged within the budget', async () => {
    const fake = new FakeKafka();
    const outbox = new Outbox(fake.kafka);
    await outbox.open(['ess.audit']);
    fake.answer = () => new Promise(() => {});
    const results = Promise.allSettled([outbox.append([row(A, '1')]), outbox.append([row(A, '2')])]);
    await outbox.close(20);
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(outbox.pending).toBe(0);
  });

  test('does not wait out a pause between retries', async () => {
    const fake = new FakeKafka();
    const failed = Promise.withResolvers<void>();
    const outbox = new Outbox(fake.kafka, { onRetry: () => failed.resolve() });
    fake.answer = () => {
      throw new Error('broker away');
    };
    const result = expect(outbox.append([row(A, '1')])).rejects.toThrow('closed before Kafka acknowledged');
    await failed.promise; // the pause begins
    await outbox.close(0);
    await result;
    expect(fake.sent).toHaveLength(1);
  });

  test('rejects an append that was still waiting for its topic', async () => {
    const fake = new FakeKafka();
    fake.lookUp = () => new Promise((resolve) => setTimeout(resolve, 20));
    const outbox = new Outbox(fake.kafka);
    const result = expect(outbox.append([row(A, '1')])).rejects.toThrow('closed');
    await outbox.close(0);
    await result;
    expect(fake.sent).toEqual([]);
  });

  test('leaves no producer behind that was just connecting, and sends nothing through it', async () => {
    const fake = new FakeKafka();
    const connecting = Promise.withResolvers<void>();
    const connected = Promise.withResolvers<void>();
    fake.connect = () => {
      connecting.resolve();
      return connected.promise;
    };
    const outbox = new Outbox(fake.kafka);
    const result = expect(outbox.append([row(A, '1')])).rejects.toThrow('closed');
    await connecting.promise;
    await outbox.close(0);
    await result;
    connected.resolve();
    while (fake.disconnected.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect([fake.disconnected, fake.sent]).toEqual([[1], []]);
  });
});

test('a topic that Kafka does not have is an error that says what to do, at once', async () => {
  const outbox = new Outbox(new FakeKafka().kafka);
  await expect(outbox.append([row('a', '1', 'ess.forgotten')])).rejects.toThrow(
    'Kafka has no topic ess.forgotten: run "ess topics apply"',
  );
});

test('after a producer gave up, what Kafka has after all is not sent again; while nobody knows, nothing is', async () => {
  const fake = new FakeKafka();
  fake.answer = (all, index) => {
    if (index === 0) throw new Error('no answer');
    return all;
  };
  let asked = 0;
  const outbox = new Outbox(fake.kafka, {
    alreadyWritten: async (records) => {
      asked += 1;
      if (asked === 1) throw new Error('cannot be read');
      return new Set(records.filter(({ value }) => String(value) === '1'));
    },
  });
  const written = await Promise.all([outbox.append([row(A, '1')]), outbox.append([row(A, '2')])]);
  expect(fake.sent.map(({ rows }) => rows)).toEqual([[`${A}=1`, `${A}=2`], [`${A}=2`]]);
  expect(written.map(([place]) => place?.offset)).toEqual([-1, 100]);
  expect([asked >= 2, outbox.pending]).toEqual([true, 0]);
});
