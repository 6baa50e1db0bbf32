// What is refused before anybody is asked to stop their writers.
import { expect, test } from '@jest/globals';
import type { Kafka } from '../kafkajs/client.ts';
import { checkGrowth } from './topic-growth.ts';

const kafka = {
  admin: () => ({
    connect: async () => undefined,
    disconnect: async () => undefined,
    fetchTopicMetadata: async () => ({ topics: [{ name: 'rules', partitions: Array.from({ length: 12 }) }] }),
  }),
} as unknown as Kafka;

test('a number that is no growth is refused, and the number there is told', async () => {
  await expect(checkGrowth(kafka, { topic: 'rules', partitions: 12 })).rejects.toThrow('rules has 12 partitions');
  expect(await checkGrowth(kafka, { topic: 'rules', partitions: 13 })).toBe(12);
});
