// An outbox that is closed: it waits for so long, rejects the rest, and leaves no producer behind.
import { A, FakeOutboxKafka, row } from '@ess/test/fakes/kafka/outbox-kafka.ts';
import { describe, expect, test } from '@jest/globals';
import type { OutboxRecord } from './outbox.ts';

describe('close', () => {
  test('waits for what is queued, then disconnects and takes nothing more', async () => {
    const fake = new FakeOutboxKafka();
    const outbox = fake.outbox();
    await outbox.open(['ess.audit']);
    const append = outbox.append([row(A, '1')]);
    await outbox.close(1_000);
    expect(await append).toHaveLength(1);
    expect(fake.disconnected).toEqual([1]);
    await expect(outbox.append([row(A, '2')])).rejects.toThrow('the outbox is closed');
  });

  test('rejects what Kafka has not acknowledged within the budget', async () => {
    const fake = new FakeOutboxKafka();
    const outbox = fake.outbox();
    await outbox.open(['ess.audit']);
    fake.answer = () => new Promise(() => {});
    const results = Promise.allSettled([outbox.append([row(A, '1')]), outbox.append([row(A, '2')])]);
    await outbox.close(20);
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(outbox.pending).toBe(0);
  });

  test('does not wait out a pause between retries', async () => {
    const fake = new FakeOutboxKafka();
    const failed = Promise.withResolvers<void>();
    const outbox = fake.outbox({ onRetry: () => failed.resolve() });
    fake.answer = () => {
      throw new Error('broker away');
    };
    const result = expect(outbox.append([row(A, '1')])).rejects.toThrow('closed before Kafka acknowledged');
    await failed.promise; // the pause begins
    await outbox.close(0);
    await result;
    expect(fake.sent).toHaveLength(1);
  });

  test('sends nothing after it, also when what Kafka has was just looked up', async () => {
    const fake = new FakeOutboxKafka();
    const asked = Promise.withResolvers<void>();
    const told = Promise.withResolvers<ReadonlySet<OutboxRecord>>();
    fake.answer = () => {
      throw new Error('broker away');
    };
    const outbox = fake.outbox({
      alreadyWritten: () => {
        asked.resolve();
        return told.promise;
      },
    });
    const result = expect(outbox.append([row(A, '1')])).rejects.toThrow('closed before Kafka acknowledged');
    await asked.promise;
    await outbox.close(0);
    await result;
    told.resolve(new Set());
    await new Promise((resolve) => setImmediate(resolve));
    expect([fake.producers, fake.sent.length]).toEqual([1, 1]);
  });

  test('rejects an append that was still waiting for its topic', async () => {
    const fake = new FakeOutboxKafka();
    fake.lookUp = () => new Promise((resolve) => setTimeout(resolve, 20));
    const outbox = fake.outbox();
    const result = expect(outbox.append([row(A, '1')])).rejects.toThrow('closed');
    await outbox.close(0);
    await result;
    expect(fake.sent).toEqual([]);
  });

  test('leaves no producer behind that was just connecting, and sends nothing through it', async () => {
    const fake = new FakeOutboxKafka();
    const connecting = Promise.withResolvers<void>();
    const connected = Promise.withResolvers<void>();
    fake.connect = () => {
      connecting.resolve();
      return connected.promise;
    };
    const outbox = fake.outbox();
    const result = expect(outbox.append([row(A, '1')])).rejects.toThrow('closed');
    await connecting.promise;
    await outbox.close(0);
    await result;
    connected.resolve();
    while (fake.disconnected.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect([fake.disconnected, fake.sent]).toEqual([[1], []]);
  });
});
