import { expect, test } from '@jest/globals';
import type { PartitionAssigner } from 'kafkajs';
import kafkajs from 'kafkajs';
import { fencedAssigner } from './fenced-assigner.ts';

const CONFIG = { cluster: {} } as Parameters<PartitionAssigner>[0];

test('no join passes while something of the last assignment is under way; kafkajs takes the refusal for a rebalance and asks again', async () => {
  let underWay = true;
  const assigner = fencedAssigner({ isClosed: () => underWay, memberName: 'host-1' })(CONFIG);
  const join = () => assigner.protocol({ topics: ['rules'] });
  const refused = async () => join();
  for (let ask = 0; ask < 3; ask += 1) await expect(refused()).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' });
  underWay = false;
  const { name, metadata } = join();
  expect(name).toBe(kafkajs.PartitionAssigners.roundRobin(CONFIG).protocol({ topics: ['rules'] }).name);
  const decoded = kafkajs.AssignerProtocol.MemberMetadata.decode(metadata);
  expect([decoded?.topics, decoded?.userData.toString()]).toEqual([['rules'], 'host-1']);
});
