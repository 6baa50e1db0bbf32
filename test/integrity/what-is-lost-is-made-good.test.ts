// What docs/disaster.md promises, with its commands: the cluster is lost and an empty one takes its address; ess.audit is deleted; the
// registry has lost its schemas. Only in full: each has a stack of its own.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startStack } from '@ess/infra/local/stack.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { LockstepAnswer } from '@ess/view/answer.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { nameOf } from '../harness/data/load.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { ownTestStack } from '../harness/own-stack.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { FULL, report } from '../harness/results.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const inFull = FULL ? test : test.skip;
const RULES = 100;
const of = (version: number, prefix = 'r') =>
  Array.from({ length: RULES }, (_, at) => makeRule(`${prefix}${at}`, version));
const namesOf = ({ received }: FakePartner, from = 0) =>
  received.slice(from).map(({ body }) => `${body['ruleId']} v${body['version']}`);
const secondsSince = (startedAt: number) => Math.round((performance.now() - startedAt) / 100) / 10;

async function inStep(line: Pipeline): Promise<void> {
  await eventually('all is in step', async () => {
    const { partners } = await line.json<LockstepAnswer>('lockstep', line.partner);
    return partners[0]?.drifting === 0 || undefined;
  });
}

inFull(
  'the cluster is lost, and an empty one has its address: from a file of the rules in force all partners get them again',
  async () => {
    await using old = await ownTestStack();
    await using partner = await FakePartner.start();
    await using line = await Pipeline.open(old, partner, { topic: 'rules' });
    await using cleanup = new Cleanup();
    const folder = temporaryFolder(cleanup);
    // The registry has another disk.
    const env = { ESS_CONNECTORS: line.connectors };
    const bridge = line.ess(['bridge', '--port', '0'], env);
    const [worker] = await line.start();
    await line.source.publish([
      ...of(1),
      ...of(2),
      makeRule('gone', 1),
      { ...makeRule('gone', 2), status: 'withdrawn' as const },
    ]);
    await line.drained();
    await eventually('it is projected', async () => (await line.lag('public')) === 0 || undefined);
    const { code, stdout } = await line.run('tail', 'rules.latest', '--latest');
    expect([code, stdout.trim().split('\n').length]).toEqual([0, RULES]);
    const file = join(folder, 'rules-in-force.jsonl');
    writeFileSync(file, stdout);

    await bridge.signal('SIGTERM');
    await Promise.all(old.processes.kafka.map((broker) => broker.kill('SIGKILL')));
    const kafkaPort = Number(old.brokers[0]?.split(':')[1]);
    const anew = await startStack({ dataDir: folder, kafkaPort, registryPort: 0, onCrash: console.error });
    cleanup.defer(() => anew[Symbol.asyncDispose]());
    // What runs on knows the ids and positions of the one before.
    await worker?.logged('cluster.another');
    expect(await worker?.exited).toBe(1);
    line.workers.splice(0);
    const startedAt = performance.now();
    const before = partner.received.length;
    const doctor = await line.run('doctor', '--json');
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringContaining('ess topics apply') });
    expect(await line.run('topics', 'apply')).toMatchObject({ code: 0 });
    const [heir] = await line.start();
    expect(await line.run('publish', file)).toMatchObject({ code: 0 });
    await line.drained();
    expect(namesOf(partner, before).sort()).toEqual(of(2).map(nameOf).sort());
    // Another cluster gives other ids: a partner goes by rule and version.
    expect(new Set(partner.received.map(({ id }) => id)).size).toBe(partner.received.length);
    await inStep(line);
    const seconds = secondsSince(startedAt);
    // And on it goes.
    await line.source.publish(of(3));
    await partner.until(() => of(3).every((rule) => namesOf(partner).includes(nameOf(rule))));
    expect(heir?.ended).toBeUndefined();
    report('the-cluster-is-lost', `${RULES} rules in force`, { 'empty cluster to in step s': seconds });
  },
);

inFull(
  'ess.audit is deleted under a running worker: nothing is settled until it is there again, and nothing is lost',
  async () => {
    await using stack = await ownTestStack();
    await using partner = await FakePartner.start();
    await using line = await Pipeline.open(stack, partner, { topic: 'rules' });
    const [worker] = await line.start();
    await line.source.publish(of(1));
    await line.drained();
    await stack.admin.deleteTopics({ topics: ['ess.audit'] });
    await line.source.publish(of(2));
    await worker?.logged('outbox.retry');
    const startedAt = performance.now();
    expect(await line.run('audit', '--partner', line.partner)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ess.audit'),
    });
    expect(await line.run('doctor', '--json')).toMatchObject({ code: 1, stdout: expect.stringContaining('ess.audit') });
    // One that is started now ends, and says why.
    const second = await line.run('worker', line.partner, '--port', '0');
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no topic ess.audit: run "ess topics apply"'),
    });
    expect(await line.run('topics', 'apply')).toMatchObject({ code: 0 });
    await line.drained();
    const seconds = secondsSince(startedAt);
    expect(namesOf(partner).sort()).toEqual([...of(1), ...of(2)].map(nameOf).sort());
    const audit = await line.audit();
    expect(audit.filter(({ outcome }) => outcome === 'delivered')).toHaveLength(RULES);
    await inStep(line);
    report('ess-audit-is-lost', `${RULES} rules`, { 'topic applied to all settled s': seconds });
  },
);

inFull('the registry has lost its schemas: nothing is read as another, and its copy brings the ids back', async () => {
  await using stack = await ownTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { topic: 'rules' });
  const [worker] = await line.start();
  const admin = new URL('/apis/registry/v3/admin', stack.registry);
  const backup = await (await fetch(`${admin}/export`, { headers: { accept: 'application/zip' } })).arrayBuffer();
  await line.source.publish(of(1));
  await line.drained();

  await stack.processes.registryProcess.kill('SIGKILL');
  rmSync(join(stack.processes.dataDir, 'registry'), { recursive: true });
  await stack.processes.registryProcess.start();
  const startedAt = performance.now();
  // What runs knows what it has read.
  await line.source.publish(of(2));
  await line.drained();
  await worker?.signal('SIGTERM');
  const apply = await line.run('schemas', 'apply');
  expect(apply).toMatchObject({ code: 1, stderr: expect.stringContaining('docs/disaster.md') });
  expect(await line.run('doctor', '--json')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('"check":"records"'),
  });
  const restored = await fetch(`${admin}/import`, {
    method: 'POST',
    headers: { 'content-type': 'application/zip' },
    body: backup,
  });
  expect([restored.status, await restored.text()]).toEqual([204, '']);
  const doctor = await line.run('doctor', '--json');
  expect(doctor.stdout).toContain('newest records of');
  await line.source.publish(of(3));
  await line.start();
  await line.drained();
  expect(namesOf(partner).sort()).toEqual([...of(1), ...of(2), ...of(3)].map(nameOf).sort());
  expect(await line.deadLetters()).toEqual([]);
  await inStep(line);
  report('the-registry-is-lost', `${RULES} rules`, { 'empty registry to in step s': secondsSince(startedAt) });
});
