import { createLog } from '@ess/runtime/log/log.ts';
import { projectorMetrics } from '@ess/runtime/metrics/bridge-metrics.ts';
import type { Group } from '@ess/stream/group/group.ts';
import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import type { ProjectionContext } from './projection-assignment.ts';
import { ProjectionAssignment } from './projection-assignment.ts';

test('what waits is told as the broker says it, also of a partition that is not fetched, and not of one that is gone', async () => {
  const metrics = projectorMetrics(new Registry());
  const group = { highWatermark: () => 7, ownedForMs: 1 } as unknown as Group;
  const assignment = new ProjectionAssignment(group, {
    log: createLog('test', { level: 'silent' }),
    metrics,
    stoodBefore: async () => {},
    onAssigned: () => {},
    sessionTimeoutMs: 1,
  } as unknown as ProjectionContext);
  const lag = async () => (await metrics.lag.get()).values[0]?.value;
  await assignment.assigned([{ partition: 0, position: 5, metadata: null }]);
  expect(await lag()).toBe(2);
  assignment.endsAre(new Map([[0, 405]]));
  expect(await lag()).toBe(400);
  await assignment.revoke();
  assignment.endsAre(new Map([[0, 405]]));
  expect(await lag()).toBe(0);
});
