import { expect, test } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import { applyTopics } from './topics.ts';

test('a change is made when the broker that is asked shows it, not when the controller has taken it', async () => {
  const shown = { partitions: 1, retention: '1000' };
  const looks: Array<() => void> = [];
  const laterly = (act: () => void) => looks.push(() => {}, act); // two more looks show what was before
  const admin = {
    connect: async () => {},
    disconnect: async () => {},
    listTopics: async () => ['ess.audit'],
    fetchTopicMetadata: async () => {
      looks.shift()?.();
      return { topics: [{ name: 'ess.audit', partitions: Array.from({ length: shown.partitions }) }] };
    },
    createPartitions: async () => laterly(() => (shown.partitions = 3)),
    describeConfigs: async () => ({
      resources: [{ configEntries: [{ configName: 'retention.ms', configValue: shown.retention }] }],
    }),
    alterConfigs: async () => laterly(() => (shown.retention = '2000')),
  };
  const kafka = { admin: () => admin } as unknown as Kafka;
  const plan = [{ name: 'ess.audit', partitions: 3, replication: 1, config: { 'retention.ms': '2000' } }];
  expect(await applyTopics(kafka, plan)).toMatchObject([{ action: 'partitions added' }]);
  expect(shown).toEqual({ partitions: 3, retention: '2000' });
  expect(await applyTopics(kafka, plan)).toEqual([{ topic: 'ess.audit', action: 'unchanged' }]);
});
