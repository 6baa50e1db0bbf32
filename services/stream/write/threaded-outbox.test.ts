// The thread is real; Kafka is not there. What it promises with Kafka is proven by every test under test/integrity.
import { expect, test } from '@jest/globals';
import { ThreadedOutbox } from './threaded-outbox.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function open() {
  const gone: Error[] = [];
  const outbox = new ThreadedOutbox({
    kafka: { brokers: ['127.0.0.1:1'] },
    clientId: 'test',
    log,
    onGone: (error) => gone.push(error),
  });
  return { outbox, gone };
}

test('what Kafka has not acknowledged when the outbox closes is rejected, and nothing is appended after it', async () => {
  const { outbox, gone } = open();
  const opened = outbox.open(['ess.audit']);
  const appended = outbox.append([{ topic: 'ess.audit', key: 'k', value: Buffer.from('v') }]);
  const late = Promise.allSettled([opened, appended]);
  expect(outbox.pending).toBe(2);
  await outbox.close(100);
  expect((await late).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(outbox.append([])).rejects.toThrow('closed');
  expect(outbox.pending).toBe(0);
  expect(gone).toEqual([]);
});

test('closing twice is closing once', async () => {
  const { outbox } = open();
  await Promise.all([outbox.close(100), outbox.close(100)]);
});

test('a thread that ends by itself is reported, and what waited for it is rejected', async () => {
  const gone = Promise.withResolvers<Error>();
  const outbox = new ThreadedOutbox({ kafka: null as never, clientId: 'test', log, onGone: gone.resolve });
  const appended = outbox.append([{ topic: 'ess.audit', key: 'k', value: null }]);
  await expect(appended).rejects.toThrow();
  expect((await gone.promise).message).toMatch(/null/);
});
