// Three brokers with TLS, users and rights, as `ess up --secure --brokers 3` starts them: the story plays on them, also without one.
// Only in full: two clusters start.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Finding } from '@ess/cli/commands/doctor/finding.ts';
import { ANY_PORTS } from '@ess/cli/commands/local/demo.ts';
import { Exercise } from '@ess/cli/commands/local/exercise.ts';
import { startLocalRun } from '@ess/cli/commands/local/local-run.ts';
import { wildfireRule } from '@ess/cli/commands/local/wildfire-rule.ts';
import { Ticks } from '@ess/cli/terminal/ticks.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { LOCAL_PERSON, securedEnv } from '@ess/runtime/settings/stack-file.ts';
import { expect, test } from '@jest/globals';
import { PATIENCE_MS } from '../harness/deadline.ts';
import { runRaw } from '../harness/programs/raw-command.ts';
import { EssProcess } from '../harness/programs/worker-process.ts';
import { REPOSITORY } from '../harness/repository.ts';
import { FULL } from '../harness/results.ts';

const inFull = FULL ? test : test.skip;

function dataFolder(cleanup: Cleanup): string {
  const dataDir = mkdtempSync(join(REPOSITORY, '.ess', `cluster-${process.pid}-`));
  cleanup.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

inFull('a person starts it with the demo, and a rule reaches the hospital', async () => {
  await using cleanup = new Cleanup();
  const data = dataFolder(cleanup);
  const ports = ['--kafka-port', '0', '--registry-port', '0'];
  const up = new EssProcess(['up', '--secure', '--brokers', '3', ...ports, '--data', data, '--json'], {});
  cleanup.defer(() => up.signal('SIGTERM'));
  await up.printed(1);
  const [{ brokers, registry, secured }] = up.rows() as [{ brokers: string[]; registry: string; secured: string }];
  expect(brokers).toHaveLength(3);
  const as = (user: string) => ({
    KAFKA_BROKERS: brokers.join(','),
    SCHEMA_REGISTRY_URL: registry,
    ...(parseEnv(readFileSync(join(data, 'demo.env'), 'utf8')) as Record<string, string>),
    ...securedEnv(secured, user),
  });
  const ess = (...args: string[]) => runRaw(args, as(LOCAL_PERSON));
  expect(await ess('topics', 'apply')).toMatchObject({ code: 0 });
  expect(await ess('schemas', 'apply')).toMatchObject({ code: 0 });
  const doctor = await ess('doctor', '--json');
  const findings = doctor.stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Finding]));
  expect(findings.filter(({ status }) => status === 'fail')).toEqual([]);
  await using worker = new EssProcess(['worker', '--all', '--port', '0'], as('ess-worker'));
  await worker.logged('worker.started');
  expect(await ess('publish', join(REPOSITORY, 'infra/demo/wildfire.json'))).toMatchObject({ code: 0 });
  await worker.logged(
    'delivery.attempted',
    ({ partner, outcome }) => partner === 'hospital' && outcome === 'delivered',
  );
});

inFull('the story plays on it, and the next rule is delivered without one of the brokers', async () => {
  await using cleanup = new Cleanup();
  const ticks = new Ticks();
  await using run = await startLocalRun({
    ticks,
    dataDir: dataFolder(cleanup),
    secured: true,
    brokers: 3,
    kafkaPort: 0,
    registryPort: 0,
    settings: ANY_PORTS,
    partnerPorts: [0, 0, 0, 0, 0, 0],
    print: () => undefined,
    onCrash: () => undefined,
  });
  await new Exercise(run, ticks, { waitMs: PATIENCE_MS, resumeWithinMs: PATIENCE_MS }).run(1_000);
  expect(ticks.failures).toBe(0);
  await run.stack.kafka[1]?.kill('SIGKILL');
  await run.publisher.publish([wildfireRule(1, { ruleId: 'without-a-broker', minIcuBeds: 77 })]);
  await run.hospital.waitFor((received) => received.some(({ body }) => Object(body)['bedCap'] === 77), PATIENCE_MS);
});
