// What is played with the image: everything up and healthy, the exercise, more workers, a restart of Kafka, a second copy, the stop, the
// data afterwards; then the story's own command with the older Compose.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { eventually } from '../harness/deadline.ts';
import type { Checks } from './checks.ts';
import { equal } from './checks.ts';
import type { Container } from './copy.ts';
import { Copy } from './copy.ts';
import type { Shell } from './shell.ts';
import {
  ARROW,
  delivers,
  onRecord,
  opensTheConsole,
  outage,
  publish,
  reserved,
  tellsOfDeliveries,
  workersOf,
} from './story.ts';
import type { Compose } from './tools.ts';

const ONE_SHOT = new Set(['secrets', 'setup', 'access']);
/** Images that are not ours end as they like. */
const FOREIGN = new Set(['kafka', 'registry', 'prometheus', 'grafana']);
/** For everything to start, Kafka first. */
const SLOW = { timeoutMs: 400_000 };
const DASHBOARDS = ['ESS: bridge and doors', 'ESS: fleet', 'ESS: partner'];

export async function playTwo(shell: Shell, checks: Checks, folder: string, { command, why }: Compose): Promise<void> {
  checks.title('Compose v2');
  if (command === undefined) return checks.leftOut('everything in containers', why ?? '');
  await using cleanup = new Cleanup();
  const first = new Copy(shell, command, folder, 'ess');
  cleanup.defer(() => first[Symbol.asyncDispose]());
  if (!(await checks.that('up --wait: everything is healthy', () => up(first)))) return;
  await checks.that('the exercise: published, delivered, and in the log as the story has it', async () => {
    await delivers(first);
    await tellsOfDeliveries(first);
  });
  await checks.that('the hospital is stopped and started: nothing is lost, /replay has it', () => outage(first));
  await checks.that('the token of the log opens the console, and nothing else does', () => opensTheConsole(first));
  await checks.that('a later up replaces nothing and leaves no nameless image', () => replacesNothing(shell, first));
  await checks.that('a worker is scaled to 3 and shares the partitions, nothing else is replaced', () => scales(first));
  await checks.that('Prometheus asks every program, the copies too; Grafana has the dashboards', () => observes(first));
  await checks.that('Kafka is restarted: deliveries go on', async () => {
    await first.compose(['restart', 'kafka']);
    await eventually('Kafka', async () => (await first.one('kafka')).health === 'healthy' || undefined, SLOW);
    await delivers(first);
  });
  await second(shell, checks, folder, command, first);
  let before = 0;
  await checks.that('without Kafka all programs stop within their grace, with 0', async () => {
    before = await onRecord(first);
    await first.compose(['stop', 'kafka']);
    await first.compose(['--profile', 'workers', '--profile', 'observability', 'stop']);
    equal(badEnds(await first.containers()), []);
  });
  await checks.that('down and up: what was delivered is on record, and no other token is made', async () => {
    await first.compose(['--profile', 'workers', '--profile', 'observability', 'down']);
    await up(first);
    equal(await onRecord(first), before);
    equal((await first.log('ess')).includes('Token'), false);
    await delivers(first);
  });
}

/** The story: `docker-compose up ess hospital`, attached. */
export async function playOne(shell: Shell, checks: Checks, folder: string, { command, why }: Compose): Promise<void> {
  checks.title('docker-compose 1.29, as the story has it');
  if (command === undefined) return checks.leftOut('docker-compose up ess hospital', why ?? '');
  await using cleanup = new Cleanup();
  const copy = new Copy(shell, command, folder, 'ess-story');
  cleanup.defer(() => copy[Symbol.asyncDispose]());
  const [program = '', ...args] = copy.command;
  const attached = spawn(program, [...args, 'up', 'ess', 'hospital'], {
    ...{ cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    env: { ...process.env, ...copy.place.env },
  });
  const ended = once(attached, 'exit');
  let said = '';
  for (const stream of [attached.stdout, attached.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      shell.log(text);
    });
  const interrupt = () => attached.exitCode === null && process.kill(-(attached.pid ?? 0), 'SIGINT');
  cleanup.defer(interrupt);
  await checks.that('docker-compose up ess hospital: attached it shows each delivery', async () => {
    await eventually(
      'ess is healthy',
      async () => {
        if (attached.exitCode !== null) throw new Error(`it ended with ${attached.exitCode}:\n${said.slice(-2_000)}`);
        return (await copy.containers()).some((one) => one.service === 'ess' && one.health === 'healthy') || undefined;
      },
      SLOW,
    );
    await publish(copy);
    await reserved(copy, 1);
    await eventually(ARROW, () => said.includes(ARROW) || undefined);
    const services = new Set((await copy.containers()).map(({ service }) => service));
    equal([...services].sort(), ['ess', 'hospital', 'kafka', 'registry', 'secrets', 'setup']);
  });
  await checks.that('a second up beside it replaces nothing', () => replacesNothing(shell, copy, ['ess', 'hospital']));
  await checks.that('Ctrl-C stops it, each with 0', async () => {
    interrupt();
    await Promise.race([ended, delay(90_000, undefined, { ref: false, signal: shell.signal })]);
    equal(badEnds((await copy.containers()).filter(({ service }) => ['ess', 'hospital'].includes(service))), []);
  });
}

/** Everything, until it is healthy. */
export async function up(copy: Copy): Promise<void> {
  try {
    await copy.compose(['up', '-d', '--wait']);
  } catch (error) {
    throw new Error(`${error}\n${await copy.lastWords()}`, { cause: error });
  }
  const wrong = (await copy.containers()).filter(({ service, state, health, exitCode }) =>
    ONE_SHOT.has(service) ? exitCode !== 0 : state !== 'running' || (health ?? 'healthy') !== 'healthy',
  );
  equal(wrong, []);
}

/** The second copy beside the first: other ports, another network, other volumes. */
async function second(shell: Shell, checks: Checks, folder: string, command: readonly string[], first: Copy) {
  await using cleanup = new Cleanup();
  const beside = new Copy(shell, command, folder, 'ess-second', { prefix: '1' });
  cleanup.defer(() => beside[Symbol.asyncDispose]());
  await checks.that('a second copy runs beside the first, and neither hears of the other', async () => {
    await beside.compose(['up', '-d', '--wait', 'ess', 'hospital']);
    const before = await onRecord(first);
    await delivers(beside);
    equal(await onRecord(beside), 1);
    equal(await onRecord(first), before);
    await delivers(first);
  });
  await checks.that('the second copy stops within its grace, with 0', async () => {
    await beside.compose(['stop']);
    equal(badEnds(await beside.containers()), []);
  });
}

async function replacesNothing(shell: Shell, copy: Copy, services: readonly string[] = []): Promise<void> {
  const nameless = () => shell.must('docker', ['images', '-q', '--filter', 'dangling=true']);
  const [containers, images] = [await copy.containers(), await nameless()];
  await copy.compose(['up', '-d', ...services]);
  equal(idsOf(await copy.containers()), idsOf(containers));
  equal(await nameless(), images);
}

async function scales(copy: Copy): Promise<void> {
  const before = (await copy.containers()).filter(({ service }) => !ONE_SHOT.has(service));
  await copy.compose(['up', '-d', '--wait', '--scale', 'worker-hospital=3', 'worker-hospital']);
  const after = await copy.containers();
  equal(after.filter(({ service }) => service === 'worker-hospital').length, 3);
  equal(
    idsOf(before).filter((id) => !idsOf(after).includes(id)),
    [],
  );
  await eventually('three more workers with partitions', async () => {
    const workers = await workersOf(copy, 'hospital');
    return (workers.length === 4 && workers.every(({ partitions }) => partitions.length > 0)) || undefined;
  });
  await delivers(copy);
}

interface Target {
  readonly health: string;
  readonly lastError: string;
}

async function observes(copy: Copy): Promise<void> {
  await copy.compose(['up', '-d', 'prometheus', 'grafana']);
  await eventually('all targets answer', async () => {
    const answer = await fetch(copy.url(9090, '/api/v1/targets?state=active')).catch(() => undefined);
    const { data } = ((await answer?.json().catch(() => undefined)) ?? {}) as { data?: { activeTargets: Target[] } };
    // Six programs of `ess`, and three workers.
    return (data?.activeTargets.length === 9 && data.activeTargets.every(({ health }) => health === 'up')) || undefined;
  });
  const found = await eventually('Grafana', async () =>
    fetch(copy.url(3000, '/api/search')).then(
      (answer) => answer.json() as Promise<Array<{ title: string }>>,
      () => undefined,
    ),
  );
  equal(
    found
      .map(({ title }) => title)
      .filter((title) => title.startsWith('ESS'))
      .sort(),
    DASHBOARDS,
  );
}

const idsOf = (containers: readonly Container[]): string[] => containers.map(({ id }) => id).sort();

/** Programs of ours that did not end with 0: killed after their grace, or failed. */
export const badEnds = (containers: readonly Container[]): string[] =>
  containers
    .filter(({ service, state, exitCode }) => !FOREIGN.has(service) && (state !== 'exited' || exitCode !== 0))
    .map(({ service, state, exitCode }) => `${service} ${state} ${exitCode}`);
