import { expect, test } from '@jest/globals';
import type { PartitionAssigner } from 'kafkajs';
import kafkajs from 'kafkajs';
import { namedAssigner } from './named-assigner.ts';

const CONFIG = { cluster: {} } as Parameters<PartitionAssigner>[0];

test('a member deals partitions as kafkajs does, and says its name with each join', () => {
  const { name, metadata } = namedAssigner('host-1')(CONFIG).protocol({ topics: ['rules'] });
  expect(name).toBe(kafkajs.PartitionAssigners.roundRobin(CONFIG).protocol({ topics: ['rules'] }).name);
  const decoded = kafkajs.AssignerProtocol.MemberMetadata.decode(metadata);
  expect([decoded?.topics, decoded?.userData.toString()]).toEqual([['rules'], 'host-1']);
});
