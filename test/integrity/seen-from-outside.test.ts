// What tools of operations see: every program is scraped by a real Prometheus with our alerts. What goes wrong fires, what is over
// clears, and what panels and alerts ask for is what the programs export.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPrometheus, PROMETHEUS_NEEDED } from '@ess/infra/prometheus/programs.mjs';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { knownMetrics } from '@ess/runtime/metrics/catalog.ts';
import type { Stage } from '@ess/runtime/metrics/stages.ts';
import { STAGE_NAMES } from '@ess/runtime/metrics/stages.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { Prometheus } from '../fakes/prometheus.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { freePort } from '../harness/free-port.ts';
import {
  DOOR_PATH,
  DOOR_SECRET,
  DOOR_SIGNING_SECRET,
  DoorProcess,
  hookTopic,
  writeDoor,
} from '../harness/programs/door-process.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { ownTestStack } from '../harness/test-stack.ts';
import { alertRules, recordingRules } from '../monitoring/alert-rules.ts';
import { DASHBOARDS } from '../monitoring/dashboards.ts';
import { askedBy } from '../monitoring/promql.ts';

const DOOR = 'clinic';
const HOUR_MS = 3_600_000;
/** Longer than what is promised, and short enough to wait for. */
const SLOW_MS = 700;

const DOOR_SECRETS = { CLINIC_SECRET: DOOR_SECRET, CLINIC_SIGNING_SECRET: DOOR_SIGNING_SECRET };

const cleanup = new Cleanup();
const there = findPrometheus('prometheus') !== undefined;
if (!there) console.error(`nobody looks from outside: ${PROMETHEUS_NEEDED}`);
const testWith = there ? test : test.skip;

let line: Pipeline;
let prometheus: Prometheus;
let door: DoorProcess;
/** Answers as told; its rules are those of `line`. */
let partner: FakePartner;
/** Partners of the same topic. */
let picky: string;
let idle: string;
let observerPort: number;
/** Admin listeners by program. */
const admins = new Map<string, string>();

const fires = (...alerts: string[]) =>
  eventually(`${alerts.join(', ')} fire`, async () => {
    const fired = await prometheus.fired();
    return alerts.every((alert) => fired.has(alert)) || undefined;
  });
const clears = (...alerts: string[]) =>
  eventually(`${alerts.join(', ')} clear`, async () => {
    const firing = await prometheus.firing();
    return alerts.every((alert) => !firing.has(alert)) || undefined;
  });

beforeAll(async () => {
  if (!there) return;
  const stack = await ownTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  partner = await FakePartner.start();
  const refusing = await FakePartner.start(({ body }) => (body['ruleId'] === 'refused' ? 422 : 200));
  for (const fake of [partner, refusing]) cleanup.defer(() => fake[Symbol.asyncDispose]());
  line = await Pipeline.open(stack, partner, { partitions: 2, config: { 'retention.ms': String(HOUR_MS) } });
  cleanup.defer(() => line[Symbol.asyncDispose]());
  picky = line.addPartner(refusing.url);
  idle = line.addPartner(refusing.url);
  writeDoor(line.connectors, DOOR, { topic: await hookTopic(stack) });
  observerPort = await freePort();
  const worker = line.spawnFor([line.partner, picky]);
  const bridge = line.ess(['bridge', '--port', '0', '--admin-port', '0'], DOOR_SECRETS);
  const consoles = line.ess(['console', '--port', '0'], { ...DOOR_SECRETS, ESS_CONSOLE_ADMIN_PORT: '0' });
  door = await DoorProcess.spawn(stack, line.connectors, [DOOR]);
  cleanup.defer(() => door[Symbol.asyncDispose]());
  for (const [name, program] of Object.entries({ worker, bridge, console: consoles }))
    admins.set(name, String((await program.logged(`${name}.started`))['admin']));
  await door.ready();
  admins.set('inbound', door.admin);
  admins.set('observer', `http://127.0.0.1:${observerPort}`);
  const targets = [...admins.values()].map((admin) => new URL(admin).host);
  prometheus = await Prometheus.start(temporaryFolder(cleanup), targets);
  cleanup.defer(() => prometheus[Symbol.asyncDispose]());
});
afterAll(() => cleanup[Symbol.asyncDispose]());

testWith('an observer that is not there is missed, and its scrape fails; when it comes both clear', async () => {
  await fires('EssObserverAbsent', 'EssProgramDown');
  const observer = line.ess(['observer', '--port', String(observerPort)], {
    ...DOOR_SECRETS,
  });
  await observer.logged('observer.started');
  await clears('EssObserverAbsent', 'EssProgramDown');
});

testWith('what goes wrong fires, each for the partner that it is about, and what is over clears', async () => {
  await line.source.publish([makeRule('a', 1), makeRule('refused', 1)]);
  await fires(`EssDeadLettersRising ${picky}`, `EssPartnerUnowned ${idle}`);
  partner.reply = () => 401;
  await line.source.publish([makeRule('b', 1)]);
  const broken = join(line.connectors, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, 'connector.yaml'), 'partner: broken\nnonsense: true\n');
  // A counter that is born with all its events in it has no rate: it is rung until somebody has seen it grow.
  await eventually('the door refuses', async () => {
    const headers = { 'content-type': 'application/json' };
    await fetch(`${door.url}${DOOR_PATH}`, { method: 'POST', body: '{"auth":"wrong","bedsFree":3}', headers });
    return (await prometheus.fired()).has(`EssDoorRefusing ${DOOR_PATH}`) || undefined;
  });
  await fires(
    `EssPartnerHeld ${line.partner}`,
    `EssReplayWindowShort ${line.partner}`,
    `EssDrift ${line.partner}`,
    'EssConnectorRefused',
  );
  const fired = await prometheus.fired();
  expect([...fired].filter((alert) => alert.includes(idle)).sort()).toEqual([
    `EssDrift ${idle}`,
    `EssPartnerUnowned ${idle}`,
  ]);
  expect(fired).not.toContain(`EssPartnerHeld ${picky}`);

  partner.reply = () => ({ status: 200, afterMs: SLOW_MS });
  rmSync(broken, { recursive: true });
  line.spawnFor([idle]);
  await clears(
    `EssPartnerHeld ${line.partner}`,
    `EssReplayWindowShort ${line.partner}`,
    `EssDrift ${line.partner}`,
    `EssPartnerUnowned ${idle}`,
    `EssDeadLettersRising ${picky}`,
    'EssConnectorRefused',
  );
});

testWith('a partner that is slow burns what may be slow, and the stages say whose time it was', async () => {
  const before = await timesOf(line.partner);
  let version = 1;
  do {
    version += 1;
    await line.source.publish([makeRule('a', version)]);
    await line.drained();
  } while (!(await prometheus.firing()).has(`EssSloBurn ${line.partner}`));
  const after = await timesOf(line.partner);
  // What the partner waits before each answer is in this stage, whatever else takes its time here.
  const waited = (after.stages.firstByte - before.stages.firstByte) * 1000;
  expect(waited).toBeGreaterThan((version - 1) * (SLOW_MS - 1));
  // No stage is left out: up to the ack they are the way from the publish, to 1 ms.
  const { row, ...toAck } = after.stages;
  const sum = Object.values(toAck).reduce((total, seconds) => total + seconds);
  expect(Math.abs(sum - after.publishToAck) / after.records).toBeLessThan(0.001);
  expect(row).toBeGreaterThan(0);
  partner.reply = () => 200;
  await clears(`EssSloBurn ${line.partner}`);
});

testWith('alerts and panels ask for what the programs export, and Prometheus takes every expression', async () => {
  const pages = await Promise.all([...admins.values()].map(async (admin) => (await fetch(`${admin}/metrics`)).text()));
  const exported = new Set(pages.flatMap((page) => [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)));
  const known = new Map(knownMetrics().map((metric) => [metric.name, metric]));
  expect([...exported].filter((name) => name.startsWith('ess_') && !known.has(name))).toEqual([]);
  for (const [, name = '', labels = ''] of pages.join('\n').matchAll(/^(ess_\w+)\{(.*)\} /gm)) {
    const { labels: mayHave = [] } = known.get(name) ?? known.get(name.replace(/_(bucket|sum|count)$/, '')) ?? {};
    const has = [...labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label = '']) => label);
    expect([name, has.filter((label) => label !== 'le' && !mayHave.includes(label))]).toEqual([name, []]);
  }
  const recorded = new Set(recordingRules().map(({ record }) => record));
  const panels = DASHBOARDS.flatMap(({ rows }) =>
    rows.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries)),
  );
  for (const { expr } of [...alertRules(), ...panels]) {
    const missing = askedBy(expr).metrics.filter(
      (name) => !exported.has(name) && !exported.has(name.replace(/_(bucket|sum|count)$/, '')) && !recorded.has(name),
    );
    // Prometheus itself says what is up; `ess serve` does not run here, and no traces go out.
    expect(missing.filter((name) => !/^(up$|ess_serve_|ess_trace_)/.test(name))).toEqual([]);
    await prometheus.query(expr.replaceAll('$partner', line.partner).replaceAll('$__rate_interval', '10s'));
  }
  // A chart of each kind of partner's figures has something to draw.
  expect(await prometheus.query(`ess_stage_seconds_sum{partner="${line.partner}"}`)).toHaveLength(STAGE_NAMES.length);
});

/** What the worker says of this partner's deliveries so far, s. */
async function timesOf(name: string) {
  const page = await (await fetch(`${admins.get('worker')}/metrics`)).text();
  const seriesOf = (series: string) => {
    const row = page.split('\n').find((one) => one.startsWith(`${series} `));
    return Number(row?.split(' ').at(-1) ?? Number.NaN);
  };
  const stages = STAGE_NAMES.map((stage) => [
    stage,
    seriesOf(`ess_stage_seconds_sum{partner="${name}",stage="${stage}"}`),
  ]);
  return {
    stages: Object.fromEntries(stages) as Record<Stage, number>,
    publishToAck: seriesOf(`ess_delivery_latency_seconds_sum{partner="${name}"}`),
    records: seriesOf(`ess_delivery_latency_seconds_count{partner="${name}"}`),
  };
}
