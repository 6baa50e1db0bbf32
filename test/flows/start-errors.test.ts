// What goes wrong at a start is said at once (how soon: bench, START), with the remedy, and the process ends non-zero; what
// comes back by itself is waited for, and the wait is told.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { writeConnector } from '../harness/data/connector-files.ts';
import { DOOR_SECRET, DOOR_SIGNING_SECRET, writeDoor } from '../harness/programs/door-process.ts';
import { EssProcess } from '../harness/programs/worker-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

/** Nobody listens there. */
const NOBODY = '127.0.0.1:9';
const folder = temporaryFolder({ defer: afterAll });
writeConnector(join(folder, 'connectors'), 'clinic', 'rules', 'http://127.0.0.1:9/hook');

const env = (more: Record<string, string> = {}) => ({
  KAFKA_BROKERS: NOBODY,
  SCHEMA_REGISTRY_URL: `http://${NOBODY}/apis/ccompat/v7`,
  ESS_CONNECTORS: join(folder, 'connectors'),
  ...more,
});

/** Runs until it ends by itself, which is at once: what cannot become better is not waited for, and not tried again. */
async function ends(args: readonly string[], more: Record<string, string> = {}) {
  await using ess = new EssProcess(args, env(more));
  const code = await ess.exited;
  expect(ess.output).not.toMatch(/waiting for|program.waits|tries again|trying again/i);
  return { code, output: ess.output };
}

const up = ['up', '--no-demo', '--kafka-port', '0', '--registry-port', '0'];

test('a data folder that may not be written', async () => {
  const { code, output } = await ends([...up, '--data', '/proc/ess']);
  expect([code, output]).toEqual([1, expect.stringMatching(/\/proc.*choose another data folder with --data DIR/)]);
});

test('a data folder that is a file', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const { code, output } = await ends([...up, '--data', file]);
  expect([code, output]).toEqual([1, expect.stringMatching(/file is not a folder; choose another/)]);
});

/** A disk of its own, in memory: only root may mount one. */
function mountDisk(name: string, size: string): { readonly path: string } & Disposable {
  const path = join(folder, name);
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
  return { path, [Symbol.dispose]: () => execFileSync('umount', [path]) };
}

const mayMount = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;
const onDisks = mayMount ? test.each : test.skip.each;

onDisks([['up'], ['start']])(
  'ess %s on a disk without a free byte, and on one that is nearly full',
  async (command) => {
    const args = [command, ...(command === 'up' ? ['--no-demo'] : []), '--kafka-port', '0', '--registry-port', '0'];
    using full = mountDisk(`full-${command}`, '64k');
    const { bavail, bsize } = statfsSync(full.path);
    writeFileSync(join(full.path, 'filler'), Buffer.alloc(bavail * bsize));
    const none = await ends([...args, '--data', full.path]);
    expect([none.code, none.output]).toEqual([
      1,
      expect.stringMatching(/ is on a full disk; choose another data folder/),
    ]);
    using small = mountDisk(`small-${command}`, '20m');
    const little = await ends([...args, '--data', join(small.path, 'new')]);
    expect([little.code, little.output]).toEqual([
      1,
      expect.stringMatching(/new has 20 MB free, Kafka needs 268 MB; make room or choose another data folder/),
    ]);
  },
);

onDisks([['up'], ['start']])('ess %s on a disk that may only be read', async (command) => {
  using disk = mountDisk(`read-only-${command}`, '1m');
  execFileSync('mount', ['-o', 'remount,ro', disk.path]);
  const args = [command, ...(command === 'up' ? ['--no-demo'] : []), '--kafka-port', '0', '--registry-port', '0'];
  const { code, output } = await ends([...args, '--data', join(disk.path, 'new')]);
  expect([code, output]).toEqual([1, expect.stringMatching(/read-only.*choose another data folder with --data DIR/is)]);
});

test('a port that is taken', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { code, output } = await ends([
    'up',
    '--no-demo',
    '--kafka-port',
    String(port),
    '--data',
    join(folder, 'port'),
  ]);
  server.close();
  expect([code, output]).toEqual([1, expect.stringMatching(new RegExp(`port ${port} .* is taken; .*--kafka-port 0`))]);
});

test('no Java', async () => {
  const { code, output } = await ends([...up, '--data', join(folder, 'java')], { PATH: '/nowhere', JAVA_HOME: '' });
  expect([code, output]).toEqual([1, expect.stringMatching(/Java does not run .*install Java 17/s)]);
});

test('no Kafka: a command says where it looked, a worker waits and can be told to stop', async () => {
  const { code, output } = await ends(['topics', 'apply']);
  expect([code, output]).toEqual([1, expect.stringMatching(/no Kafka broker answers at 127\.0\.0\.1:9: start one/)]);

  await using worker = new EssProcess(['worker', 'clinic', '--port', '0'], env());
  await worker.logged('program.waits', (told) => told['for'] === 'Kafka');
  expect(worker.ended).toBeUndefined();
  await worker.signal('SIGTERM');
  expect(worker.ended).toBe(0);
});

// A door and a bridge have nobody to serve without Kafka, but who restarts them meanwhile would only make it worse.
test.each(['inbound', 'bridge'])('no Kafka: ess %s waits, says so, and can be told to stop', async (program) => {
  writeDoor(join(folder, 'doors'), 'ward', { topic: 'hospital.bedChange' });
  const secrets = { WARD_SECRET: DOOR_SECRET, WARD_SIGNING_SECRET: DOOR_SIGNING_SECRET };
  const where = env({ ESS_CONNECTORS: join(folder, 'doors'), ...secrets });
  await using waiting = new EssProcess([program, '--port', '0', '--admin-port', '0'], where);
  await waiting.logged('program.waits');
  await waiting.signal('SIGTERM');
  expect([waiting.ended, waiting.output]).toEqual([0, expect.not.stringMatching(/^ +at /m)]);
});

test('a registry that answers 500: a command fails with its address', async () => {
  const registry = createServer((_request, response) => response.writeHead(500).end('{}'));
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
  const { code, output } = await ends(['schemas', 'apply'], { SCHEMA_REGISTRY_URL: url });
  registry.close();
  expect([code, output]).toEqual([1, expect.stringContaining(url)]);
});
