// The outbox against a Kafka that answers as told: what was acknowledged is written, whatever fails.
import { A, B, FakeOutboxKafka, row } from '@ess/test/fakes/kafka/outbox-kafka.ts';
import { describe, expect, test } from '@jest/globals';
import { partitionOf } from '../wire/partition.ts';

describe('what is queued while a send is in flight is the next batch', () => {
  test('appends of one turn go out together, later ones after the answer: never two sends at once', async () => {
    const fake = new FakeOutboxKafka();
    const outbox = fake.outbox();
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
    const fake = new FakeOutboxKafka();
    const outbox = fake.outbox({ maxBatchRecords: 3, maxBatchBytes: 1_000 });
    await outbox.append(['1', '2', '3', '4', 'x'.repeat(2_000), '6'].map((value) => row(A, value)));
    expect(fake.sent.map(({ rows }) => rows.length)).toEqual([3, 1, 1, 1]);
  });
});

test('where each record was written is answered per partition, in order', async () => {
  const fake = new FakeOutboxKafka();
  const written = await fake.outbox().append([row(A, '1'), row(B, '1'), row(A, '2')]);
  expect(written.map(({ offset }) => offset)).toEqual([100, 100, 101]);
  expect(written.map(({ partition }) => partition)).toEqual([A, B, A].map((key) => partitionOf(key, 4)));
});

test('a broker that recognised a repeated batch and names no offset still acknowledges', async () => {
  const fake = new FakeOutboxKafka();
  fake.answer = (all) => all.map((part) => ({ ...part, baseOffset: '-1' }));
  expect(await fake.outbox().append([row(A, '1'), row(A, '2')])).toMatchObject([{ offset: -1 }, { offset: -1 }]);
});

describe('what is not acknowledged is sent again', () => {
  test('a partition that the answer leaves out, before what came later, by a new producer', async () => {
    const fake = new FakeOutboxKafka();
    const failures: number[] = [];
    const settled: string[] = [];
    const appends: Array<Promise<unknown>> = [];
    const append = (key: string, value: string) =>
      appends.push(outbox.append([row(key, value)]).then(() => settled.push(`${key}=${value}`)));
    const onRetry = (_error: unknown, waiting: number) => {
      failures.push(waiting);
      append(A, '3');
    };
    const outbox = fake.outbox({ onRetry });
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
      [1, `${A}=1`, `${A}=2`, `${B}=1`],
      [2, `${A}=1`, `${A}=2`, `${A}=3`],
    ]);
    expect(fake.disconnected).toEqual([1]);
    expect(failures).toEqual([2]);
  });

  test('a partition answered with an error', async () => {
    const fake = new FakeOutboxKafka();
    fake.answer = (all, index) => (index === 0 ? all.map((part) => ({ ...part, errorCode: 6 })) : all);
    expect(await fake.outbox().append([row(A, '1')])).toHaveLength(1);
    expect(fake.sent).toHaveLength(2);
  });

  test('a send that failed: the whole batch, by a new producer each time, until Kafka is back', async () => {
    const fake = new FakeOutboxKafka();
    fake.answer = (all, index) => {
      if (index < 3) throw new Error('broker away');
      return all;
    };
    await fake.outbox().append([row(A, '1'), row(A, '2')]);
    expect(fake.sent.map(({ producer, rows }) => [producer, rows.length])).toEqual([1, 2, 3, 4].map((n) => [n, 2]));
    expect(fake.disconnected).toEqual([1, 2, 3]);
  });

  test('a producer that cannot connect', async () => {
    const fake = new FakeOutboxKafka();
    fake.connect = async () => {
      if (fake.producers === 1) throw new Error('no broker');
    };
    expect(await fake.outbox().append([row(A, '1')])).toHaveLength(1);
    expect(fake.producers).toBe(2);
  });
});

describe('records of one key are written in the order of their appends', () => {
  test('through failures, missing partitions and small batches', async () => {
    const fake = new FakeOutboxKafka();
    const outbox = fake.outbox({ maxBatchRecords: 4 });
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
    const fake = new FakeOutboxKafka();
    fake.lookUp = (index) => new Promise((resolve) => setTimeout(resolve, index === 0 ? 30 : 1));
    const outbox = fake.outbox();
    await Promise.all([outbox.append([row(A, '1')]), outbox.append([row(A, '2')])]);
    expect(fake.sent.flatMap(({ rows }) => rows)).toEqual([`${A}=1`, `${A}=2`]);
    expect(fake.lookUps).toEqual([['ess.audit']]);
  });
});

test('a topic that Kafka does not have is an error that says what to do, at once', async () => {
  const outbox = new FakeOutboxKafka().outbox();
  await expect(outbox.append([row('a', '1', 'ess.forgotten')])).rejects.toThrow(
    'Kafka has no topic ess.forgotten: run "ess topics apply"',
  );
});

test('after a producer gave up, what Kafka has after all is not sent again; while nobody knows, nothing is', async () => {
  const fake = new FakeOutboxKafka();
  fake.answer = (all, index) => {
    if (index === 0) throw new Error('no answer');
    return all;
  };
  let asked = 0;
  const outbox = fake.outbox({
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
