// Alerts as they are written: what they ask for exists, each is tried, and its entry in the runbook leads on.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Outcome } from '@ess/inbound/door.ts';
import { findPrometheus, PROMETHEUS_NEEDED } from '@ess/infra/prometheus/programs.mjs';
import { knownMetrics } from '@ess/runtime/metrics/catalog.ts';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { alertRules, recordingRules } from './alert-rules.ts';
import { DASHBOARDS } from './dashboards.ts';
import { askedBy } from './promql.ts';
import { commandsIn, panelsIn, runbookEntry } from './runbook.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RULES = `${ROOT}infra/prometheus/`;
const COMMANDS = readFileSync(`${ROOT}services/cli/commands.ts`, 'utf8');
/** What Prometheus itself and Node export. */
const NOT_OURS: Readonly<Record<string, readonly string[]>> = {
  up: ['job', 'instance'],
  process_cpu_seconds_total: [],
  process_start_time_seconds: [],
  process_resident_memory_bytes: [],
  nodejs_eventloop_lag_p99_seconds: [],
};
const ALERTS = alertRules();
const PANELS = DASHBOARDS.flatMap(({ title, rows }) =>
  rows.flatMap(({ panels }) => panels.map((panel) => ({ dashboard: title, ...panel }))),
);
const KNOWN = new Map(knownMetrics().map((metric) => [metric.name, metric]));

/** Labels by metric of what is recorded, taken over from what it is made of. */
const RECORDED = new Map(recordingRules().map(({ record }) => [record, ['partner']]));

function labelsOf(metric: string): readonly string[] | undefined {
  const known = KNOWN.get(metric) ?? KNOWN.get(metric.replace(/_(bucket|sum|count)$/, ''));
  if (known) return metric.endsWith('_bucket') ? [...known.labels, 'le'] : known.labels;
  return RECORDED.get(metric) ?? NOT_OURS[metric];
}

const EXPRESSIONS = [
  ...[...ALERTS, ...recordingRules()].map(({ expr }) => ({ of: 'alerts.yaml', expr })),
  ...PANELS.flatMap(({ dashboard, queries }) => queries.map(({ expr }) => ({ of: dashboard, expr }))),
];

test.each(EXPRESSIONS)('$of asks for what is exported: $expr', ({ expr }) => {
  const { metrics, labels } = askedBy(expr);
  expect(metrics).not.toEqual([]);
  const there = new Set(['job', 'instance', ...metrics.flatMap((metric) => labelsOf(metric) ?? [`no ${metric}`])]);
  expect(metrics.filter((metric) => labelsOf(metric) === undefined)).toEqual([]);
  expect(labels.filter((label) => !there.has(label))).toEqual([]);
});

test('an expression with a metric or a label that nobody exports is told, and one that is no PromQL', () => {
  expect(labelsOf('ess_lag_secs')).toBeUndefined();
  expect(askedBy('sum by (partnr) (ess_lag_seconds)').labels).toEqual(['partnr']);
  expect(() => askedBy('sum by (partner (ess_lag_seconds)')).toThrow('no PromQL');
});

test('every metric is on a dashboard: one that nobody looks at is not worth its series', () => {
  const seen = new Set(
    EXPRESSIONS.flatMap(({ expr }) => askedBy(expr).metrics.map((name) => name.replace(/_(bucket|sum|count)$/, ''))),
  );
  expect([...KNOWN.keys()].filter((name) => !seen.has(name))).toEqual([]);
});

/** Answers of doors, also those that the server gives for them: who is refused has to mend something. */
const IS_REFUSAL = {
  published: false,
  repeated: false,
  handshake: false,
  page: false,
  aborted: false,
  'key-reused': true,
  unsupported: true,
  malformed: true,
  unauthorized: true,
  limited: true,
  invalid: true,
  'kafka-away': true,
  'keys-away': true,
  overloaded: true,
  'too-large': true,
  failed: true,
} satisfies Record<Outcome | 'page' | 'aborted', boolean>;

test('a door refuses by what is a refusal: a sender that repeats what it was acked for is none', () => {
  const expr = ALERTS.find(({ alert }) => alert === 'EssDoorRefusing')?.expr ?? '';
  const taken = Object.entries(IS_REFUSAL).flatMap(([outcome, isRefusal]) => (isRefusal ? [] : [outcome]));
  expect(/outcome!~"([^"]*)"/.exec(expr)?.[1]?.split('|').sort()).toEqual(taken.sort());
});

describe.each(ALERTS)('$alert', ({ alert, labels, annotations, ...rule }) => {
  const text = runbookEntry(annotations.runbook_url);

  test('says how long it waits, how bad it is and where its entry is', () => {
    expect(alert).toMatch(/^Ess[A-Z][A-Za-z]+$/);
    expect(rule).toMatchObject({ for: expect.any(String), keep_firing_for: expect.any(String) });
    expect(['critical', 'warning']).toContain(labels.severity);
    expect(annotations.runbook_url).toMatch(/^docs\/operations\.md#ess[a-z]+$/);
  });

  test('has an entry that says what to look at and what to do, with commands that there are', () => {
    expect(text).toMatch(/^- Look/m);
    expect(text).toMatch(/^- (Look and do|Do):/m);
    expect(commandsIn(text)).not.toEqual([]);
    for (const command of commandsIn(text)) {
      const [program, name] = command.split(' ');
      if (program === 'ess') expect(COMMANDS).toMatch(new RegExp(`\\b${name}\\b`));
    }
  });

  test('the panels that its entry names are there, and one of them asks for what the alert asks for', () => {
    expect(panelsIn(text).filter((title) => !PANELS.some((panel) => panel.title === title))).toEqual([]);
    const asked = new Set(askedBy(rule.expr).metrics);
    const shown = PANELS.filter(({ queries }) =>
      queries.some(({ expr }) => askedBy(expr).metrics.some((metric) => asked.has(metric))),
    );
    expect(shown).not.toEqual([]);
  });
});

interface RuleTests {
  readonly tests: ReadonlyArray<{
    readonly alert_rule_test: ReadonlyArray<{ readonly alertname: string; readonly exp_alerts: readonly object[] }>;
  }>;
}

test('each alert is tried once silent and once firing', () => {
  const { tests } = parse(readFileSync(`${RULES}alerts.test.yaml`, 'utf8')) as RuleTests;
  const tried = tests.flatMap((one) =>
    one.alert_rule_test.map((tried) => `${tried.alertname} ${tried.exp_alerts.length > 0}`),
  );
  expect([...new Set(tried)].sort()).toEqual(ALERTS.flatMap(({ alert }) => [`${alert} false`, `${alert} true`]).sort());
});

const promtool = findPrometheus('promtool');
if (promtool === undefined) console.error(`the alerts are not tried: ${PROMETHEUS_NEEDED}`);

(promtool === undefined ? test.skip : test)(
  'promtool takes the alerts, the configurations and every test of an alert',
  async () => {
    const run = (...args: string[]) => promisify(execFile)(promtool as string, args, { cwd: RULES });
    await run('check', 'config', 'prometheus.yaml', 'containers.yaml');
    await run('test', 'rules', 'alerts.test.yaml');
  },
);
