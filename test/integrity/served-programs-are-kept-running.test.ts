// Nothing is lost while `ess serve` looks after the programs: a worker that is killed is started again beside a door that does not
// notice, what was published meanwhile is delivered, and one stop leaves no process of them behind.
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { untilGroupGone } from '../harness/process-state.ts';
import { DOOR_SECRET, DOOR_SIGNING_SECRET, hookTopic, writeDoor } from '../harness/programs/door-process.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

const DOOR = 'clinic';

test('a killed worker is started again, nothing is lost, its neighbour goes on, and a stop leaves nobody behind', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner);
  writeDoor(line.connectors, DOOR, { topic: await hookTopic(stack) });
  await using serve = line.ess(['serve', '--without', 'bridge,console', '--port', '0'], {
    ESS_WORKER_PORT: '0',
    ESS_OBSERVER_PORT: '0',
    ESS_INBOUND_PORT: '0',
    ESS_INBOUND_ADMIN_PORT: '0',
    CLINIC_SECRET: DOOR_SECRET,
    CLINIC_SIGNING_SECRET: DOOR_SIGNING_SECRET,
  });
  const { admin } = await serve.logged('serve.started');
  const ask = async (path: string) => {
    const answer = await fetch(`${admin}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const ready = () =>
    eventually('all are ready', async () => ((await ask('/readyz')).status === 200 ? true : undefined));
  const pidOf = async (name: string, before = 0): Promise<number> => {
    const isIt = (line: Readonly<Record<string, unknown>>) => line['served'] === name && line['pid'] !== before;
    return Number((await serve.logged('program.started', isIt))['pid']);
  };

  await ready();
  const [worker, door] = [await pidOf('worker'), await pidOf('inbound')];
  await line.source.publish([makeRule('beds', 1)]);
  await partner.until((received) => received.length === 1);
  // Their own lines, in the one log.
  await serve.logged('delivery.attempted', (line) => line['program'] === 'worker' && line['outcome'] === 'delivered');
  expect(serve.lines.some(({ program, msg }) => program === 'inbound' && msg === 'inbound.started')).toBe(true);

  process.kill(worker, 'SIGKILL');
  const ended = await serve.logged('program.ended');
  expect(ended).toMatchObject({ program: 'serve', served: 'worker', signal: 'SIGKILL', againInMs: 1_000 });
  expect(await ask('/readyz')).toEqual({ status: 503, text: expect.stringMatching(/^waiting for: worker \(/) });
  await line.source.publish([makeRule('beds', 2), makeRule('wards', 1)]);
  const again = await pidOf('worker', worker);
  await ready();
  await line.drained();
  const rules = partner.received.map(({ body }) => `${body['ruleId']} v${body['version']}`);
  expect(new Set(rules)).toEqual(new Set(['beds v1', 'beds v2', 'wards v1']));
  const { text } = await ask('/metrics');
  expect(text).toContain('ess_serve_restarts_total{program="worker"} 1\n');
  expect(text).toContain('ess_serve_restarts_total{program="inbound"} 0\n');
  expect(text).toContain('ess_serve_up{program="worker"} 1\n');

  await serve.signal('SIGTERM');
  expect(serve.ended).toBe(0);
  for (const pid of [door, again]) await untilGroupGone(pid); // each program leads a group of its own
  const stopped = serve.lines.filter(({ msg }) => msg === 'program.stopped');
  expect(stopped.map(({ served, code }) => `${served} ${code}`).sort()).toEqual([
    'inbound 0',
    'observer 0',
    'worker 0',
  ]);
  expect(serve.lines.filter((line) => 'text' in line)).toEqual([]);
});
