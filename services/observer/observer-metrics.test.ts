import { expect, test } from '@jest/globals';
import { ObserverMetrics } from './observer-metrics.ts';

test('before the view is there nothing is watched, however long ago', async () => {
  expect(await new ObserverMetrics().registry.metrics()).toMatch(/^ess_observer_behind_seconds \+Inf$/m);
});

/** A view in which the source of one partner was not read for an hour, and what is of all partners two seconds ago. */
const VIEW = {
  behindMs: (_nowMs?: number, of?: 'all' | 'shared') => (of === 'shared' ? 2_000 : 3_600_000),
  groupOf: () => undefined,
  judge: { totals: () => ({ nowMs: 0, partners: [] }) },
};

test('who is not looked at, for an invalid connector, is counted', async () => {
  const metrics = new ObserverMetrics();
  metrics.refresh(VIEW, 2);
  expect(await metrics.registry.metrics()).toMatch(/^ess_observer_connectors_left_out 2$/m);
});

test("one partner's source that cannot be read does not say that nobody watches the others", async () => {
  const metrics = new ObserverMetrics();
  metrics.refresh(VIEW, 0);
  expect(await metrics.registry.metrics()).toMatch(/^ess_observer_behind_seconds 2$/m);
});
