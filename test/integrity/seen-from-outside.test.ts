// What tools of operations see: every program is scraped by a real Prometheus with our alerts. What goes wrong fires, and leads to its
// cause; what is over clears; and what panels and alerts ask for is what the programs export.
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
import { RegistryProxy } from '../fakes/registry-proxy.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import type { FaultyPartners, PlantedFault } from '../harness/faults/planted-faults.ts';
import { openFaultyPartners, plantedFaults, SLOW_MS } from '../harness/faults/planted-faults.ts';
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
import type { EssProcess } from '../harness/programs/worker-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { alertRules, recordingRules } from '../monitoring/alert-rules.ts';
import { dashboardJson } from '../monitoring/dashboard-json.ts';
import { DASHBOARDS } from '../monitoring/dashboards.ts';
import { PARTNER } from '../monitoring/partner.ts';
import { askedBy } from '../monitoring/promql.ts';
import { commandsIn, lookIn, panelsIn, runbookEntry } from '../monitoring/runbook.ts';

const DOOR = 'clinic';
/** Of a program that hangs. */
const LIVEZ_MS = 1_000;

const DOOR_SECRETS = { CLINIC_SECRET: DOOR_SECRET, CLINIC_SIGNING_SECRET: DOOR_SIGNING_SECRET };
const PANELS = DASHBOARDS.flatMap(({ rows }) => rows.flatMap(({ panels }) => panels));

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
let faulty: FaultyPartners;
let worker: EssProcess;
/** What the worker asks for schemas. */
let proxy: RegistryProxy;
/** Of the one that delivers to `idle`, when it runs. */
let second: EssProcess;
let secondPort: number;
let observerPort: number;
/** Admin listeners by program. */
const admins = new Map<string, string>();

const startSecond = () => {
  second = line.ess(['worker', idle, '--port', String(secondPort)]);
};

beforeAll(async () => {
  if (!there) return;
  const stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  proxy = await RegistryProxy.start(stack.registry);
  partner = await FakePartner.start();
  const refusing = await FakePartner.start(({ body }) => (body['ruleId'] === 'refused' ? 422 : 200));
  for (const fake of [proxy, partner, refusing]) cleanup.defer(() => fake[Symbol.asyncDispose]());
  line = await Pipeline.open(stack, partner, { partitions: 2 });
  cleanup.defer(() => line[Symbol.asyncDispose]());
  picky = line.addPartner(refusing.url);
  idle = line.addPartner(refusing.url);
  faulty = await openFaultyPartners(line, cleanup);
  writeDoor(line.connectors, DOOR, { topic: await hookTopic(stack) });
  [observerPort, secondPort] = await Promise.all([freePort(), freePort()]);
  const { slow, expired, far, forgotten, env } = faulty;
  const served = [line.partner, picky, ...[slow, expired, far, forgotten].map(({ name }) => name)];
  worker = line.spawnFor(served, { ...env, SCHEMA_REGISTRY_URL: proxy.url() });
  const bridge = line.ess(['bridge', '--port', '0', '--admin-port', '0'], { ...DOOR_SECRETS, ...env });
  const consoles = line.ess(['console', '--port', '0'], { ...DOOR_SECRETS, ...env, ESS_CONSOLE_ADMIN_PORT: '0' });
  door = await DoorProcess.spawn(stack, line.connectors, [DOOR]);
  cleanup.defer(() => door[Symbol.asyncDispose]());
  for (const [name, program] of Object.entries({ worker, bridge, console: consoles }))
    admins.set(name, String((await program.logged(`${name}.started`))['admin']));
  await door.ready();
  admins.set('inbound', door.admin);
  admins.set('observer', `http://127.0.0.1:${observerPort}`);
  admins.set('second', `http://127.0.0.1:${secondPort}`);
  const targets = [...admins.values()].map((admin) => new URL(admin).host);
  prometheus = await Prometheus.start(temporaryFolder(cleanup), targets);
  cleanup.defer(() => prometheus[Symbol.asyncDispose]());
});
afterAll(() => cleanup[Symbol.asyncDispose]());

testWith('an observer that is not there is missed, and its scrape fails; when it comes both clear', async () => {
  const missed = ['EssObserverAbsent', `EssProgramDown 127.0.0.1:${observerPort}`];
  await prometheus.fires(...missed);
  const observer = line.ess(['observer', '--port', String(observerPort)], { ...DOOR_SECRETS, ...faulty.env });
  await observer.logged('observer.started');
  await prometheus.clears(...missed);
});

testWith('what goes wrong fires, each for the partner that it is about, and what is over clears', async () => {
  await line.source.publish([makeRule('a', 1), makeRule('refused', 1)]);
  await prometheus.fires(`EssDeadLettersRising ${picky}`, `EssPartnerUnowned ${idle}`);
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
  await prometheus.fires(`EssPartnerHeld ${line.partner}`, `EssDrift ${line.partner}`, 'EssConnectorRefused');
  expect(await prometheus.told(`EssPartnerHeld ${line.partner}`)).toMatchObject({
    summary: `${line.partner} is held: credentials`,
  });
  const fired = await prometheus.fired();
  expect([...fired].filter((alert) => alert.includes(idle)).sort()).toEqual([
    `EssDrift ${idle}`,
    `EssPartnerUnowned ${idle}`,
  ]);
  expect(fired).not.toContain(`EssPartnerHeld ${picky}`);

  partner.reply = () => 200;
  rmSync(broken, { recursive: true });
  startSecond();
  await prometheus.clears(
    `EssPartnerHeld ${line.partner}`,
    `EssDrift ${line.partner}`,
    `EssPartnerUnowned ${idle}`,
    `EssDeadLettersRising ${picky}`,
    'EssConnectorRefused',
    `EssProgramDown 127.0.0.1:${secondPort}`,
  );
});

testWith(
  'five faults: the alert leads by its runbook and a panel to the cause, and clears when it is mended',
  async () => {
    const hanging = {
      ...{ partner: idle, address: admins.get('second') as string },
      ...{ process: () => second, again: startSecond },
    };
    const faults = plantedFaults(line, faulty, { worker, proxy, hanging });
    for (const { plant } of faults) await plant();
    await Promise.all(faults.map(leadsToItsCause));
    const about = (alert: string) => (faults.find((fault) => fault.alert.startsWith(alert)) as PlantedFault).alert;
    expect(
      [...(await prometheus.fired())].filter((alert) => /^Ess(PartnerHeld|SourceHeld|ReplayWindow)/.test(alert)).sort(),
    ).toEqual(
      [
        `EssPartnerHeld ${line.partner}`,
        ...['EssPartnerHeld', 'EssSourceHeld', 'EssReplayWindowShort'].map(about),
      ].sort(),
    );
  },
);

/** As somebody walks whom the alert has called. */
async function leadsToItsCause(fault: PlantedFault): Promise<void> {
  const { summary, runbook_url = '' } = await prometheus.told(fault.alert);
  expect([fault.fault, summary]).toEqual([fault.fault, expect.stringMatching(fault.summary)]);
  const look = lookIn(runbookEntry(runbook_url));
  const printed = await Promise.all(commandsIn(look).map((command) => typed(command, fault)));
  expect([fault.fault, printed.join('\n')]).toEqual([fault.fault, expect.stringMatching(fault.prints)]);
  const panels = PANELS.filter(({ title }) => panelsIn(look).includes(title));
  const samples = await Promise.all(
    panels.flatMap(({ queries }) => queries.map(({ expr }) => prometheus.query(filledIn(expr, fault.partner)))),
  );
  expect([fault.fault, samples.flat().filter(fault.shows).length > 0]).toEqual([fault.fault, true]);
  await fault.mend();
  await prometheus.clears(fault.alert);
}

const filledIn = (expr: string, name: string) =>
  expr.replaceAll('$partner', name).replaceAll('$__rate_interval', '10s');

/** @returns what it printed */
async function typed(command: string, { partner: name, address, env }: PlantedFault): Promise<string> {
  const [program, ...args] = command.replace(/\bP\b/, name).replace('ADDRESS', address).split(' ');
  if (program === 'curl') {
    const signal = AbortSignal.timeout(LIVEZ_MS);
    return fetch(args[0] as string, { signal }).then(String, (error: Error) => `curl: ${error.name}`);
  }
  const run = line.ess(args, env);
  expect([command, await run.exited]).toEqual([command, 0]);
  return run.stdout;
}

testWith('the stages say whose time it was, and none is left out', async () => {
  const { name, source } = faulty.slow;
  await line.drained(undefined, name, source.name);
  const { stages, publishToAck, records } = await timesOf(name);
  // What the partner waits before each answer is in this stage, whatever else takes its time here.
  expect(stages.firstByte * 1000).toBeGreaterThan(records * (SLOW_MS - 1));
  // Up to the ack they are the way from the publish, to 1 ms.
  const { row, ...toAck } = stages;
  const sum = Object.values(toAck).reduce((total, seconds) => total + seconds);
  expect(Math.abs(sum - publishToAck) / records).toBeLessThan(0.001);
  expect(row).toBeGreaterThan(0);
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
  for (const { expr } of [...alertRules(), ...PANELS.flatMap(({ queries }) => queries)]) {
    const missing = askedBy(expr).metrics.filter(
      (name) => !exported.has(name) && !exported.has(name.replace(/_(bucket|sum|count)$/, '')) && !recorded.has(name),
    );
    // Prometheus itself says what is up; `ess serve` does not run here, and no traces go out.
    expect(missing.filter((name) => !/^(up$|ess_serve_|ess_trace_)/.test(name))).toEqual([]);
    await prometheus.query(filledIn(expr, line.partner));
  }
  // As Grafana asks for the partners to choose from.
  const { query } = JSON.parse(dashboardJson(PARTNER)).templating.list.find(
    ({ name }: { name: string }) => name === 'partner',
  );
  const [, series = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
  expect(await prometheus.labelValues(label, series)).toEqual(expect.arrayContaining([line.partner, idle, picky]));
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
