// What a producer sends stands in memory that it uses again: for the next request, and not before the broker has this one.
import { closed, ProducingCluster } from '@ess/test/fakes/kafka/producing-cluster.ts';
import { expect, test } from '@jest/globals';
import { IdempotentProducer } from './idempotent-producer.ts';

test('it is used again when a request was answered, and never while its bytes may still be on their way', async () => {
  const cluster = new ProducingCluster({ 'a/0': '1' });
  const producer = new IdempotentProducer(cluster.kafka, { initialRetryTime: 1, maxRetryTime: 1, retries: 3 });
  await producer.connect();
  const sent: string[] = [];
  cluster.fault = async ({ take }, index) => {
    sent.push(cluster.bodies[index]!.toString('hex'));
    const answer = await take();
    if (index === 0) throw closed();
    return answer;
  };
  for (const value of ['1', '2', '3']) {
    const records = [{ key: 'k', value: Buffer.from(value) }];
    await producer.sendBatch({ timeout: 1_000, parts: [{ topic: 'a', partition: 0, records }] });
  }
  const [unanswered, again, second, third] = cluster.bodies;
  expect(unanswered!.toString('hex')).toBe(sent[0]);
  expect([second, third].map((body) => body!.buffer === again!.buffer)).toEqual([true, true]);
  expect(cluster.values('a/0')).toEqual(['1', '2', '3']);
});
