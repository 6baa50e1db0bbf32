// What the outbox does with a record that Kafka refuses, and with a batch that holds one.
import { A, B, FakeOutboxKafka, row, tooLarge } from '@ess/test/fakes/kafka/outbox-kafka.ts';
import { describe, expect, test } from '@jest/globals';
import { partitionOf } from '../wire/partition.ts';
import type { OutboxOptions } from './outbox.ts';

describe('a record that is too large for Kafka', () => {
  test('alone is refused; those around it are written, in order, whatever their size', async () => {
    const fake = new FakeOutboxKafka();
    const outbox = fake.outbox({ onRetry: () => expect('retried').toBe('not retried') });
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

  test('is tried once more, alone and compressed', async () => {
    const fake = new FakeOutboxKafka();
    fake.answer = (all, index) => {
      const { rows, compressed } = fake.sent[index]!;
      if (rows.includes(`${A}=big`) && !compressed) throw tooLarge();
      return all;
    };
    const outbox = fake.outbox();
    const appends = ['1', 'big', '3'].map((value) => outbox.append([row(A, value)]));
    expect(await Promise.all(appends)).toHaveLength(3);
    const packed = fake.sent.filter(({ compressed }) => compressed);
    expect(packed.map(({ rows }) => rows)).toEqual([[`${A}=big`]]);
    const taken = fake.sent.filter(({ rows, compressed }) => compressed || !rows.includes(`${A}=big`));
    expect(taken.flatMap(({ rows }) => rows)).toEqual(['1', 'big', '3'].map((value) => `${A}=${value}`));
  });

  test('has its producer retired as every failed send has: the sequence is unknown', async () => {
    const fake = new FakeOutboxKafka();
    fake.answer = (all, index) => {
      if (index === 0) throw tooLarge();
      return all;
    };
    await fake.outbox().append([row(A, '1'), row(A, '2')]);
    expect(fake.sent.map(({ producer }) => producer)).toEqual([1, 2, 2]);
  });
});

describe('what Kafka says of a record, and what it says of itself', () => {
  test.each(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD'])(
    '%s ends the append, also inside another error',
    async (type) => {
      const fake = new FakeOutboxKafka();
      fake.answer = () => {
        throw new Error('no retry', { cause: Object.assign(new Error(type), { type }) });
      };
      await expect(fake.outbox().append([row(A, '1')])).rejects.toMatchObject({ code: 'ESS_RECORD' });
    },
  );

  test.each([
    'INVALID_TIMESTAMP',
    'TOPIC_AUTHORIZATION_FAILED',
    'NOT_ENOUGH_REPLICAS',
    'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  ])('%s does not: our clock, our rights and the topic can be set right', async (type) => {
    const fake = new FakeOutboxKafka();
    fake.answer = (all, index) => {
      if (index === 0) throw Object.assign(new Error(type), { type });
      return all;
    };
    expect(await fake.outbox().append([row(A, '1')])).toHaveLength(1);
  });
});

test('where the answer says which partition was refused, the others are written once, and the record is found', async () => {
  const fake = new FakeOutboxKafka();
  const outbox = fake.outbox({ onRetry: () => expect('retried').toBe('not retried') });
  fake.answer = (all, index) =>
    all.map((part) => {
      const isRefused = part.partition === partitionOf(A, 4) && fake.sent[index]!.rows.includes(`${A}=bad`);
      return isRefused ? { ...part, errorCode: 10 } : part;
    });
  const appends = ['1', 'bad', '3'].flatMap((value) => [A, B].map((key) => outbox.append([row(key, value)])));
  const results = await Promise.allSettled(appends);
  expect(results.map(({ status }) => status)).toEqual(
    ['1', 'bad', '3'].flatMap((value) => [value === 'bad' ? 'rejected' : 'fulfilled', 'fulfilled']),
  );
  expect(results[2]).toMatchObject({ reason: { code: 'ESS_RECORD' } });
  const ofB = fake.sent.flatMap(({ rows }) => rows.filter((sent) => sent.startsWith(`${B}=`)));
  expect(ofB).toEqual(['1', 'bad', '3'].map((value) => `${B}=${value}`));
  expect(outbox.pending).toBe(0);
});

test('of a batch that was refused, what Kafka has taken is not sent again where that can be known', async () => {
  const fake = new FakeOutboxKafka();
  fake.answer = (all, index) => {
    if (fake.sent[index]?.rows.includes(`${A}=bad`)) throw tooLarge();
    return all;
  };
  const outbox = fake.outbox({
    alreadyWritten: async (records) => new Set(records.filter(({ value }) => String(value) === 'there')),
  });
  const appends = ['there', 'bad'].map((value) => outbox.append([row(value === 'bad' ? A : B, value)]));
  expect((await Promise.allSettled(appends)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(fake.sent.map(({ rows }) => rows)).toEqual([[`${B}=there`, `${A}=bad`], [`${A}=bad`], [`${A}=bad`]]);
});

test('what Kafka may have is looked up in each of the smaller batches, and only that', async () => {
  const fake = new FakeOutboxKafka();
  const asked: string[][] = [];
  const outbox = fake.outbox({
    alreadyWritten: async (records) => {
      asked.push(records.map(({ value }) => String(value)));
      return new Set();
    },
  });
  const later: Array<Promise<unknown>> = [];
  fake.answer = (all, index) => {
    if (index === 0) later.push(outbox.append([row(A, '5')]));
    if (index === 0) throw tooLarge();
    return all;
  };
  await Promise.all(['1', '2', '3', '4'].map((value) => outbox.append([row(A, value)])));
  await Promise.all(later);
  expect(asked).toEqual([
    ['1', '2'],
    ['3', '4'],
  ]);
});

describe('beside a partition that is away, a refused record', () => {
  /** A is away until told, B has the refused record. */
  function away(options: OutboxOptions = {}) {
    const fake = new FakeOutboxKafka();
    const state = { isAway: true };
    fake.answer = (all, index) =>
      all.map((part) => {
        if (state.isAway && part.partition === partitionOf(A, 4)) return { ...part, errorCode: 5 };
        const isRefused = part.partition === partitionOf(B, 4) && fake.sent[index]!.rows.includes(`${B}=bad`);
        return isRefused ? { ...part, errorCode: 10 } : part;
      });
    return { fake, state, outbox: fake.outbox(options) };
  }
  const C = ['c', 'd', 'e', 'f', 'g'].find(
    (key) => ![A, B].some((one) => partitionOf(one, 4) === partitionOf(key, 4)),
  )!;

  test('is found, and the others are written in whole batches meanwhile', async () => {
    const { fake, state, outbox } = away();
    const stuck = outbox.append([row(A, 'stuck')]);
    await expect(outbox.append([row(B, 'bad')])).rejects.toMatchObject({ code: 'ESS_RECORD' });
    const before = fake.sent.length;
    const values = Array.from({ length: 50 }, (_, index) => String(index));
    await Promise.all(values.map((value) => outbox.append([row(C, value)])));
    const withC = fake.sent.slice(before).filter(({ rows }) => rows.some((one) => one.startsWith(`${C}=`)));
    expect(withC.map(({ rows }) => rows.length)).toEqual([51]);
    state.isAway = false;
    expect(await stuck).toHaveLength(1);
  });

  test('is not all that is told: of the others nobody knows', async () => {
    const told: number[] = [];
    const { state, outbox } = away({
      onRetry: (_error, waiting) => {
        told.push(waiting);
        state.isAway = false;
      },
    });
    const stuck = outbox.append([row(A, 'stuck')]);
    await expect(outbox.append([row(B, 'bad')])).rejects.toMatchObject({ code: 'ESS_RECORD' });
    await stuck;
    expect(told).toEqual([2]);
  });
});

describe('a right that is missing', () => {
  const refused = () =>
    Object.assign(new Error('Kafka refuses User:ess the right Write on topic ess.audit'), {
      type: 'TOPIC_AUTHORIZATION_FAILED',
    });

  test('is told at once where somebody waits, and others are written after it', async () => {
    const fake = new FakeOutboxKafka();
    fake.answer = (all, index) => {
      if (index === 0) throw refused();
      return all;
    };
    const outbox = fake.outbox({ isWaitedFor: true });
    await expect(outbox.append([row(A, '1'), row(B, '1')])).rejects.toMatchObject({
      code: 'ESS_CONFIG',
      message: 'Kafka refuses User:ess the right Write on topic ess.audit',
    });
    await outbox.append([row(A, '2')]);
    expect(fake.sent.map(({ rows }) => rows)).toEqual([[`${A}=1`, `${B}=1`], [`${A}=2`]]);
    fake.connect = () => Promise.reject(refused());
    await expect(fake.outbox({ isWaitedFor: true }).open(['ess.audit'])).rejects.toThrow('User:ess');
  });

  test('is waited for where nobody does, and told by its name also when other partitions were written', async () => {
    const fake = new FakeOutboxKafka();
    fake.answer = (all, index) =>
      index === 0 ? all.map((part, at) => (at === 0 ? { ...part, errorCode: 29, error: refused() } : part)) : all;
    const told: string[] = [];
    const outbox = fake.outbox({ onRetry: (error) => told.push(String(error)) });
    await outbox.append([row(A, '1'), row(B, '1')]);
    expect(told).toEqual([
      'Error: 1 records were not acknowledged: Kafka refuses User:ess the right Write on topic ess.audit',
    ]);
  });
});
