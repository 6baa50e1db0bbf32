import type { ControlState } from '@ess/domain/control/control-state.ts';
import type { Admin } from '@ess/stream/kafkajs/client.ts';
import { expect, jest, test } from '@jest/globals';
import { PartnerGroups } from './partner-groups.ts';

test('after a clock that was an hour ahead is set back, the newest answer counts, and none is of later than now', async () => {
  let offset = '1';
  const admin = {
    describeGroups: async () => ({ groups: [] }),
    fetchOffsets: async () => [{ partitions: [{ partition: 0, offset }] }],
    fetchTopicOffsets: async () => [{ partition: 0, offset: '9', low: '0', high: '9' }],
  } as unknown as Admin;
  const control = () => ({ paused: () => undefined, active: () => undefined }) as unknown as ControlState;
  await using groups = new PartnerGroups({ admin, partners: () => new Map([['hospital', 'rules']]), control });
  const isNow = Date.now();
  const clock = jest.spyOn(Date, 'now').mockReturnValue(isNow + 3_600_000);
  try {
    await groups.ask();
    clock.mockReturnValue(isNow);
    expect(groups.of('hospital')?.readToMs).toBeLessThanOrEqual(isNow);
    offset = '2';
    await groups.ask();
    expect(groups.of('hospital')?.positions).toEqual(new Map([[0, 2]]));
  } finally {
    clock.mockRestore();
  }
});
