// What monitoring tools expect of names, over what the programs really export.
import { expect, test } from '@jest/globals';
import { knownMetrics } from './catalog.ts';

/** Promised names: dashboards and alerts of others may use them. */
const PROMISED: Readonly<Record<string, readonly string[]>> = {
  ess_delivery_attempts_total: ['partner', 'outcome'],
  ess_delivery_latency_seconds: ['partner'],
  ess_attempt_duration_seconds: ['partner'],
  ess_stage_seconds: ['partner', 'stage'],
  ess_lag_records: ['partner'],
  ess_lag_seconds: ['partner'],
  ess_drift_rules: ['partner', 'state'],
  ess_circuit_state: ['partner'],
  ess_partner_held: ['partner', 'cause'],
  ess_inflight: ['partner'],
  ess_held_records: ['partner'],
  ess_dead_letters_total: ['partner', 'reason'],
  ess_replay_window_seconds: ['partner'],
  ess_retention_lost_total: ['partner'],
  ess_stream_clients: ['partner'],
  ess_stream_events_total: ['partner'],
  ess_inbound_total: ['hook', 'outcome'],
  ess_connector_info: ['partner', 'digest'],
  ess_actionable_lag_records: ['partner'],
  ess_desired_workers: ['partner'],
};
/** What each label can be is bounded by: the connectors, the list in the code, or the metric itself. */
const LABELS = new Set(
  'partner stage outcome reason state cause repair digest hook topic listener kind path status program version node'.split(
    ' ',
  ),
);
/** Milliseconds, kilobytes and percent are not base units; "wait", "age" and the like without a unit are no name. */
const OTHER_UNITS = /_(ms|millis|milliseconds|minutes|hours|days|kb|mb|kilobytes|megabytes|percent)(_|$)/;
const TIMES = /latency|duration|age|wait|behind|silent|oldest|since|window|clock/;

const METRICS = knownMetrics();

test.each(METRICS)('$name is named as Prometheus asks', ({ name, help, type, labels }) => {
  expect(name).toMatch(/^ess_[a-z]+(_[a-z]+)*$/);
  expect(name).not.toMatch(OTHER_UNITS);
  expect(name.endsWith('_total')).toBe(type === 'counter');
  if (TIMES.test(name.replace(/_total$/, ''))) expect(name).toMatch(/_seconds$/);
  expect(name).not.toMatch(/_(count|sum|bucket)$/); // a histogram's own
  expect(help).toMatch(/^[A-Z01].{9,}[^.\s]$/s);
  for (const label of labels) expect(LABELS).toContain(label);
});

test('the names that others may build on are there, with their labels', () => {
  const labels = Object.fromEntries(METRICS.map((one) => [one.name, one.labels]));
  expect(labels).toMatchObject(PROMISED);
});

test('every program says which build it is, and what time its machine has', () => {
  for (const name of ['ess_build_info', 'ess_clock_timestamp_seconds'])
    expect(METRICS.find((one) => one.name === name)?.programs).toEqual([
      ...['worker', 'bridge', 'inbound', 'observer', 'console', 'serve'],
    ]);
});
