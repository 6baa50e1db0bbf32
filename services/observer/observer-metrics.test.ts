import { expect, test } from '@jest/globals';
import { ObserverMetrics } from './observer-metrics.ts';

test('before the view is there nothing is watched, however long ago', async () => {
  expect(await new ObserverMetrics().registry.metrics()).toMatch(/^ess_observer_behind_seconds \+Inf$/m);
});

test('who is not looked at, for an invalid connector, is counted', async () => {
  const metrics = new ObserverMetrics();
  const view = {
    behindMs: () => 0,
    groupOf: () => undefined,
    judge: { totals: () => ({ nowMs: 0, partners: [] }) },
  };
  metrics.refresh(view, 2);
  expect(await metrics.registry.metrics()).toMatch(/^ess_observer_connectors_left_out 2$/m);
});
