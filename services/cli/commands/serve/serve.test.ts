// The command itself, with its real programs, where no Kafka answers: they start, wait for it, and stop.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@ess/test/harness/deadline.ts';
import { freeze, untilGroupGone } from '@ess/test/harness/process-state.ts';
import { EssProcess } from '@ess/test/harness/programs/worker-process.ts';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';

const NOWHERE = { KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1/' };
const ANY_PORT = {
  ESS_WORKER_PORT: '0',
  ESS_BRIDGE_PORT: '0',
  ESS_BRIDGE_ADMIN_PORT: '0',
  ESS_OBSERVER_PORT: '0',
  ESS_CONSOLE_PORT: '0',
  ESS_CONSOLE_ADMIN_PORT: '0',
};

const root = temporaryFolder({ defer: afterAll });
const connectors = join(root, 'connectors');
const file = join(connectors, 'clinic', 'connector.yaml');
mkdirSync(join(connectors, 'clinic'), { recursive: true });
writeFileSync(join(connectors, 'clinic', 'mapping.json'), '{"fields":{"ruleId":"id"}}');
const DELIVERS = `partner: clinic
source: { topic: rules }
mapping: mapping.json
deliver: { url: https://clinic.example/rules }
`;

function serve(...args: string[]) {
  writeFileSync(file, DELIVERS);
  return new EssProcess(['serve', '--port', '0', '--connectors', connectors, ...args], { ...NOWHERE, ...ANY_PORT });
}

const readyOf = async (running: EssProcess) => {
  const { admin } = await running.logged('serve.started');
  /** It asks its programs, and one that is still loading may take longer to answer than it waits. */
  return (wanted: RegExp) =>
    eventually(`/readyz says ${wanted}`, async () => {
      const answer = await fetch(`${admin}/readyz`);
      return wanted.test(`${answer.status} ${await answer.text()}`) || undefined;
    });
};
const pidOf = async (running: EssProcess, name: string) =>
  Number((await running.logged('program.started', ({ served }) => served === name))['pid']);

test('programs that have work are started and tell where they listen; those that wait are named; a stop ends all with 0', async () => {
  await using running = serve();
  const ready = await readyOf(running);
  const names = ['worker', 'bridge', 'observer', 'console'];
  const pids = await Promise.all(names.map((name) => pidOf(running, name)));
  expect(await running.logged('program.idle')).toMatchObject({
    served: 'inbound',
    waitsFor: 'a connector with a door',
  });
  for (const name of names) {
    const { admin } = await running.logged('program.listens', ({ served }) => served === name);
    expect((await fetch(`${admin}/livez`)).status).toBe(200);
  }
  await ready(
    /^503 waiting for: worker \(waiting for: kafka.*\), bridge \(waiting for: kafka, the port\), observer \(waiting for: kafka, the view\), console \(waiting for: kafka, the view, the port\)\n$/,
  );
  // What the programs say is in the same log.
  await running.logged('program.waits', ({ program }) => program === 'worker');
  await running.signal('SIGTERM');
  expect(running.ended).toBe(0);
  for (const pid of pids) await untilGroupGone(pid);
});

test('a connector that cannot be read is told, named in /readyz, and the worker runs when it is mended', async () => {
  await using running = serve('--only', 'worker');
  writeFileSync(file, 'partner: [');
  const ready = await readyOf(running);
  const told = await running.logged('program.misconfigured');
  expect(told).toMatchObject({ served: 'worker', code: 1, error: expect.stringContaining('connector.yaml') });
  await ready(/^503 waiting for: worker \(wrong configuration: .*connector\.yaml/);
  writeFileSync(file, DELIVERS);
  await running.logged('program.listens', ({ served }) => served === 'worker');
  await running.signal('SIGTERM');
  expect(running.ended).toBe(0);
});

test('a second Ctrl-C ends it at once, and its programs with it, although one hears nothing', async () => {
  await using running = serve('--only', 'bridge');
  const pid = await pidOf(running, 'bridge');
  await freeze(pid);
  process.kill(running.pid, 'SIGINT');
  await running.logged('serve.stopping');
  await running.signal('SIGINT');
  expect(running.ended).toBe(130);
  await untilGroupGone(pid);
});

test.each([
  [['--only', 'brigde'], 2, /did you mean "bridge"\?/],
  [['--without', 'worker,inbound,bridge,observer,console'], 2, /no program is left to run/],
  [['--connectors', join(root, 'absent')], 1, /no folder of connectors at/],
])('ess serve %j is refused before anything starts', async (args, code, told) => {
  await using running = serve(...args);
  expect(await running.exited).toBe(code);
  expect(running.output).toMatch(told);
  expect(running.stdout).toBe('');
});
